/** A dialog that is gone once it is closed, or with the page. Used by cite.js and fork.js. */

import { button, make } from "../../ui/dom.js";

/** @param {string} name its class @param {string} title @param {(Node | string)[]} contents */
export function openDialog(name, title, ...contents) {
  const dialog = make("dialog", { class: name, "aria-labelledby": `${name}-title` }, make("h2", { id: `${name}-title` }, title), ...contents);
  dialog.addEventListener("close", () => dialog.remove()); // the focus goes back to where it was by itself
  document.getElementById("page")?.append(dialog);
  dialog.showModal();
}

/** @param {Record<string, string>} [attributes] */
export function closeButton(attributes) {
  const press = button("Close", () => press.closest("dialog")?.close(), attributes);
  return press;
}
