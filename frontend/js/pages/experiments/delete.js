/**
 * The questions before an experiment is deleted or cancelled. Used by the pages of experiments.
 * @module
 */

import { make, nameOf } from "../../ui/dom.js";
import { confirm } from "../../ui/confirm.js";
import { doneRuns, several } from "./words.js";

/** @param {HTMLElement} element that holds the dialog while it is open @param {import("../../types").ExperimentSummary} experiment */
export function confirmDelete(element, { name, counts }) {
  const runs = counts.total - counts.deleted;
  const text = `Its ${several(runs, "run")} with all their frames ${runs === 1 ? "goes" : "go"} too. This cannot be undone.`;
  return confirm(element, { title: ["Delete “", nameOf(name), "”?"], body: [make("p", { class: "muted" }, text)], yes: "Delete", no: "Keep" });
}

/**
 * @param {HTMLElement} element that holds the dialog while it is open @param {import("../../types").ExperimentSummary} experiment that is not over
 */
export function confirmCancel(element, { name, counts }) {
  const left = counts.total - counts.deleted - doneRuns(counts);
  const text = `${left === 1 ? "One run that is not done ends" : `${several(left, "run")} that are not done end`} here; what was seen until then is kept. This cannot be undone.`;
  return confirm(element, { title: ["Cancel “", nameOf(name), "”?"], body: [make("p", { class: "muted" }, text)], yes: left === 1 ? "Cancel the run" : `Cancel ${several(left, "run")}`, no: "Keep training" });
}
