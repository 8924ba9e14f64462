/**
 * The question before runs are deleted. Used by the runs page only.
 * @module
 */

import { button, make } from "../dom.js";
import { isOver } from "../status.js";

/** @typedef {import("../types").RunSummary} RunSummary */

const NAMED = 6;

/**
 * @param {HTMLElement} element that holds the dialog while it is open
 * @param {RunSummary[]} runs
 * @returns {Promise<RunSummary[]>} those to delete; empty when the answer is no
 */
export function confirmDelete(element, runs) {
  const doomed = runs.filter((run) => isOver(run.status));
  const active = runs.length - doomed.length;
  const dialog = make("dialog", { class: "runs-dialog", "aria-labelledby": "runs-dialog-title" });
  const title = doomed.length === 1 ? "Delete this run?" : `Delete ${doomed.length} runs?`;
  const bytes = doomed.reduce((sum, run) => sum + run.frames.bytes, 0);
  const names = doomed.slice(0, NAMED).map((run) => make("li", {}, run.name));
  if (doomed.length > NAMED) names.push(make("li", { class: "muted" }, `and ${doomed.length - NAMED} more`));
  const no = button("Keep", () => dialog.close("no"), { autofocus: "" });
  const yes = button("Delete", () => dialog.close("yes"), { class: "button danger" });
  const still = `${active === 1 ? "One run is" : `${active} runs are`} not over yet and will be kept: cancel first, then delete.`;
  dialog.append(
    make("h2", { id: "runs-dialog-title" }, doomed.length ? title : "Nothing to delete yet"),
    ...(doomed.length ? [make("ul", {}, ...names), make("p", { class: "muted" }, `Their frames (${megabytes(bytes)}) go too. This cannot be undone.`)] : []),
    ...(active ? [make("p", { class: "notice" }, still)] : []),
    make("div", { class: "runs-dialog-actions" }, no, ...(doomed.length ? [yes] : [])),
  );
  element.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? doomed : []);
    });
  });
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toLocaleString("en", { maximumFractionDigits: bytes < 1e7 ? 1 : 0 })} MB`;
}
