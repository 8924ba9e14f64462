/**
 * Deletes runs a little later than it says, so that it can be undone; at once where the reader leaves. Used by the runs page only.
 * @module
 */

import { ApiError, deleteRuns } from "../../net/api.js";
import { button, count, make } from "../../ui/dom.js";
import { isOver } from "../../film/status.js";

const UNDO_WITHIN = 10_000; // ms

/** @typedef {import("../../types").RunSummary} RunSummary */

/** @param {{ changed: () => void, complain: (message: string) => void }} page changed: other runs are to be left out of the list */
export function createUndo({ changed, complain }) {
  const words = make("span");
  const undo = button("Undo", () => end(false));
  const element = make("div", { class: "runs-undo notice", role: "status" });
  element.hidden = true;
  /** @type {string[]} */
  let doomed = [];
  let timer = 0;

  /** @param {boolean} forGood */
  const end = async (forGood) => {
    clearTimeout(timer);
    const ids = doomed;
    if (ids.length === 0) return;
    element.hidden = true;
    element.replaceChildren();
    if (!forGood) {
      doomed = [];
      changed();
      return;
    }
    try {
      const { kept } = await deleteRuns(ids);
      if (kept.length > 0) complain(kept[0].reason);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      complain(`${runs(ids.length)} could not be deleted. ${error.message}`);
    } finally {
      doomed = doomed.filter((id) => !ids.includes(id));
      changed();
    }
  };
  const leave = () => void end(true);
  addEventListener("pagehide", leave);

  return {
    element,
    /** @returns {readonly string[]} ids of those that are no longer shown */
    doomed: () => doomed,
    /** @param {RunSummary[]} chosen */
    remove(chosen) {
      const over = chosen.filter(({ status }) => isOver(status));
      const active = chosen.length - over.length;
      const still = active === 0 ? "" : ` ${active === 1 ? "One run is" : `${count(active)} runs are`} not over yet and ${active === 1 ? "was" : "were"} kept: cancel first, then delete.`;
      if (over.length === 0) return complain(still.trim());
      end(true);
      doomed = [...doomed, ...over.map(({ id }) => id)];
      words.textContent = `Deleted ${runs(over.length)}.${still}`;
      element.replaceChildren(words, undo);
      element.hidden = false;
      timer = window.setTimeout(() => end(true), UNDO_WITHIN);
      changed();
      undo.focus();
    },
    destroy() {
      removeEventListener("pagehide", leave);
      leave();
    },
  };
}

/** @param {number} number */
const runs = (number) => `${count(number)} ${number === 1 ? "run" : "runs"}`;
