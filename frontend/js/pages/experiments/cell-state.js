/**
 * What a cell of a sweep has to show for a measure: a value, progress, "never", or why there is nothing. Pure; used by the
 * phase diagram and the page of a sweep.
 * @module
 */

import { isMoving, isOver } from "../../film/status.js";

/** @typedef {import("../../types").SweepCell} SweepCell */
/** @typedef {import("../../types").Measure} Measure */
/** @typedef {import("../../types").MemberRun} MemberRun */
/**
 * @typedef {object} CellState
 * @property {"value" | "never" | "none" | "diverged" | "failed" | "cancelled" | "running" | "paused" | "waiting" | "deleted"} kind
 * @property {number | null} share of the way from the measure's low end to its high one, in [0, 1]
 * @property {number} done share of the cell's runs that are over, running ones by their steps
 * @property {boolean} partial some finished runs have no such value
 * @property {string | null} film the run that one press opens
 */

/** @param {SweepCell} cell @param {Measure} measure @param {Map<string, MemberRun>} runs by id @returns {CellState} */
export function cellState(cell, measure, runs) {
  const own = cell.runs.flatMap((id) => (id === null ? [] : (runs.get(id) ?? [])));
  const film = filmOf(own);
  const parts = own.map(({ status, step, total_steps: total }) => (isOver(status) ? 1 : total > 0 ? step / total : 0));
  const done = own.length ? parts.reduce((sum, part) => sum + part, 0) / own.length : 1;
  const value = cell.values[measure.id];
  const succeeded = own.filter(({ status }) => status === "succeeded").length;
  if (value && value.mean !== null) {
    const share = (value.mean - measure.low) / (measure.high - measure.low || 1);
    return { kind: "value", share: Math.min(1, Math.max(0, share)), done, partial: value.count < succeeded, film };
  }
  return { kind: emptyKind(own, measure, succeeded), share: null, done, partial: false, film };
}

/** @param {MemberRun[]} own @param {Measure} measure @param {number} succeeded @returns {CellState["kind"]} */
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

/** @param {MemberRun[]} own @returns {string | null} the first seed's that is over, else one that can be watched live */
function filmOf(own) {
  const order = ["succeeded", "failed", "cancelled", "running", "paused", "queued"];
  const best = order.map((status) => own.find((run) => run.status === status)).find(Boolean);
  return best?.id ?? null;
}

/**
 * Which axis lies where: numbers are x and y, before choices; each value of the others makes a diagram of its own, switches first.
 * @param {Pick<import("../../types").SweepAxis, "values">[]} axes @returns {{ x: number, y: number | null, facets: number[] }} indices of axes
 */
export function arrange(axes) {
  const kind = (/** @type {number} */ i) => ["number", "string", "boolean"].findIndex((type) => axes[i].values.every((value) => typeof value === type));
  const ordered = axes.map((_, i) => i).sort((a, b) => kind(a) - kind(b) || a - b);
  const y = ordered.length > 1 && kind(ordered[1]) < 2 ? ordered[1] : null;
  return { x: ordered[0], y, facets: ordered.slice(y === null ? 1 : 2) };
}
