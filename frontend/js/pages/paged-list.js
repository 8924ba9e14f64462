/**
 * A list that the server gives in pages, newest first, as far as the reader has loaded it. It is asked for again, soon while
 * something in it moves: rows come, change and go elsewhere. Used by the lists of runs and of experiments.
 * @module
 */

import { isMoving } from "../film/status.js";
import { keepAsking } from "../ui/polling.js";

/** @typedef {{ limit: number, cursor?: string | null, until?: string | null }} Query */

const PAGE = 50;
const BUSY_EVERY = 2000; // ms, while something is queued or running, for each request that the whole list takes
const IDLE_EVERY = 30_000;
const AWAY_EVERY = 4000;

/**
 * Fires `change` after each answer, and `trouble` (its detail is the error) when there is none.
 * @template {{ id: string, status: string }} Item
 */
export class PagedList extends EventTarget {
  /** @type {Item[]} */
  items = [];
  /** The cursor of what is not loaded; null: all is. @type {string | null} */
  next = null;
  loaded = false;
  #begun = false;
  #wantsMore = false;
  #ask;
  #most;
  #asking = keepAsking((signal) => this.#answer(signal));

  /**
   * @param {(query: Query, signal: AbortSignal) => Promise<{ items: Item[], next: string | null }>} ask
   * @param {number} most items that the server gives at once
   */
  constructor(ask, most) {
    super();
    this.#ask = ask;
    this.#most = most;
  }

  /** From the newest page. */
  restart() {
    this.#begun = this.#wantsMore = false;
    return this.#asking.now();
  }

  /** One page further. */
  more() {
    this.#wantsMore = true;
    return this.#asking.now();
  }

  /** What is loaded, as it is now. */
  refresh() {
    return this.#asking.now();
  }

  /** @param {Item} item what the server answered to a change */
  replace(item) {
    this.items = this.items.map((old) => (old.id === item.id ? { ...old, ...item } : old));
    this.dispatchEvent(new Event("change"));
  }

  stop() {
    this.#asking.stop();
  }

  /** @param {AbortSignal} signal @returns {Promise<number | null>} in how many ms to ask again */
  async #answer(signal) {
    try {
      const items = this.#begun ? await this.#window(signal) : [];
      let next = this.next;
      if (!this.#begun || (this.#wantsMore && next !== null)) {
        const page = await this.#ask({ limit: PAGE, cursor: this.#begun ? next : null }, signal);
        items.push(...page.items);
        next = page.next;
      }
      if (signal.aborted) return null;
      Object.assign(this, { items, next, loaded: true });
      this.#begun = true;
      this.#wantsMore = false;
    } catch (error) {
      if (signal.aborted) return null;
      this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
      return AWAY_EVERY;
    }
    this.dispatchEvent(new Event("change"));
    const requests = Math.max(1, Math.ceil(this.items.length / this.#most));
    return this.items.some(({ status }) => isMoving(status)) ? BUSY_EVERY * requests : IDLE_EVERY;
  }

  /** All from the newest down to where what is loaded ends. @param {AbortSignal} signal */
  async #window(signal) {
    /** @type {Item[]} */
    const items = [];
    /** @type {string | null} */
    let cursor = null;
    do {
      /** @type {{ items: Item[], next: string | null }} */
      const page = await this.#ask({ limit: this.#most, cursor, until: this.next }, signal);
      items.push(...page.items);
      cursor = page.next;
    } while (cursor !== null);
    return items;
  }
}
