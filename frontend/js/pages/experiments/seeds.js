/**
 * The seeds of a cell, with their values and films, in a small window beside it. Used by pages/experiment-sweep.js.
 * @module
 */

import { button, make } from "../../ui/dom.js";
import { outcome } from "../../film/status.js";
import { cellName } from "./cell.js";
import { stateOf } from "./runs.js";
import { comparePath, errorText, filmPath, measured } from "./words.js";

/** @typedef {import("../../types").SweepCell} SweepCell */
/** @typedef {import("../../types").Experiment} Experiment */

const GAP = 6; // px to the cell

export function createSeedsWindow() {
  const element = make("div", { class: "seeds-window", popover: "auto", role: "dialog", "aria-label": "Seeds of this cell" });
  /** @type {HTMLElement | null} */
  let anchor = null;

  const place = () => {
    if (!anchor || !element.matches(":popover-open")) return;
    const at = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = element;
    const below = at.bottom + GAP + height <= innerHeight || at.top < height + GAP;
    element.style.left = `${Math.max(8, Math.min(innerWidth - width - 8, at.right - width / 2))}px`;
    element.style.top = `${below ? at.bottom + GAP : at.top - height - GAP}px`;
  };
  // It is fixed to the screen, its cell is not.
  addEventListener("scroll", place, { passive: true, capture: true });
  addEventListener("resize", place);

  return {
    element,
    /** @param {Experiment} experiment @param {SweepCell} cell @param {HTMLElement} at */
    show(experiment, cell, at) {
      anchor = at;
      fill(element, experiment, cell);
      element.showPopover();
      place();
      element.querySelector("a")?.focus();
    },
    destroy() {
      removeEventListener("scroll", place, { capture: true });
      removeEventListener("resize", place);
    },
  };
}

/** @param {HTMLElement} element @param {Experiment} experiment @param {SweepCell} cell */
function fill(element, { seeds, sweep, members }, cell) {
  if (!sweep) return;
  const { measures, axes } = sweep;
  const runs = new Map(members.flatMap(({ run }) => (run ? [[run.id, run]] : [])));
  const rows = cell.runs.map((id, i) => {
    const run = id === null ? undefined : runs.get(id);
    const over = run !== undefined && outcome(run) === "succeeded";
    const state = run ? errorText(run.error) || stateOf({ run }) : "deleted";
    const values = measures.map(({ id: measure }) => {
      const value = measure === "emergence_step" ? run?.emergence_step : run?.metrics?.[measure];
      const text = value === null && measure === "emergence_step" ? "never" : measured(measure, value);
      return make("td", { class: "number" }, text);
    });
    const name = `seed ${seeds[i] ?? i}`;
    return make("tr", {}, make("th", { scope: "row" }, run ? make("a", { href: filmPath(run.id) }, name) : name),
      ...(over ? values : [make("td", { colspan: String(measures.length), class: "muted" }, state)]));
  });
  const films = cell.runs.filter((id) => id !== null && runs.has(id)).map(String);
  element.replaceChildren(
    make("p", { class: "seeds-title" }, cellName(cell, axes)),
    make("table", {}, make("thead", {}, make("tr", {}, make("td"), ...measures.map(({ title }) => make("th", { scope: "col", class: "number" }, title)))), make("tbody", {}, ...rows)),
    make("div", { class: "exp-actions" },
      ...(films.length > 1 ? [make("a", { class: "button", href: comparePath(films) }, "Compare these seeds")] : []),
      button("Close", () => element.hidePopover(), { class: "button quiet" })));
}
