/** Dialogs, which are gone once they are closed, or with the page; and the question before something that cannot be undone. */

import { button, count, make, nameOf } from "./dom.js";

/** @param {string} name its class @param {string | (Node | string)[]} title @param {(Node | string)[]} contents */
export function openDialog(name, title, ...contents) {
  const dialog = make("dialog", { class: name, "aria-labelledby": `${name}-title` }, make("h2", { id: `${name}-title` }, ...[title].flat()), ...contents);
  dialog.addEventListener("close", () => dialog.remove()); // the focus goes back to where it was by itself
  document.getElementById("page")?.append(dialog);
  dialog.showModal();
  return dialog;
}

/** @param {Record<string, string>} [attributes] @param {string} [word] @param {string} [answer] */
export function closeButton(attributes, word = "Close", answer = "") {
  const press = button(word, () => press.closest("dialog")?.close(answer), attributes);
  return press;
}

/**
 * @param {{ title: (Node | string)[], body?: HTMLElement[], yes: string, no: string }} question `yes` empty: there is nothing to do
 * @returns {Promise<boolean>} no, until somebody says yes
 */
export function confirm({ title, body = [], yes, no }) {
  const answers = [closeButton({ autofocus: "" }, no), ...(yes ? [closeButton({ class: "button danger" }, yes, "yes")] : [])];
  const dialog = openDialog("question", title, ...body, make("div", { class: "question-actions" }, ...answers));
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes")));
}

/** @param {import("../types").RunSummary} run that is not over */
export function confirmCancel({ name, status, progress: { step, total } }) {
  const begun = step > 0 || status === "running";
  const end = begun ? `Training ends at step ${count(step)} of ${count(total)}; what was seen until then is kept.` : "It leaves the queue without having trained.";
  const pause = status === "paused" ? "" : " Pause it instead to go on another time.";
  const body = [make("p", {}, nameOf(name)), make("p", { class: "muted" }, `${end} This cannot be undone.${pause}`)];
  return confirm({ title: ["Cancel this run?"], body, yes: "Cancel run", no: status === "running" ? "Keep training" : "Keep it" });
}
