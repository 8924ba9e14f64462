/**
 * What is asked of experiments: the questions before one is cancelled or deleted, and what its row and its page show alike.
 * @import { ExperimentSummary } from "../../types"
 */

import { cancelExperiment, deleteExperiment } from "../../net/api.js";
import { confirm } from "../../ui/dialog.js";
import { button, make, nameOf, several } from "../../ui/dom.js";
import { doneRuns, isActive } from "./words.js";

/** @param {import("../shared/notice.js").Notice} notice @param {ExperimentSummary} experiment @returns {Promise<boolean>} whether it was done */
export async function cancel(notice, { id, name, counts }) {
  const left = counts.total - counts.deleted - doneRuns(counts);
  const ending = left === 1 ? "One run that is not done ends" : `${several(left, "run")} that are not done end`;
  const text = `${ending} here; what was seen until then is kept. This cannot be undone.`;
  const yes = `Cancel ${left === 1 ? "the run" : several(left, "run")}`;
  const sure = await confirm({ title: ["Cancel “", nameOf(name), "”?"], body: [make("p", { class: "muted" }, text)], yes, no: "Keep training" });
  return sure && notice.attempt(() => cancelExperiment(id));
}

/** @type {typeof cancel} */
export async function remove(notice, { id, name, counts }) {
  const runs = counts.total - counts.deleted;
  const text = `Its ${several(runs, "run")} with all their frames ${runs === 1 ? "goes" : "go"} too. This cannot be undone.`;
  const sure = await confirm({ title: ["Delete “", nameOf(name), "”?"], body: [make("p", { class: "muted" }, text)], yes: "Delete", no: "Keep" });
  return sure && notice.attempt(() => deleteExperiment(id));
}

/** Its state in a word, and how far it is while it goes on. @param {ExperimentSummary} experiment @param {number} share of it that is done @param {string} label */
export function progressOf(experiment, share, label) {
  const { status } = experiment;
  const look = { class: "progress", role: "progressbar", "aria-label": label, "aria-valuenow": String(Math.round(100 * share)) };
  const bar = isActive(experiment) ? [make("div", look, make("span", { style: `width: ${100 * share}%` }))] : [];
  return { status: make("span", { class: "status", "data-status": status }, status), bar };
}

/** What can be asked for now. @param {ExperimentSummary} experiment @param {{ cancel(): void, remove(): void }} actions @param {string} [of] its name, in a list */
export const actionButton = (experiment, actions, of = "") => {
  const [word, act] = isActive(experiment) ? /** @type {const} */ (["Cancel", "cancel"]) : /** @type {const} */ (["Delete", "remove"]);
  return button(`${word}…`, actions[act], { class: "button quiet", "data-key": act, ...(of ? { "aria-label": `${word} ${of}` } : {}) });
};
