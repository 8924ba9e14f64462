/**
 * One run of a comparison: its name and state, and the panel that is compared; and how all tiles share the window.
 * @import { RunSource } from "../../film/source.js"
 * @import { PanelContext, PanelMoment } from "../../types"
 * @import { PanelChoice } from "./words.js"
 * @typedef {{ context(panel: string, controls: HTMLElement): PanelContext, schedule(): void, remove(id: string): void, point(letter: string | null): void }} Page
 *   schedule: to be drawn again; point: the reader looks at this run, or no longer
 */

import { panelsOf } from "../../display/read.js";
import { emptyText, outcome } from "../../film/status.js";
import { isLost } from "../../panels/banner.js";
import { Panel } from "../../panels/panel.js";
import { at } from "../../ui/address.js";
import { button, count, make, setText, visible } from "../../ui/dom.js";
import { stateOf } from "./words.js";

const SIDE = 0.3; // of the width, for what is beside the tiles
const BELOW = 0.3; // of the height, for what is below them
const HEAD = 100; // px of a tile above its picture: name, state, sentence
const EDGE = 32; // px of it left and right
const BETTER = 1.1; // more columns are worth it only for pictures so much larger: names and sentences need width
let made = 0;

export class Tile {
  /** @type {Panel | null} */
  panel = null;
  letter = "";
  /** The declaration that is drawn, as text. */
  #declared = "";
  /** What was drawn last: the same again is not drawn again. @type {unknown[]} */
  #drawn = [];

  /** @param {RunSource} source @param {Page} page */
  constructor(source, page) {
    this.source = source;
    this.page = page;
    const id = `tile-${(made += 1)}`;
    this.sign = make("span", { class: "compare-letter", "aria-hidden": "true" });
    this.link = make("a", { class: "compare-name name", href: `/runs/${source.id}` }, "…");
    this.remove = button("×", () => page.remove(source.id), { class: "button quiet compare-remove", "aria-label": `Remove ${source.id}`, title: "Remove from the comparison" });
    this.about = make("span", { class: "compare-about" });
    this.status = make("span", { class: "status compare-status", role: "status" });
    this.empty = make("p", { class: "compare-empty" });
    this.stage = make("div", { class: "compare-stage" }, this.empty);
    this.element = make("section", { class: "compare-tile", "aria-labelledby": id, "aria-busy": "true" },
      make("div", { class: "compare-tile-head" }, make("h2", { id }, this.sign, this.link), this.remove),
      make("p", { class: "compare-facts" }, this.about, this.status), this.stage);
    for (const type of ["pointerenter", "focusin"]) this.element.addEventListener(type, () => page.point(this.letter));
    for (const type of ["pointerleave", "focusout"]) this.element.addEventListener(type, () => page.point(null));
  }

  /** What does not change with every frame. @param {{letter: string, label: string, colour: string, dash: string}} look @param {PanelChoice | undefined} choice */
  describe({ letter, label, colour, dash }, choice) {
    const { run, timeline, ended, connection } = this.source;
    this.letter = letter;
    setText(this.sign, letter);
    this.sign.style.color = colour;
    this.sign.dataset.dash = dash;
    if (!run) return;
    const { name, display: { summary }, error } = run;
    setText(this.link, name);
    this.link.title = visible(name);
    this.remove.setAttribute("aria-label", visible(`Remove ${name}`));
    setText(this.about, label && !summary.includes(label) ? `${label} · ${summary}` : summary);
    this.about.title = visible(this.about.textContent ?? "");
    setText(this.status, stateOf(run, timeline.rows) + (!ended && isLost(connection) ? ", not connected" : ""));
    this.status.dataset.status = run.diverged ? "diverged" : outcome(run);
    this.status.title = visible(error?.message ?? "");
    const none = timeline.entries.length === 0;
    const loading = none && run.frames.count > 0 && !ended;
    this.element.setAttribute("aria-busy", String(loading));
    this.empty.classList.toggle("skeleton", loading);
    this.#frame(choice);
    setText(this.empty, none ? (loading ? "" : emptyText(run)) : choice && !this.panel ? `This run has no “${choice.title}”.` : "");
  }

  /** The panel of this run that is compared, made anew when it is another. @param {PanelChoice | undefined} choice */
  #frame(choice) {
    const { run } = this.source;
    const found = run && panelsOf(run.display).find(({ kind, id }) => kind === choice?.kind && id === choice.id);
    const declared = found ? JSON.stringify([this.letter, found]) : "";
    if (declared === this.#declared) return;
    this.#declared = declared;
    this.panel?.destroy();
    this.panel?.element.remove();
    this.panel = null;
    this.#drawn = [];
    if (!found) return;
    const declaration = { ...found, title: `${found.title}, ${this.letter}` }; // of all tiles the buttons have names of their own
    this.panel = new Panel(declaration, { display: run.display, context: (controls) => Object.assign(this.page.context(found.id, controls), {
      compact: found.kind !== "curves", wantPatterns: () => this.source.wantPatterns(), // lines need their names
    }) });
    this.stage.append(this.panel.element);
  }

  /** Draws it from the beginning: another theme, or other options. */
  build() {
    this.#drawn = [];
    this.panel?.build();
  }

  /** @param {number} step the joint one @param {Pick<PanelMoment, "selection" | "hover"> & { options: unknown }} look the same for all tiles */
  update(step, { selection, hover, options }) {
    const { panel } = this;
    const { run, timeline, theory, ended, patterns } = this.source;
    this.link.href = at(`/runs/${this.source.id}?step=${step}`);
    const index = timeline.indexOfStep(step);
    const frame = timeline.frameAt(index);
    this.empty.hidden = panel !== null && frame !== null;
    if (panel) panel.element.style.visibility = frame ? "" : "hidden";
    if (!run || !frame || !panel) return;
    const past = timeline.entries.length - 1 === index && step > frame.step;
    const now = [run, frame, timeline.rows.length, theory, patterns, selection, hover, options, past, ended];
    if (now.every((value, i) => value === this.#drawn[i])) return;
    this.#drawn = now;
    panel.update({ run, display: run.display, frame, index, timeline, selection, hover, theory, patterns });
    if (past) setText(panel.caption, `${ended ? "Ended" : "So far"} at step ${count(frame.step)}. ${panel.caption.textContent}`);
    if (!ended) return;
    timeline.pinEnds().then((more) => { // what is sorted or scaled by the end of the film
      if (!more) return;
      this.#drawn = [];
      this.page.schedule();
    }, () => {});
  }

  destroy() {
    this.panel?.destroy();
    this.element.remove();
  }
}

/** @param {number} count of tiles @param {number} width @param {number} height @returns {{ columns: number, size: number }} size of the square in each */
export function bestGrid(count, width, height) {
  const grids = Array.from({ length: count }, (_, i) => ({ columns: i + 1, size: Math.min(width / (i + 1) - EDGE, height / Math.ceil(count / (i + 1)) - HEAD) }));
  return grids.reduce((best, one) => (one.size > Math.max(1, best.size) * BETTER ? one : best), grids[0] ?? { columns: 1, size: 0 });
}

/** In the grid, and with the side beside or below it, that leaves each the largest square. @param {HTMLElement} grid @param {HTMLElement} side @param {HTMLElement} main */
export function arrangeTiles(grid, side, main) {
  const [count, width, height] = [grid.children.length, main.clientWidth, main.clientHeight];
  const beside = bestGrid(count, side.hidden ? width : width * (1 - SIDE), height);
  const below = side.hidden ? { columns: 1, size: 0 } : bestGrid(count, width, height * (1 - BELOW));
  main.dataset.side = below.size > beside.size ? "below" : "beside";
  grid.style.setProperty("--columns", String((below.size > beside.size ? below : beside).columns));
}
