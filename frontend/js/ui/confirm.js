/**
 * The question before something that cannot be undone. Used by all pages that offer such a thing.
 * @module
 */

import { button, make } from "./dom.js";

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
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
