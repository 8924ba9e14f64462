/**
 * One run of a comparison: its name and state, its neuron map, the sentence for this step. Used by pages/compare.js.
 * @typedef {import("../../types").Run} Run
 * @typedef {import("../../types").Moment} Moment
 * @typedef {import("../../panels/points.js").MapContext} MapContext
 */

import { at } from "../../ui/address.js";
import { button, count, make, setText, visible } from "../../ui/dom.js";
import { describeRun, problemOf, signalWords } from "../../problems.js";
import { summarise } from "../../statistics.js";
import * as map from "../../panels/points.js";
import { describe, statusOf } from "./words.js";
import { Panel } from "../../panels/panel.js";

/** @typedef {{selection: ReadonlySet<number>, hover: number | null, mode: string, trails: boolean}} Look the same for all tiles */

export class Tile {
  /** What was drawn last: the same again is not drawn again. @type {unknown[]} */
  #drawn = [];
  #step = 0;

  /**
   * @param {import("../../film/source.js").RunSource} source @param {string} id of the run
   * @param {(controls: HTMLElement) => MapContext} makeContext @param {() => void} onRemove
   * @param {(pointed: boolean) => void} onPoint the reader looks at this run, or no longer
   */
  constructor(source, id, makeContext, onRemove, onPoint) {
    this.source = source;
    this.id = id;
    const module = {
      title: `Run ${id}`,
      createView: (/** @type {HTMLElement} */ element, /** @type {any} */ context) =>
        ({ ...map.createView(element, context), caption: (/** @type {Moment} */ moment) => this.#caption(moment) }),
    };
    this.panel = new Panel(`of-${id}`, module, makeContext);
    const { element } = this.panel;
    element.classList.add("compare-tile");
    this.letter = make("span", { class: "compare-letter", "aria-hidden": "true" });
    this.link = make("a", { class: "compare-name name", href: `/runs/${id}` }, "…");
    this.link.addEventListener("click", () => this.#aim());
    this.remove = button("×", onRemove, { class: "button quiet compare-remove", "aria-label": `Remove ${id}`, title: "Remove from the comparison" });
    this.about = make("span", { class: "compare-about" });
    this.status = make("span", { class: "status compare-status", role: "status" });
    this.empty = make("div", { class: "compare-empty skeleton" });
    element.querySelector("h2")?.replaceChildren(this.letter, this.link);
    element.querySelector(".panel-tools")?.append(this.remove);
    this.panel.caption.before(make("p", { class: "compare-facts" }, this.about, this.status));
    element.querySelector(".panel-stage")?.append(this.empty);
    element.setAttribute("aria-busy", "true");
    for (const type of ["pointerenter", "focusin"]) element.addEventListener(type, () => onPoint(true));
    for (const type of ["pointerleave", "focusout"]) element.addEventListener(type, () => onPoint(false));
  }

  get element() {
    return this.panel.element;
  }

  build() {
    this.#drawn = [];
    this.panel.build();
  }

  /** Name, state and what an empty map says: what does not change with every frame. @param {{letter: string, label: string, colour: string, dash: string}} look */
  describe({ letter, label, colour, dash }) {
    const { run } = this.source;
    setText(this.letter, letter);
    this.letter.style.color = colour;
    this.letter.dataset.dash = dash;
    if (!run) return;
    setText(this.link, run.name);
    this.link.title = visible(run.name);
    this.panel.data.setAttribute("aria-label", visible(`Numbers: ${run.name}`));
    this.remove.setAttribute("aria-label", visible(`Remove ${run.name}`));
    const { text, status } = statusOf(run);
    const words = describe(run.config);
    setText(this.about, label && !words.includes(label) ? `${words}, ${label}` : words);
    this.about.title = `${describeRun(run.config, run.patterns?.names)}${run.preset ? ` (preset ${run.preset})` : ""}`;
    setText(this.status, text);
    this.status.dataset.status = status;
    if (run.error) this.status.title = visible(run.error.message);
    const none = this.source.timeline.entries.length === 0;
    const waits = run.frames.count === 0 || this.source.ended;
    this.element.setAttribute("aria-busy", String(none && !waits));
    this.empty.hidden = !none;
    this.empty.classList.toggle("skeleton", !waits);
    setText(this.empty, none && waits ? emptyText(run) : "");
    this.#aim();
  }

  /** The link leads to the step that is shown. */
  #aim() {
    const href = at(`/runs/${this.id}?step=${this.#step}`);
    if (this.link.getAttribute("href") !== href) this.link.setAttribute("href", href);
  }

  /** @param {number} step the joint one @param {Look} look */
  update(step, { selection, hover, mode, trails }) {
    const { run, timeline } = this.source;
    this.#step = step;
    const index = timeline.indexOfStep(step);
    const frame = timeline.entries.length ? timeline.frameAt(index) : null;
    if (!run || !frame) return;
    const past = timeline.entries.length - 1 === index && step > frame.step;
    const now = [frame, selection, hover, mode, trails, past, this.source.ended];
    if (now.every((value, i) => value === this.#drawn[i])) return;
    this.#drawn = now;
    this.empty.hidden = true;
    this.panel.update({ run, frame, index, timeline, selection, hover });
    if (!this.source.ended) return;
    timeline.pinEnds().then((more) => {
      if (more && this.#drawn[0] === frame) this.panel.update({ run, frame, index, timeline, selection, hover }); // the scale of its dots is that of its end
    }, () => {});
  }

  /** @param {Moment} moment @returns {string} */
  #caption({ run, frame, timeline, index }) {
    const { aligned, neurons, notFinite } = summarise(frame);
    const { metrics } = frame;
    const all = count(neurons);
    const last = index === timeline.entries.length - 1 && frame.step < this.#step;
    const when = !last ? "" : `; ${this.source.ended ? "ended" : "so far"} at step ${count(frame.step)}`;
    if (notFinite > 0) return `${count(notFinite)} of ${all} neurons are not numbers${when}.`;
    const accuracy = metrics.test_accuracy;
    const right = typeof accuracy === "number" ? `, ${Math.round(100 * accuracy)}\u00a0% right` : "";
    if (problemOf(run.config) === "mixture") return `${mixtureWords(metrics)}${when}.`;
    return `${count(aligned)} of ${all} neurons at ${signalWords(run).both}${right}${when}.`;
  }

  destroy() {
    this.panel.destroy();
    this.element.remove();
  }
}

/** @param {import("../../types").Metrics} metrics @returns {string} */
function mixtureWords({ data_accuracy: data, injected_accuracy: injected, teacher_accuracy: teacher }) {
  const share = (/** @type {number | null | undefined} */ value) => (typeof value === "number" ? `${Math.round(100 * value)}\u00a0%` : "–");
  if (data === undefined) return teacher === undefined ? "Not measured at this step" : `Teacher ${share(teacher)} right`;
  return `Data part ${share(data)}, injected part ${share(injected)}`;
}

/** @param {Run} run without frames @returns {string} */
function emptyText({ status, error }) {
  if (status === "queued") return "Waits for a free worker.";
  if (status === "paused") return "Paused before its first frame.";
  if (status === "running") return "Is being set up. The first frame comes in a moment.";
  return error ? `Failed before its first frame: ${error.message}` : "Ended before its first frame.";
}
