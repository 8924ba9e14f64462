/**
 * The rows of the table that the page knows: some around those that are shown, of a list of any length. What is shown is asked
 * for again, by one request, soon while something in it moves.
 * @import { RunSummary } from "../../types"
 */

import { isMoving } from "../../film/status.js";
import { listRuns } from "../../net/api.js";
import { keepAsking } from "../../ui/polling.js";

const FIRST = 40; // rows asked for where nothing is known yet
const AROUND = 200; // and later, where some are shown that are not known: the most that the server gives
const BUSY_EVERY = 2000; // ms, while something that is shown is queued or running
const IDLE_EVERY = 15_000;
const AWAY_EVERY = 4000;

/** Fires `change` after each answer, and `trouble` (its detail is the error) when there is none. */
export class RunList extends EventTarget {
  /** by place in the whole list @type {Map<number, RunSummary>} */
  rows = new Map();
  /** @type {number | null} rows of the whole list; null: not known yet */
  total = null;
  #shown = { from: 0, to: 0 };
  #asked = false;
  #asking = keepAsking((signal) => this.#answer(signal));
  stop = this.#asking.stop;

  /** @param {() => Promise<void>} turn to ask @param {() => import("../../net/api.js").RunQuery} query of the list */
  constructor(turn, query) {
    super();
    this.turn = turn;
    this.query = query;
  }

  /** Another list than before. @param {{ from: number, to: number }} [shown] places */
  restart(shown = this.#shown) {
    this.#shown = shown;
    this.rows.clear();
    this.#asking.now();
  }

  /** @param {number} from @param {number} to the places that are shown, without the last */
  look(from, to) {
    this.#shown = { from, to };
    if (!this.#asked && this.total !== null && this.#lacks()) this.#asking.now();
  }

  /** @param {RunSummary} item what the server answered to a change: more may come of it */
  replace(item) {
    for (const [place, { id }] of this.rows) if (id === item.id) this.rows.set(place, item);
    this.dispatchEvent(new Event("change"));
    this.#asking.now();
  }

  #lacks() {
    const { from, to } = this.#shown;
    return Array.from({ length: Math.min(to, this.total ?? to) - from }, (_, i) => from + i).some((place) => !this.rows.has(place));
  }

  /** @param {AbortSignal} signal @returns {Promise<number | null>} in how many ms to ask again */
  async #answer(signal) {
    this.#asked = true;
    try {
      await this.turn();
      if (signal.aborted) return null;
      const { from, to } = this.#shown;
      const whole = this.#lacks();
      const most = this.rows.size === 0 ? FIRST : AROUND;
      const offset = whole ? Math.max(0, from - Math.floor((most - (to - from)) / 2)) : from;
      const { items, total } = await listRuns({ ...this.query(), offset, limit: whole ? most : Math.max(1, Math.min(AROUND, to - from)) }, signal);
      if (signal.aborted) return null;
      const moved = total !== this.total || items.some(({ id }, i) => this.rows.get(offset + i)?.id !== id);
      if (whole || moved) this.rows.clear();
      items.forEach((item, i) => this.rows.set(offset + i, item));
      this.total = total;
    } catch (error) {
      if (signal.aborted) return null;
      this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
      return AWAY_EVERY;
    } finally {
      if (!signal.aborted) this.#asked = false;
    }
    this.dispatchEvent(new Event("change"));
    if (this.#lacks() && this.#shown.from < this.total) return 0;
    return [...this.rows.values()].some(({ status }) => isMoving(status)) ? BUSY_EVERY : IDLE_EVERY;
  }
}
