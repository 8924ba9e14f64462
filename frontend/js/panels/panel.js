/**
 * A panel of the lab: title, sentence, controls, a view, and the table of its numbers. Draws only while it can be seen, and
 * a view that fails says so in its own panel and leaves the others alone. Used by pages/lab.js.
 * @typedef {import("../types").Moment} Moment
 * @typedef {import("../types").View} View
 * @typedef {import("../types").ViewModule} ViewModule
 * @typedef {import("../types").ViewContext} ViewContext
 */

import { button, count, make, setText } from "../ui/dom.js";
import { lacking, missingFrom } from "../display/lacking.js";
import { wordsButton } from "../ui/glossary.js";

const TABLE_ROWS = 500;
const TABLE_EVERY_MS = 250;

export class Panel {
  /** @type {View | null} */
  #view = null;
  /** @type {Moment | null} */
  #moment = null;
  #visible = true;
  #drawn = false;
  #failed = false;
  #tableTimer = 0;
  /** @type {(() => void)[]} */
  #cleanups = [];

  /**
   * @param {string} name for CSS @param {ViewModule} module
   * @param {(controls: HTMLElement) => ViewContext} makeContext called anew when the view is rebuilt
   */
  constructor(name, module, makeContext) {
    this.module = module;
    this.makeContext = makeContext;
    const id = `panel-${name}`;
    this.caption = make("p", { class: "panel-caption" });
    this.controls = make("div", { class: "panel-controls" });
    this.body = make("div", { class: "panel-body" });
    this.data = make("div", { class: "panel-table", tabindex: "0", role: "region", "aria-label": `Numbers: ${module.title}`, hidden: "" });
    this.toggle = button("Table", () => this.#toggleTable(), { class: "button quiet", "aria-pressed": "false", title: "The numbers behind this picture" });
    this.heading = make("h2", { id }, module.title);
    this.element = make("section", { class: `panel panel-${name}`, "aria-labelledby": id },
      make("div", { class: "panel-head" },
        this.heading,
        make("div", { class: "panel-tools" }, this.controls, ...(module.terms ? wordsButton(module.terms, module.title) : []), this.toggle),
        this.caption),
      make("div", { class: "panel-stage" }, this.body, this.data));
    this.#observe();
  }

  #observe() {
    const seen = new IntersectionObserver((entries) => {
      this.#visible = entries.at(-1)?.isIntersecting ?? true;
      if (this.#visible && !this.#drawn) this.#draw();
    });
    seen.observe(this.element);
    let width = 0;
    let height = 0;
    const sized = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = this.body;
      if (clientWidth === width && clientHeight === height) return;
      width = clientWidth;
      height = clientHeight;
      if (width && height) this.#guard(() => this.#view?.resize());
    });
    sized.observe(this.body);
    this.#cleanups.push(() => seen.disconnect(), () => sized.disconnect());
  }

  /** Makes the view, or makes it anew after the theme changed. */
  build() {
    this.#view?.destroy();
    this.#view = null;
    this.#failed = false;
    this.body.replaceChildren();
    this.controls.replaceChildren();
    this.#guard(() => {
      this.#view = this.module.createView(this.body, this.makeContext(this.controls));
    });
    this.#offerTable();
    if (this.#moment) this.update(this.#moment);
  }

  #offerTable() {
    this.toggle.hidden = !this.#moment || !this.#view?.table;
  }

  /** @param {Moment} moment */
  update(moment) {
    const first = !this.#moment;
    this.#moment = moment;
    if (first) this.#offerTable();
    this.#drawn = false;
    this.element.hidden = this.#view?.applies?.(moment) === false;
    const title = this.#view?.title?.(moment);
    if (title) setText(this.heading, title);
    if (this.#visible) this.#draw();
  }

  /** @param {Moment} moment @returns {string} what the frame lacks of what the view draws, as a sentence; "" where it lacks nothing */
  #lacks(moment) {
    const missing = missingFrom(moment.frame, this.#view?.needs?.(moment) ?? []);
    return missing.length ? lacking(missing, moment.frame.step) : "";
  }

  #draw() {
    const moment = this.#moment;
    const view = this.#view;
    if (!moment || !view) return;
    this.#drawn = true;
    this.#guard(() => {
      const lacks = this.#lacks(moment);
      this.body.style.visibility = lacks ? "hidden" : ""; // else it would show another step's picture
      if (!lacks) view.render(moment);
      const sentence = lacks || (view.caption?.(moment) ?? "");
      setText(this.caption, sentence);
      if (this.caption.title !== sentence) this.caption.title = sentence; // whole, where two lines cut it
    });
    if (!this.data.hidden && !this.#tableTimer) {
      this.#tableTimer = window.setTimeout(() => {
        this.#tableTimer = 0;
        this.#writeTable();
      }, TABLE_EVERY_MS);
    }
  }

  /** @param {() => void} work */
  #guard(work) {
    if (this.#failed) return;
    try {
      work();
    } catch (error) {
      this.#failed = true;
      console.error(error);
      const again = button("Draw again", () => this.build());
      this.body.replaceChildren(make("div", { class: "panel-failed notice bad" },
        make("p", {}, "This view could not be drawn."), make("pre", {}, String(error)), again));
    }
  }

  #toggleTable() {
    this.data.hidden = !this.data.hidden;
    this.toggle.setAttribute("aria-pressed", String(!this.data.hidden));
    if (!this.data.hidden) this.#writeTable();
  }

  #writeTable() {
    const lacks = this.#moment && this.#lacks(this.#moment);
    const table = lacks ? { columns: [], rows: [] } : this.#moment && this.#view?.table?.(this.#moment);
    if (!table || this.data.hidden) return;
    const cell = (/** @type {string | number | null} */ value) => {
      if (typeof value === "string") return make("td", {}, value);
      return make("td", { class: "number" }, value === null || Number.isNaN(value) ? "not a number" : format(value));
    };
    const shown = table.rows.slice(0, TABLE_ROWS);
    const head = table.columns.map((name, i) => make("th", { scope: "col", class: typeof shown[0]?.[i] === "string" ? "" : "number" }, name));
    const more = table.rows.length > TABLE_ROWS ? ` · the first ${count(TABLE_ROWS)} of ${count(table.rows.length)} rows` : "";
    this.data.replaceChildren(
      make("table", {},
        make("caption", {}, `Step ${count(this.#moment?.frame.step ?? 0)}${more}`),
        make("thead", {}, make("tr", {}, ...head)),
        make("tbody", {}, ...shown.map((row) => make("tr", {}, ...row.map(cell))))));
  }

  destroy() {
    clearTimeout(this.#tableTimer);
    this.#view?.destroy();
    for (const cleanup of this.#cleanups) cleanup();
  }
}

/** @param {number} value @returns {string} whole numbers whole, others to four digits */
function format(value) {
  const text = Number.isInteger(value) ? count(value) : Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5 ? value.toExponential(2) : value.toPrecision(4);
  return text.replaceAll("-", "−");
}
