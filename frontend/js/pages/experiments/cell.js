/**
 * A cell of the phase diagram: a link to a film, coloured by the measure, with a button for the list of seeds. Used by
 * pages/experiments/sweep.js.
 * @module
 */

import { at } from "../../ui/address.js";
import { cellState } from "./cell-state.js";
import { make, setText } from "../../ui/dom.js";
import { axisValue, filmPath, several, spreadText, told } from "./words.js";

/** @typedef {import("../../types").SweepCell} SweepCell */
/** @typedef {import("../../types").Measure} Measure */
/** @typedef {import("../../types").MemberRun} MemberRun */

const WORDS = { value: "", never: "never", none: "no value", diverged: "diverged", failed: "failed", cancelled: "cancelled", running: "", paused: "paused", waiting: "", deleted: "deleted" };
const DARK = 0.63; // above this share paper is easier to read than ink, in both themes

/**
 * @param {SweepCell} first @param {import("../../types").SweepAxis[]} axes
 * @param {{ show: (cell: SweepCell, anchor: HTMLElement) => void, toggle: (cell: SweepCell) => void }} actions show: its seeds; toggle: marks it, or not any more
 */
export function createCell(first, axes, actions) {
  let cell = first;
  const where = cellName(first, axes);
  const text = make("span", { class: "phase-number" });
  const bar = make("span", { class: "phase-done" });
  const spread = make("span", { class: "phase-spread", "aria-hidden": "true" });
  const link = make("a", { class: "phase-film" }, text, spread, bar);
  const seeds = make("button", { type: "button", class: "phase-seeds", "aria-label": `Seeds of ${where}`, title: "Seeds and curves", "aria-haspopup": "dialog" }, "⋯");
  seeds.addEventListener("click", () => actions.show(cell, seeds));
  const element = make("div", { class: "phase-cell" }, link, seeds);
  link.addEventListener("click", (event) => {
    if (!event.shiftKey) return;
    event.preventDefault();
    actions.toggle(cell);
  });

  return {
    element,
    toggle: () => actions.toggle(cell),
    /** @param {boolean} marked */
    mark: (marked) => element.classList.toggle("is-marked", marked),
    focus: () => (link.hasAttribute("href") ? link : seeds).focus(),
    /** @param {SweepCell} next @param {Measure} measure @param {Map<string, MemberRun>} runs */
    update(next, measure, runs) {
      cell = next;
      const state = cellState(next, measure, runs);
      const value = next.values[measure.id];
      element.dataset.kind = state.kind;
      element.classList.toggle("is-partial", state.partial);
      element.classList.toggle("is-strong", (state.share ?? 0) > DARK);
      element.style.setProperty("--share", `${100 * (state.share ?? 0)}%`);
      setText(text, state.kind === "value" ? brief(measure, value.mean) : WORDS[state.kind]);
      const place = (/** @type {number | null} */ at) => 100 * Math.min(1, Math.max(0, ((at ?? measure.low) - measure.low) / (measure.high - measure.low || 1)));
      spread.hidden = state.kind !== "value" || value.low === value.high;
      Object.assign(spread.style, { left: `${place(value?.low)}%`, right: `${100 - place(value?.high)}%` });
      bar.hidden = state.done >= 1;
      bar.style.width = `${100 * state.done}%`;
      if (state.film) link.href = at(filmPath(state.film));
      else link.removeAttribute("href");
      const spoken = `${where}: ${describe(next, measure, state)}`;
      if (link.title !== spoken) {
        link.title = spoken;
        link.setAttribute("aria-label", spoken);
      }
    },
  };
}

/** @param {SweepCell} cell @param {import("../../types").SweepAxis[]} axes @returns {string} "pairs m 10, background probability p_o 0.5" */
export const cellName = ({ index }, axes) =>
  axes.map((axis, i) => `${axis.title} ${axisValue(axis, index[i])}`).join(", ");

/** As short as a cell needs: percent without its sign, which stands at the colour bar. @param {Measure} measure @param {number | null} value */
function brief({ unit }, value) {
  if (value === null) return "";
  if (unit === "share") return String(Math.round(100 * value));
  return unit === "count" ? told(value, { unit }) : value.toFixed(2).replace("-", "−");
}

/** @param {SweepCell} cell @param {Measure} measure @param {import("./cell-state.js").CellState} state */
export function describe(cell, measure, { kind, done }) {
  const value = cell.values[measure.id];
  if (kind === "value") {
    const { mean, low, high, count } = value;
    const some = cell.total > 1 ? `, ${count} of ${several(cell.total, "seed")}` : "";
    return `${measure.title} ${told(mean, measure)}${spreadText(low, high, measure)}${some}${done < 1 ? ", not all done" : ""}`;
  }
  if (kind === "never") return `features never emerged${cell.total > 1 ? ` in ${several(cell.total, "seed")}` : ""}`;
  if (kind === "running") return `${Math.round(100 * done)} % done`;
  if (kind === "paused") return `paused, ${Math.round(100 * done)} % done`;
  if (kind === "none") return `${measure.title} is not known`;
  if (kind === "diverged") return `diverged${cell.total > 1 ? ` in ${several(cell.done, "seed")}` : ""}: ${measure.title} has no value`;
  return kind;
}
