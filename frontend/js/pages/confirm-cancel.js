/**
 * The question before a run is cancelled. Used by the pages of runs.
 * @module
 */

import { count, make, nameOf } from "../ui/dom.js";
import { confirm } from "../ui/confirm.js";

/**
 * @param {HTMLElement} element that holds the dialog while it is open
 * @param {import("../types").RunSummary} run that is not over
 */
export function confirmCancel(element, { name, status, progress: { step, total } }) {
  const begun = step > 0 || status === "running";
  const end = begun ? `Training ends at step ${count(step)} of ${count(total)}; what was seen until then is kept.` : "It leaves the queue without having trained.";
  const pause = status === "paused" ? "" : " Pause it instead to go on another time.";
  const body = [make("p", {}, nameOf(name)), make("p", { class: "muted" }, `${end} This cannot be undone.${pause}`)];
  return confirm(element, { title: ["Cancel this run?"], body, yes: "Cancel run", no: status === "running" ? "Keep training" : "Keep it" });
}
