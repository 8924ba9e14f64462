/** The question before something that cannot be undone. */

import { button, count, make, nameOf } from "./dom.js";

/**
 * @param {HTMLElement} element that holds the dialog while it is open
 * @param {{ title: (Node | string)[], body?: HTMLElement[], yes: string, no: string }} question `yes` empty: there is nothing to do
 * @returns {Promise<boolean>} no, until somebody says yes
 */
export function confirm(element, { title, body = [], yes, no }) {
  const dialog = make("dialog", { class: "question", "aria-labelledby": "question-title" },
    make("h2", { id: "question-title" }, ...title), ...body,
    make("div", { class: "question-actions" }, button(no, () => dialog.close("no"), { autofocus: "" }),
      ...(yes ? [button(yes, () => dialog.close("yes"), { class: "button danger" })] : [])));
  element.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    };
  });
}

/** @param {HTMLElement} element that holds the dialog while it is open @param {import("../types").RunSummary} run that is not over */
export function confirmCancel(element, { name, status, progress: { step, total } }) {
  const begun = step > 0 || status === "running";
  const end = begun ? `Training ends at step ${count(step)} of ${count(total)}; what was seen until then is kept.` : "It leaves the queue without having trained.";
  const pause = status === "paused" ? "" : " Pause it instead to go on another time.";
  const body = [make("p", {}, nameOf(name)), make("p", { class: "muted" }, `${end} This cannot be undone.${pause}`)];
  return confirm(element, { title: ["Cancel this run?"], body, yes: "Cancel run", no: status === "running" ? "Keep training" : "Keep it" });
}
