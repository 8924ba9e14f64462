/**
 * The latest runs, as they are now, while somebody looks. Used by the gallery only.
 * @module
 */

import { ApiError, listRuns } from "../../net/api.js";
import { isMoving, outcome } from "../../film/status.js";
import { absolute, ago } from "../../ui/ago.js";
import { make } from "../../ui/dom.js";
import { keepAsking } from "../../ui/polling.js";

const RUNS = 5;
const BUSY_EVERY = 3000; // ms, while one is queued or running
const IDLE_EVERY = 20_000;

export function createRecent() {
  const list = make("ul");
  const element = make("section", { class: "gallery-recent", "aria-labelledby": "recent-runs" }, make("h2", { id: "recent-runs" }, "Recent runs"), list,
    make("a", { href: "/runs", class: "small muted" }, "All runs"));
  element.hidden = true;
  let drawn = "";
  const asking = keepAsking(async (signal) => {
    try {
      const { items } = await listRuns({ limit: RUNS }, signal);
      const now = JSON.stringify(items.map((run) => [run.id, run.name, outcome(run), ago(run.created_at)]));
      if (now !== drawn) {
        const focused = document.activeElement?.getAttribute("href");
        list.replaceChildren(...items.map(recentRun));
        if (focused) [...list.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus({ preventScroll: true });
      }
      drawn = now;
      element.hidden = items.length === 0;
      return items.some(({ status }) => isMoving(status)) ? BUSY_EVERY : IDLE_EVERY;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return IDLE_EVERY;
    }
  });
  return { element, start: asking.now, stop: asking.stop };
}

/** @param {import("../../types").RunSummary} run */
function recentRun(run) {
  const { id, name, created_at: created } = run;
  const word = outcome(run);
  return make("li", {}, make("a", { class: "name", href: `/runs/${id}` }, name),
    make("span", { class: "status small muted", "data-status": word }, word),
    make("time", { class: "small muted", datetime: created, title: absolute(created) }, ago(created)));
}
