/** Deletes runs a little later than it says, so that it can be undone; at once where the reader leaves. */

import { isElsewhere, isOver } from "../../film/status.js";
import { ApiError, deleteRuns } from "../../net/api.js";
import { button, count, make, several } from "../../ui/dom.js";

const UNDO_WITHIN = 10_000; // ms

/**
 * @param {AbortSignal} signal the page has gone
 * @param {{ changed: () => void, complain: (message: string) => void }} page changed: other runs are to be left out of the list
 */
export function createUndo(signal, { changed, complain }) {
  const undo = button("Undo", () => end(false));
  const element = make("div", { class: "runs-undo notice", role: "status" });
  /** @type {string[]} */
  let doomed = [];
  let timer = 0;

  /** @param {boolean} forGood */
  const end = async (forGood) => {
    clearTimeout(timer);
    const ids = doomed;
    if (ids.length === 0) return;
    element.replaceChildren();
    try {
      const { kept } = forGood ? await deleteRuns(ids) : { kept: [] };
      if (kept.length > 0) complain(kept[0].reason);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      complain(`${several(ids.length, "run")} could not be deleted. ${error.message}`);
    } finally {
      doomed = doomed.filter((id) => !ids.includes(id));
      changed();
    }
  };
  addEventListener("pagehide", () => end(true), { signal });
  signal.addEventListener("abort", () => end(true));

  return {
    element,
    /** @returns {readonly string[]} ids of those that are no longer shown */
    doomed: () => doomed,
    /** @param {import("../../types").RunSummary[]} chosen */
    remove(chosen) {
      const over = chosen.filter((run) => isOver(run.status) || isElsewhere(run));
      const active = chosen.length - over.length;
      const [are, were] = active === 1 ? ["One run is", "was"] : [`${count(active)} runs are`, "were"];
      const still = active === 0 ? "" : ` ${are} not over yet and ${were} kept: cancel first, then delete.`;
      if (over.length === 0) return complain(still.trim());
      end(true);
      doomed = [...doomed, ...over.map(({ id }) => id)];
      element.replaceChildren(make("span", {}, `Deleted ${several(over.length, "run")}.${still}`), undo);
      timer = window.setTimeout(() => end(true), UNDO_WITHIN);
      changed();
      undo.focus();
    },
  };
}
