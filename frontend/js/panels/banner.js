/** The line that appears while the connection is lost, and goes when it is back. */

import { ApiError } from "../net/api.js";
import { button, make, setText } from "../ui/dom.js";

/** @param {Error} error @returns {string} why a frame of a film is not shown */
export function frameTrouble(error) {
  if (error instanceof ApiError && error.status === 410) return "This film was thinned after the page was opened: reload it to see the frames that are kept.";
  return `A frame could not be loaded: ${error.message}`;
}

/**
 * The first retry comes at once and mostly works: no alarm before it has failed.
 * @param {{state: string, attempt: number} | null} connection null: nothing more can come @returns {boolean}
 */
export const isLost = (connection) => connection !== null && ["reconnecting", "connecting"].includes(connection.state) && connection.attempt > 1;

/** @param {() => void} onRetry */
export function connectionBanner(onRetry) {
  const text = make("span", {});
  const retry = button("Retry now", onRetry, { class: "button quiet" });
  const element = make("div", { class: "banner", role: "status", hidden: "" }, text, retry);
  let timer = 0;

  /** @param {string} sentence @param {boolean} retries whether one may ask for it now */
  function say(sentence, retries) {
    element.hidden = false;
    retry.hidden = !retries;
    setText(text, sentence);
  }

  /** @param {number} retryAt milliseconds on the page's clock */
  function count(retryAt) {
    const seconds = Math.max(0, Math.ceil((retryAt - performance.now()) / 1000));
    say(seconds > 0 ? `Connection lost — retrying in ${seconds} s` : "Connection lost — reconnecting…", seconds > 0);
  }

  return {
    element,
    /** @param {{state: string, attempt: number, retryAt: number}} connection @param {boolean} ended */
    update(connection, ended) {
      clearInterval(timer);
      if (connection.state === "live" || connection.state === "closed") element.hidden = true;
      if (ended || !isLost(connection)) return;
      count(connection.retryAt);
      timer = window.setInterval(() => count(connection.retryAt), 250);
    },
    /** @param {string} sentence that stays until the page is left */
    trouble(sentence) {
      clearInterval(timer);
      say(sentence, false);
    },
    destroy: () => clearInterval(timer),
  };
}
