/**
 * One experiment as a row of the list; updated in place, so that focus stays. Used by pages/experiments/experiments.js only.
 * @module
 */

import { button, make, setText } from "../../ui/dom.js";
import { absolute, ago } from "../../ui/ago.js";
import { doneRuns, isActive, KINDS, progressText, sign } from "./words.js";

/** @typedef {import("../../types").ExperimentSummary} ExperimentSummary */

/**
 * @param {ExperimentSummary} first
 * @param {{ cancel: (experiment: ExperimentSummary) => void, remove: (experiment: ExperimentSummary) => void }} actions
 */
export function createExperimentRow(first, actions) {
  let experiment = first;
  const link = make("a", { class: "exp-name name", href: `/experiments/${first.id}` }, first.name);
  const kind = make("span", { class: "small muted" }, KINDS[first.kind]);
  const status = make("span", { class: "status" });
  const progress = make("span", { class: "small muted exp-row-progress" });
  const bar = make("div", { class: "progress", role: "progressbar", "aria-label": `progress of ${first.name}` }, make("span"));
  const verdict = make("span", { class: "exp-verdict" });
  const created = make("time", { class: "muted", datetime: first.created_at, title: absolute(first.created_at) });
  const cancel = button("Cancel…", () => actions.cancel(experiment), { class: "button quiet", "aria-label": `Cancel ${first.name}` });
  const remove = button("Delete…", () => actions.remove(experiment), { class: "button quiet", "aria-label": `Delete ${first.name}` });
  const element = make("tr", {},
    make("td", { class: "exp-row-name" }, link, kind),
    make("td", { class: "exp-row-status" }, status, progress, bar),
    make("td", { class: "exp-row-verdict" }, verdict),
    make("td", { class: "exp-row-when" }, created),
    make("td", { class: "exp-row-actions" }, cancel, remove));

  /** @param {ExperimentSummary} next */
  const update = (next) => {
    experiment = next;
    const active = isActive(next);
    status.dataset.status = next.status;
    setText(status, next.status);
    setText(progress, next.damage ? `damaged: ${next.damage}` : progressText(next.counts));
    const share = doneRuns(next.counts) / Math.max(1, next.counts.total);
    bar.hidden = !active;
    bar.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${100 * share}%`;
    const ok = next.passed;
    verdict.classList.toggle("good", ok === true);
    verdict.classList.toggle("bad", ok === false);
    setText(verdict, ok === null ? "" : `${sign(ok)} ${ok ? "reproduced" : "not reproduced"}`);
    setText(created, ago(next.created_at));
    cancel.hidden = !active;
    remove.hidden = active;
  };
  update(first);
  return { element, update };
}
