/**
 * The kinds of panels, by the name that a display calls them; and the frame around a panel: its title, a sentence about the frame that is shown,
 * controls, words, what is drawn, and the table of its numbers. Draws only while it can be seen; the sentence is always that of the frame, for those
 * who listen or print. What fails to draw one frame says so for that frame, and leaves the next, and the other panels, alone.
 * @import { CreatePanel, Display, PanelContext, PanelDeclaration, PanelMoment, PanelView } from "../types"
 * @typedef {{ display: Pick<Display, "glossary" | "paper">, context(controls: HTMLElement): PanelContext, create?: CreatePanel, onTable?(open: boolean): void,
 *   onLarge?(): void }} Surroundings context: asked anew when the panel is drawn anew; create: what draws it, where that is of the page's own; onTable: the
 *   reader has opened or closed the table; onLarge: has pressed the button for its size
 */

import { short } from "../display/numbers.js";
import { lacking } from "../display/values.js";
import { csvOf, download } from "../ui/carry.js";
import { button, count, icon, make, setText } from "../ui/dom.js";
import { wordsButton } from "../ui/words.js";
import * as bars from "./bars.js";
import * as comparison from "./comparison.js";
import * as curves from "./curves.js";
import * as density from "./density.js";
import * as images from "./images.js";
import * as matrix from "./matrix.js";
import * as points from "./points.js";

const TABLE_ROWS = 500;
const TABLE_EVERY_MS = 250;
const KINDS = new Map(Object.entries(/** @type {Record<string, any>} */ ({ points, matrix, curves, density, bars, images, comparison })));
let made = 0;

/** @type {CreatePanel} */
export function createPanel(element, panel, context) {
  const found = KINDS.get(panel.kind);
  if (found) return found.createPanel(element, panel, context);
  element.append(make("p", { class: "panel-unknown muted" },
    `This page cannot draw panels of the kind “${panel.kind}”. Reload it; if this stays, the server is newer than the page.`));
  return { render() {}, resize() {}, destroy() {} };
}

/** @param {PanelDeclaration} panel @returns {import("./choices.js").PanelOption[]} for a page that has the controls of many panels once */
export const panelOptions = ({ kind, show }) => KINDS.get(kind)?.optionsOf?.(show) ?? [];

/** @param {string} name @param {string} path of its icon @param {() => void} onPress @param {Record<string, string>} [attributes] */
function tool(name, path, onPress, attributes = {}) {
  const element = button("", onPress, { class: `button quiet panel-${name}`, ...attributes });
  element.append(icon(path), make("span", {}));
  return element;
}

export class Panel {
  /** @type {PanelView | null} */
  #view = null;
  /** @type {PanelMoment | null} */
  #moment = null;
  /** What the frame lacks of what is drawn, as a sentence; "" where it lacks nothing. */
  #lacks = "";
  #visible = true;
  #drawn = false;
  #tableTimer = 0;
  #told = "";

  /** @param {PanelDeclaration} declaration @param {Surroundings} surroundings */
  constructor(declaration, surroundings) {
    const { id, kind, title, words } = declaration;
    this.declaration = declaration;
    this.surroundings = surroundings;
    const { display: { glossary, paper }, onLarge } = surroundings;
    const explained = words.flatMap((word) => (Object.hasOwn(glossary, word) ? [/** @type {[string, string]} */ ([word, glossary[word]])] : []));
    const name = `panel-${(made += 1)}`;
    this.caption = make("p", { class: "panel-caption" });
    this.controls = make("div", { class: "panel-controls" });
    this.body = make("div", { class: "panel-body" });
    this.failure = make("div", { class: "panel-failed", role: "alert", hidden: "" });
    this.data = make("div", { class: "panel-table", tabindex: "0", role: "region", "aria-label": `Numbers: ${title}`, hidden: "" });
    this.toggle = tool("toggle", "M2 3h12v2H2zM2 7h12v2H2zM2 11h12v2H2z", () => this.openTable(!this.isTableOpen, true), {
      "aria-label": `Table: ${title}`, "aria-pressed": "false", title: "The numbers behind this picture",
    });
    this.toggle.lastElementChild?.append("Table");
    this.large = tool("enlarge", "M9 2h5v5h-2V5.4L9.4 8 8 6.6 10.6 4H9zM7 14H2V9h2v1.6L6.6 8 8 9.4 5.4 12H7z", () => onLarge?.());
    this.large.hidden = !onLarge;
    this.offerLarge("Enlarge", "Make this panel the large one (L)");
    this.element = make("section", { class: `panel panel-${kind}`, "data-panel": id, "aria-labelledby": name },
      make("div", { class: "panel-head" },
        make("h2", { id: name }, title),
        make("div", { class: "panel-tools" }, this.controls, ...(explained.length ? wordsButton(explained, title, paper) : []), this.large, this.toggle),
        this.caption),
      make("div", { class: "panel-stage" }, this.body, this.failure, this.data));
    this.seen = new IntersectionObserver((entries) => {
      this.#visible = entries.at(-1)?.isIntersecting ?? true;
      if (this.#visible && !this.#drawn) this.#draw();
    });
    this.seen.observe(this.element);
    this.sized = new ResizeObserver(() => this.body.clientWidth && this.body.clientHeight && this.#attempt(() => this.#view?.resize()));
    this.sized.observe(this.body);
    this.build();
  }

  /** What the button for its size does now. @param {string} word @param {string} title */
  offerLarge(word, title) {
    this.large.title = title;
    this.large.setAttribute("aria-label", `${word}: ${this.declaration.title}`);
    setText(/** @type {Element} */ (this.large.lastElementChild), word);
  }

  /** Draws it from the beginning, as for another theme. */
  build() {
    this.#view?.destroy();
    this.#view = null;
    this.body.replaceChildren();
    this.controls.replaceChildren();
    this.#view = this.#attempt(() => (this.surroundings.create ?? createPanel)(this.body, this.declaration, this.surroundings.context(this.controls))) ?? null;
    this.toggle.hidden = !this.#view?.table;
    if (this.#moment) this.update(this.#moment);
  }

  get isTableOpen() {
    return !this.data.hidden;
  }

  /** @returns {boolean} whether it has anything to say of the run */
  get applies() {
    return !this.element.hidden;
  }

  /** @param {PanelMoment} moment */
  update(moment) {
    this.#moment = moment;
    this.#drawn = false;
    const view = this.#view;
    this.element.hidden = view?.applies?.(moment) === false;
    if (this.element.hidden) return;
    const { id, text } = this.declaration;
    const { frame, display } = moment;
    this.#lacks = lacking(frame, this.#attempt(() => view?.needs?.(moment)) ?? [], display.tensors);
    const sentence = this.#lacks || frame.says[id] || this.#attempt(() => view?.caption?.(moment)) || text;
    setText(this.caption, sentence);
    if (this.caption.title !== sentence) this.caption.title = sentence; // whole, where two lines cut it
    if (this.#visible) queueMicrotask(() => this.#drawn || this.#draw()); // after all captions: a canvas that is asked for its font has them laid out
    if (this.isTableOpen) this.#tableTimer ||= window.setTimeout(() => this.#writeTable(), TABLE_EVERY_MS);
  }

  #draw() {
    const [moment, view] = [this.#moment, this.#view];
    if (!moment || !view) return;
    this.#drawn = true;
    this.body.style.visibility = this.#lacks ? "hidden" : ""; // else it would show another step's picture
    this.failure.hidden = true;
    if (!this.#lacks) this.#attempt(() => view.render(moment));
  }

  /** @template T @param {() => T} work @returns {T | undefined} nothing where it fails, which the panel says of this frame */
  #attempt(work) {
    try {
      return work();
    } catch (error) {
      if (this.#told !== String(error)) console.error(error); // once, not with each frame of a film
      this.#told = String(error);
      const what = this.#moment && this.#view ? `Step ${count(this.#moment.frame.step)} could not be drawn here.` : "This panel could not be drawn.";
      this.body.style.visibility = "hidden";
      this.failure.hidden = false;
      this.failure.replaceChildren(make("div", { class: "notice bad" }, make("p", {}, what), make("pre", {}, this.#told)), button("Draw again", () => this.build()));
      return undefined;
    }
  }

  /** @param {boolean} open @param {boolean} [byReader] */
  openTable(open, byReader = false) {
    if (open === this.isTableOpen) return;
    this.data.hidden = !open;
    this.toggle.setAttribute("aria-pressed", String(open));
    this.#writeTable();
    if (byReader) this.surroundings.onTable?.(open);
  }

  #writeTable() {
    this.#tableTimer = 0;
    const moment = this.#moment;
    if (!this.isTableOpen || !moment) return;
    const { run, frame: { step } } = moment;
    const { id, title } = this.declaration;
    const { columns, rows } = (!this.#lacks && this.#attempt(() => this.#view?.table?.(moment))) || { columns: [], rows: [] }; // none where they were not measured
    const numeric = (/** @type {unknown} */ value) => ({ class: typeof value === "string" ? "" : "number" });
    const word = (/** @type {string | number | null} */ value) => (typeof value === "string" ? value : value === null || Number.isNaN(value) ? "not a number" : short(value, 4));
    const more = rows.length > TABLE_ROWS ? ` · the first ${count(TABLE_ROWS)} of ${count(rows.length)} rows` : "";
    const file = button("CSV", () => download(`${run.id}-${id}-${step}.csv`, csvOf({ columns, rows })), {
      class: "button quiet", "aria-label": `CSV: ${title}`, title: "All rows, with all digits, as a file",
    });
    const focused = this.data.querySelector("button") === document.activeElement;
    this.data.replaceChildren(
      make("div", { class: "panel-table-head" }, file),
      make("table", {},
        make("caption", {}, `Step ${count(step)}${more}`),
        make("thead", {}, make("tr", {}, ...columns.map((name, i) => make("th", { scope: "col", ...numeric(rows[0]?.[i]) }, name)))),
        make("tbody", {}, ...rows.slice(0, TABLE_ROWS).map((row) => make("tr", {}, ...row.map((value) => make("td", numeric(value), word(value))))))));
    if (focused) file.focus();
  }

  /** For a printer: drawn anew whether it can be seen or not. */
  print() {
    this.build();
    if (!this.#drawn) this.#draw();
  }

  destroy() {
    clearTimeout(this.#tableTimer);
    this.#view?.destroy();
    this.seen.disconnect();
    this.sized.disconnect();
  }
}
