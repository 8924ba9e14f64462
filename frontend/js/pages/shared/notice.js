/** The notice above a page: what the server has refused, or that it is away. @typedef {ReturnType<typeof createNotice>} Notice */

import { ApiError } from "../../net/api.js";
import { make, setText } from "../../ui/dom.js";
import { keepAsking } from "../../ui/polling.js";

const AWAY_EVERY = 3000; // ms

export function createNotice() {
  const element = make("div", { class: "notice bad", role: "alert", hidden: "" });
  let away = false;
  const say = (/** @type {string} */ text) => {
    setText(element, text);
    element.hidden = text === "";
  };
  /** @param {unknown} error of the server; else it is one of ours, and thrown */
  const tell = (error) => {
    if (!(error instanceof ApiError)) throw error;
    say(error.status === 0 ? "The server cannot be reached. Emergescope may have been stopped; this page keeps trying." : error.message);
  };
  return {
    element, say, tell,
    /** @param {() => Promise<unknown>} action @returns {Promise<boolean>} whether it was done */
    async attempt(action) {
      try {
        await action();
        say("");
        return true;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        say(error.message);
        return false;
      }
    },
    /** As keepAsking, also while the server is away. @param {(signal: AbortSignal) => Promise<number | null>} ask */
    keepAsking: (ask) => keepAsking(async (signal) => {
      try {
        const pause = await ask(signal);
        if (signal.aborted) return null;
        if (away) say("");
        away = false;
        return pause;
      } catch (error) {
        if (signal.aborted) return null;
        tell(error);
        away = true;
        return AWAY_EVERY;
      }
    }),
  };
}
