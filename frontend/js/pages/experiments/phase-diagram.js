/**
 * The phase diagram of a sweep: a table of coloured cells, x from left to right, y from bottom to top, one table per value of the
 * axes left over; and what a cell has to show for a measure: a value, progress, "never", or why there is nothing.
 * @import { Measure, SweepAxis, SweepCell } from "../../types"
 * @typedef {Map<string, import("../../types").MemberRun>} Runs by id
 * @typedef {ReturnType<typeof cellState>} CellState
 */

import { isMoving, isOver } from "../../film/status.js";
import { typeset } from "../../form/controls.js";
import { decimal, make, several } from "../../ui/dom.js";
import { axisValue, filmPath, shareDone, spreadText, told } from "./words.js";

const WATCHED = ["succeeded", "failed", "cancelled", "running", "paused", "queued"]; // the first of these first
const DARK = 0.63; // above this share paper is easier to read than ink, in both themes

/**
 * Which axis lies where: numbers are x and y, before choices; each value of the others makes a diagram of its own, switches first.
 * @param {Pick<SweepAxis, "values">[]} axes @returns {{ x: number, y: number | null, facets: number[] }} indices of axes
 */
export function arrange(axes) {
  const kind = (/** @type {number} */ i) => ["number", "string", "boolean"].findIndex((type) => axes[i].values.every((value) => typeof value === type));
  const ordered = axes.map((_, i) => i).sort((a, b) => kind(a) - kind(b) || a - b);
  const y = ordered.length > 1 && kind(ordered[1]) < 2 ? ordered[1] : null;
  return { x: ordered[0], y, facets: ordered.slice(y === null ? 1 : 2) };
}

/** @param {import("../../types").Sweep} sweep @param {(cell: SweepCell) => HTMLElement} drawCell */
export function phaseDiagram({ axes, cells }, drawCell) {
  const { x, y, facets } = arrange(axes);
  const byIndex = new Map(cells.map((cell) => [cell.index.join(), cell]));
  const rows = y === null ? [0] : axes[y].values.map((_, i) => i).reverse();
  return make("div", { class: "phase" }, ...products(facets.map((axis) => axes[axis].values.length)).map((facet) => {
    const said = facets.map((axis, i) => `${axes[axis].title}: ${axisValue(axes[axis], facet[i])}`).join(", ");
    const cellAt = (/** @type {number} */ column, /** @type {number} */ row) => {
      const cell = byIndex.get(axes.map((_, axis) => (axis === x ? column : axis === y ? row : facet[facets.indexOf(axis)])).join());
      return make("td", {}, ...(cell ? [drawCell(cell)] : []));
    };
    const body = rows.map((row) => make("tr", {},
      ...(y === null ? [] : [make("th", { scope: "row" }, axisValue(axes[y], row))]), ...axes[x].values.map((_, column) => cellAt(column, row))));
    const corner = y === null ? [] : [make("th", {}, make("span", { class: "visually-hidden" }, `${axes[y].title}, above; ${axes[x].title}, to the right`))];
    const foot = make("tr", {}, ...corner, ...axes[x].values.map((_, i) => make("th", { scope: "col" }, axisValue(axes[x], i))));
    const table = make("table", { class: "phase-table", style: `--columns: ${axes[x].values.length}` },
      make("caption", { class: "visually-hidden" }, `${said ? `${said}. ` : ""}Columns: ${axes[x].title}${y === null ? "" : `; rows: ${axes[y].title}`}`),
      make("tbody", {}, ...body), make("tfoot", {}, foot));
    return make("figure", { class: "phase-facet" }, ...(said ? [make("figcaption", {}, said)] : []),
      make("div", { class: `phase-frame ${y === null ? "flat" : ""}` },
        ...(y === null ? [] : [make("p", { class: "phase-y small muted" }, typeset(axes[y].title))]),
        make("div", { class: "phase-scroll" }, table), make("p", { class: "phase-x small muted" }, typeset(axes[x].title))));
  }));
}

/** The arrow keys go from cell to cell, as the eye does. @param {KeyboardEvent} event */
export function walk(event) {
  const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const cell = /** @type {HTMLElement} */ (event.target).closest("td");
  if (!move || !cell || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const row = cell.closest("table")?.rows[/** @type {HTMLTableRowElement} */ (cell.parentElement).rowIndex + move[1]];
  /** @type {HTMLElement | null | undefined} */ (row?.cells[cell.cellIndex + move[0]]?.querySelector("a[href], button"))?.focus();
}

/** @param {number[]} lengths @returns {number[][]} all combinations of indices; one empty one for no lengths */
const products = (lengths) => lengths.reduce((/** @type {number[][]} */ found, length) => found.flatMap((head) => Array.from({ length }, (_, i) => [...head, i])), [[]]);

/** @param {SweepCell} cell */
export const keyOf = ({ index }) => index.join(".");

/** @param {Measure} measure @param {number | null | undefined} value @returns {number} */
const shareOf = ({ low, high }, value) => Math.min(1, Math.max(0, ((value ?? low) - low) / (high - low || 1)));

/**
 * `share`: of the way from the measure's low end to its high one; `done`: which share of its runs is over; `partial`: some that are have
 * no such value; `film`: the run that one press opens, the first seed's that is over, else one that can be watched live.
 * @param {SweepCell} cell @param {Measure} measure @param {Runs} runs
 */
export function cellState(cell, measure, runs) {
  const own = cell.runs.flatMap((id) => runs.get(id ?? "") ?? []);
  const film = WATCHED.flatMap((status) => own.find((run) => run.status === status)?.id ?? [])[0] ?? null;
  const { mean = null, count = 0 } = cell.values[measure.id] ?? {};
  const succeeded = own.filter(({ status }) => status === "succeeded").length;
  const known = mean !== null;
  const kind = known ? "value" : emptyKind(own, measure, succeeded);
  return { kind, share: known ? shareOf(measure, mean) : null, done: own.length ? shareDone(own) : 1, partial: known && count < succeeded, film };
}

/** @param {import("../../types").MemberRun[]} own @param {Measure} measure @param {number} succeeded */
function emptyKind(own, measure, succeeded) {
  if (own.length === 0) return "deleted";
  // A verdict on some of the seeds would change under the reader's eyes: first all of them, or a number.
  const left = own.filter(({ status }) => !isOver(status));
  if (left.length > 0 && !left.some(({ status }) => isMoving(status))) return "paused";
  if (left.length > 0) return left.length < own.length || left.some(({ status, step }) => status === "running" || step > 0) ? "running" : "waiting";
  // Features that never emerged, and a network that was lost, are two things.
  if (succeeded > 0 && own.every((run) => run.status !== "succeeded" || run.diverged)) return "diverged";
  if (succeeded > 0) return measure.event ? "never" : "none";
  return own.some(({ status }) => status === "failed") ? "failed" : "cancelled";
}

/** @param {SweepCell} cell @param {SweepAxis[]} axes @param {Measure} measure @param {Runs} runs @param {boolean} marked */
export function phaseCell(cell, axes, measure, runs, marked) {
  const state = cellState(cell, measure, runs);
  const { kind, share, done, partial, film } = state;
  const value = cell.values[measure.id];
  const where = cellName(cell, axes);
  const spoken = `${where}: ${describe(cell, measure, state)}`;
  const spread = `left: ${100 * shareOf(measure, value?.low)}%; right: ${100 - 100 * shareOf(measure, value?.high)}%`;
  const word = kind === "value" ? brief(Number(value.mean), measure) : kind === "none" ? "no value" : kind === "running" || kind === "waiting" ? "" : kind;
  const look = `phase-cell ${partial ? "is-partial" : ""} ${(share ?? 0) > DARK ? "is-strong" : ""} ${marked ? "is-marked" : ""}`;
  return make("div", { class: look, "data-kind": kind, "data-key": keyOf(cell), style: `--share: ${100 * (share ?? 0)}%` },
    make("a", { class: "phase-film", title: spoken, "aria-label": spoken, ...(film ? { href: filmPath(film) } : {}) },
      make("span", { class: "phase-number" }, word),
      ...(kind === "value" && value.low !== value.high ? [make("span", { class: "phase-spread", "aria-hidden": "true", style: spread })] : []),
      ...(done < 1 ? [make("span", { class: "phase-done", style: `width: ${100 * done}%` })] : [])),
    make("button", { type: "button", class: "phase-seeds", "aria-label": `Seeds of ${where}`, title: "Seeds and curves", "aria-haspopup": "dialog" }, "⋯"));
}

/** @param {SweepCell} cell @param {SweepAxis[]} axes @returns {string} "pairs m 10, background probability p_o 0.5" */
export const cellName = ({ index }, axes) => axes.map((axis, i) => `${axis.title} ${axisValue(axis, index[i])}`).join(", ");

/** As short as a cell needs: percent without its sign, which stands at the colour bar. @param {number} value @param {Measure} measure @returns {string} */
function brief(value, measure) {
  if (measure.unit === "share") return String(Math.round(100 * value));
  return measure.unit === "count" ? told(value, measure) : decimal(value, 2);
}

/** @param {SweepCell} cell @param {Measure} measure @param {CellState} state @returns {string} */
export function describe({ values, total, done: over }, measure, { kind, done }) {
  const of = (/** @type {number} */ seeds) => (total > 1 ? ` in ${several(seeds, "seed")}` : "");
  if (kind === "value") {
    const { mean, low, high, count } = values[measure.id];
    const some = total > 1 ? `, ${count} of ${several(total, "seed")}` : "";
    return `${measure.title} ${told(mean, measure)}${spreadText(low, high, measure)}${some}${done < 1 ? ", not all done" : ""}`;
  }
  if (kind === "never") return `features never emerged${of(total)}`;
  if (kind === "running") return `${Math.round(100 * done)} % done`;
  if (kind === "paused") return `paused, ${Math.round(100 * done)} % done`;
  if (kind === "none") return `${measure.title} is not known`;
  return kind === "diverged" ? `diverged${of(over)}: ${measure.title} has no value` : kind;
}
