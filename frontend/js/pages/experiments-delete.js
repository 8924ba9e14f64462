/**
 * The question before an experiment is deleted. Used by the pages of experiments.
 * @module
 */

import { button, make } from "../dom.js";
import { several } from "./experiment-words.js";

/**
 * @param {HTMLElement} element that holds the dialog while it is open
 * @param {import("../types").ExperimentSummary} experiment
 * @returns {Promise<boolean>}
 */
export function confirmDelete(element, { name, counts }) {
  const dialog = make("dialog", { class: "runs-dialog", "aria-labelledby": "experiment-dialog-title" });
  const runs = counts.total - counts.deleted;
  dialog.append(
    make("h2", { id: "experiment-dialog-title" }, `Delete “${name}”?`),
    make("p", { class: "muted" }, `Its ${several(runs, "run")} with all their frames ${runs === 1 ? "goes" : "go"} too. This cannot be undone.`),
    make("div", { class: "runs-dialog-actions" },
      button("Keep", () => dialog.close("no"), { autofocus: "" }),
      button("Delete", () => dialog.close("yes"), { class: "button danger" })),
  );
  element.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
