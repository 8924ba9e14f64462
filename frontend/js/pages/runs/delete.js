/**
 * The questions before runs are deleted. Used by the pages of runs.
 * @module
 */

import { make, nameOf } from "../../ui/dom.js";
import { isOver } from "../../film/status.js";
import { confirm } from "../../ui/confirm.js";

export { confirmCancel } from "../../ui/confirm.js";

/** @typedef {import("../../types").RunSummary} RunSummary */

const NAMED = 6;

/**
 * @param {HTMLElement} element that holds the dialog while it is open
 * @param {RunSummary[]} runs
 * @returns {Promise<RunSummary[]>} those to delete; empty when the answer is no
 */
export async function confirmDelete(element, runs) {
  const doomed = runs.filter((run) => isOver(run.status));
  const active = runs.length - doomed.length;
  const title = doomed.length === 0 ? "Nothing to delete yet" : doomed.length === 1 ? "Delete this run?" : `Delete ${doomed.length} runs?`;
  const bytes = doomed.reduce((sum, run) => sum + run.frames.bytes, 0);
  const names = doomed.slice(0, NAMED).map((run) => make("li", {}, nameOf(run.name)));
  if (doomed.length > NAMED) names.push(make("li", { class: "muted" }, `and ${doomed.length - NAMED} more`));
  const still = `${active === 1 ? "One run is" : `${active} runs are`} not over yet and will be kept: cancel first, then delete.`;
  const body = [
    ...(doomed.length ? [make("ul", {}, ...names), make("p", { class: "muted" }, `Their frames (${megabytes(bytes)}) go too. This cannot be undone.`)] : []),
    ...(active ? [make("p", { class: "notice" }, still)] : []),
  ];
  return (await confirm(element, { title: [title], body, yes: doomed.length ? "Delete" : "", no: "Keep" })) ? doomed : [];
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toLocaleString("en", { maximumFractionDigits: bytes < 1e7 ? 1 : 0 })} MB`;
}
