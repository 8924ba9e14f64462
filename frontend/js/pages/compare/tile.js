/**
 * One run of a comparison: its name and state, and the panel that is compared. Used by compare.js.
 * @typedef {import("../../types").PanelContext} PanelContext
 * @typedef {import("./words.js").PanelChoice} PanelChoice
 * @typedef {Pick<import("../../types").PanelMoment, "selection" | "hover"> & { options: unknown }} Look the same for all tiles
 */

import { at } from "../../ui/address.js";
import { button, count, make, setText, visible } from "../../ui/dom.js";
import { panelsOf } from "../../display/read.js";
import { isLost } from "../../panels/banner.js";
import { Panel } from "../../panels/panel.js";
import { emptyText, statusOf } from "./words.js";

let made = 0;

export class Tile {
  /** @type {Panel | null} */
  panel = null;
  /** The declaration that is drawn, as text. */
  #declared = "";
  /** What was drawn last: the same again is not drawn again. @type {unknown[]} */
  #drawn = [];
  /** Draws it once more, as it is now. */
  #draw = () => {};
  #step = 0;
  /** @type {PanelChoice | undefined} */
  #choice;

  /**
   * @param {import("../../film/source.js").RunSource} source
   * @param {{ context(panel: string, controls: HTMLElement): PanelContext, onRemove(): void, onPoint(pointed: boolean): void }} page
   *   onPoint: the reader looks at this run, or no longer
   */
  constructor(source, page) {
    this.source = source;
    this.page = page;
    const id = `tile-${(made += 1)}`;
    this.letter = make("span", { class: "compare-letter", "aria-hidden": "true" });
    this.link = make("a", { class: "compare-name name", href: `/runs/${source.id}` }, "…");
    this.link.addEventListener("click", () => this.#aim());
    this.remove = button("×", page.onRemove, { class: "button quiet compare-remove", "aria-label": `Remove ${source.id}`, title: "Remove from the comparison" });
    this.about = make("span", { class: "compare-about" });
    this.status = make("span", { class: "status compare-status", role: "status" });
    this.empty = make("p", { class: "compare-empty" });
    this.stage = make("div", { class: "compare-stage" }, this.empty);
    this.element = make("section", { class: "compare-tile", "aria-labelledby": id, "aria-busy": "true" },
      make("div", { class: "compare-tile-head" }, make("h2", { id }, this.letter, this.link), this.remove),
      make("p", { class: "compare-facts" }, this.about, this.status), this.stage);
    for (const type of ["pointerenter", "focusin"]) this.element.addEventListener(type, () => page.onPoint(true));
    for (const type of ["pointerleave", "focusout"]) this.element.addEventListener(type, () => page.onPoint(false));
  }

  /**
   * Name, state, and which panel: what does not change with every frame.
   * @param {{letter: string, label: string, colour: string, dash: string}} look @param {PanelChoice | undefined} choice
   */
  describe({ letter, label, colour, dash }, choice) {
    const { run, timeline, ended } = this.source;
    setText(this.letter, letter);
    this.letter.style.color = colour;
    this.letter.dataset.dash = dash;
    this.#choice = choice;
    if (!run) return;
    setText(this.link, run.name);
    this.link.title = visible(run.name);
    this.remove.setAttribute("aria-label", visible(`Remove ${run.name}`));
    const { text, status } = statusOf(run, timeline.rows);
    const { summary } = run.display;
    setText(this.about, label && !summary.includes(label) ? `${label} · ${summary}` : summary);
    this.about.title = visible(this.about.textContent ?? "");
    setText(this.status, !ended && isLost(this.source.connection) ? `${text}, not connected` : text);
    this.status.dataset.status = status;
    if (run.error) this.status.title = visible(run.error.message);
    const none = timeline.entries.length === 0;
    const waits = run.frames.count === 0 || ended;
    this.element.setAttribute("aria-busy", String(none && !waits));
    this.empty.classList.toggle("skeleton", none && !waits);
    this.#frame(letter);
    setText(this.empty, none ? (waits ? emptyText(run) : "") : choice && !this.panel ? `This run has no “${choice.title}”.` : "");
    this.#aim();
  }

  /** The panel of this run that is compared, made anew when it is another. @param {string} letter */
  #frame(letter) {
    const { run } = this.source;
    const found = run && panelsOf(run.display).find(({ kind, id }) => kind === this.#choice?.kind && id === this.#choice?.id);
    const declared = found ? JSON.stringify([letter, found]) : "";
    if (declared === this.#declared) return;
    this.#declared = declared;
    this.panel?.destroy();
    this.panel?.element.remove();
    this.panel = null;
    this.#drawn = [];
    this.#draw = () => {};
    if (!found) return;
    const declaration = { ...found, title: `${found.title}, ${letter}` }; // of all tiles the buttons have names of their own
    this.panel = new Panel(declaration, { display: run.display, context: (controls) => Object.assign(this.page.context(found.id, controls), {
      compact: found.kind !== "curves", wantPatterns: () => this.source.wantPatterns(), // lines need their names
    }) });
    this.stage.append(this.panel.element);
  }

  /** Draws it from the beginning: another theme, or its controls have another place. */
  build() {
    this.#drawn = [];
    this.panel?.build();
  }

  /** The link leads to the step that is shown. */
  #aim() {
    const href = at(`/runs/${this.source.id}?step=${this.#step}`);
    if (this.link.getAttribute("href") !== href) this.link.setAttribute("href", href);
  }

  /** @param {number} step the joint one @param {Look} look */
  update(step, { selection, hover, options }) {
    const { panel } = this;
    const { run, timeline, theory, ended } = this.source;
    this.#step = step;
    const index = timeline.indexOfStep(step);
    const frame = timeline.entries.length ? timeline.frameAt(index) : null;
    this.empty.hidden = panel !== null && frame !== null;
    if (panel) panel.element.style.visibility = frame ? "" : "hidden";
    if (!run || !frame || !panel) return;
    const past = timeline.entries.length - 1 === index && step > frame.step;
    const now = [run, frame, timeline.rows.length, theory, this.source.patterns, selection, hover, options, past, ended];
    if (now.every((value, i) => value === this.#drawn[i])) return;
    this.#drawn = now;
    this.#draw = () => {
      panel.update({ run, display: run.display, frame, index, timeline, selection, hover, theory, patterns: this.source.patterns });
      if (past) setText(panel.caption, `${ended ? "Ended" : "So far"} at step ${count(frame.step)}. ${panel.caption.textContent}`);
    };
    this.#draw();
    if (ended) timeline.pinEnds().then((more) => more && this.#draw(), () => {}); // what is sorted or scaled by the end of the film
  }

  destroy() {
    this.#draw = () => {};
    this.panel?.destroy();
    this.element.remove();
  }
}
