/**
 * The runs the page knows: loads pages by cursor, asks again while something runs, keeps order. Used by the runs page only.
 * @module
 */

import { getRun, listRuns } from "../api.js";
import { isMoving, isOver } from "../status.js";

/** @typedef {import("../types").RunSummary} RunSummary */
/** @typedef {{ q: string, status: string, tag: string, in_experiment: string }} Filter in_experiment: "false" hides those that are */

const PAGE = 50;
const BUSY_EVERY = 2000; // ms, while something is queued or running
const IDLE_EVERY = 30_000;

/**
 * Fires `change` after each answer, and `trouble` (its detail is the error) when there is none.
 */
export class RunList extends EventTarget {
  constructor() {
    super();
    /** Newest first, as the server gives them. @type {RunSummary[]} */
    this.runs = [];
    /** @type {string | null} */
    this.next = null;
    this.loaded = false;
    /** @type {Filter} */
    this.filter = { q: "", status: "", tag: "", in_experiment: "" };
    /** @type {AbortController} */
    this.asking = new AbortController();
    this.timer = 0;
  }

  /** @param {Partial<Filter>} changes starts again from the newest */
  search(changes) {
    Object.assign(this.filter, changes);
    return this.restart();
  }

  async restart() {
    await this.ask(async (signal) => {
      const { items, next } = await listRuns({ ...this.filter, limit: PAGE }, signal);
      Object.assign(this, { runs: items, next, loaded: true });
    });
  }

  async more() {
    const cursor = this.next;
    if (cursor === null) return;
    await this.ask(async (signal) => {
      const { items, next } = await listRuns({ ...this.filter, limit: PAGE, cursor }, signal);
      const known = new Set(this.runs.map((run) => run.id));
      this.runs = [...this.runs, ...items.filter((run) => !known.has(run.id))];
      this.next = next;
    });
  }

  /** The newest page again, and older runs that are not over yet one by one. */
  async refresh() {
    await this.ask(async (signal) => {
      const { items, next } = await listRuns({ ...this.filter, limit: PAGE }, signal);
      const fresh = new Set(items.map((run) => run.id));
      const oldest = items.at(-1)?.created_at ?? "";
      const older = next === null ? [] : this.runs.filter((run) => !fresh.has(run.id) && run.created_at <= oldest);
      const updated = await Promise.all(older.map((run) => (isOver(run.status) ? run : getRun(run.id))));
      this.runs = [...items, ...updated];
      if (older.length === 0) this.next = next;
    });
  }

  /** @param {RunSummary} run what the server answered to a change */
  replace(run) {
    this.runs = this.runs.map((old) => (old.id === run.id ? { ...old, ...run } : old));
    this.dispatchEvent(new Event("change"));
  }

  /** @param {(signal: AbortSignal) => Promise<void>} question one at a time: a newer one ends the older */
  async ask(question) {
    clearTimeout(this.timer);
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      await question(signal);
      if (!signal.aborted) this.dispatchEvent(new Event("change"));
    } catch (error) {
      if (signal.aborted) return;
      this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
    }
    if (signal.aborted) return;
    this.timer = window.setTimeout(() => this.refresh(), this.runs.some(({ status }) => isMoving(status)) ? BUSY_EVERY : IDLE_EVERY);
  }

  stop() {
    clearTimeout(this.timer);
    this.asking.abort();
  }
}
