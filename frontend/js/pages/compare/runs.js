/**
 * The runs of a comparison: which the address names, where their frames come from, their joint timeline. Used by
 * pages/compare.js.
 *
 * Dispatches `films` (which runs there are has changed), `run` (something new is known of one), `end`, `connection` and
 * `trouble` (detail: a sentence).
 */

import { JointTimeline } from "../../film/joint.js";
import { RunSource } from "../../film/source.js";

export const MOST = 12;
const MAX_BYTES = 400 * 2 ** 20; // of frames in memory, of all runs together

/** @param {string} search of the address @returns {string[]} ids, each once */
export function readRuns(search) {
  const ids = (new URLSearchParams(search).get("runs") ?? "").split(",").map((id) => id.trim());
  return [...new Set(ids.filter(Boolean))];
}

/** @param {string[]} ids @param {string} [search] parameters that stay @returns {string} the address of their comparison */
export function compareAddress(ids, search = "") {
  const params = new URLSearchParams(search);
  if (ids.length) params.set("runs", ids.join(","));
  else params.delete("runs");
  const text = params.toString().replaceAll("%2C", ",");
  return `/compare${text ? `?${text}` : ""}`;
}

export class Comparison extends EventTarget {
  joint = new JointTimeline();
  /** @type {Map<string, RunSource>} in the order of the address, `MOST` at most */
  sources = new Map();
  /** Of the runs that the address names: those that are not on this server. @type {string[]} */
  missing = [];
  /** Of the runs that the address names: those beyond `MOST`. @type {string[]} */
  waiting = [];

  /** @param {string[]} ids */
  constructor(ids) {
    super();
    this.waiting = ids;
  }

  /** What the address names: a run that is not here now may be on the server that the link is opened on next. */
  get ids() {
    return [...this.sources.keys(), ...this.missing, ...this.waiting];
  }

  /** Frames may still come. */
  get live() {
    return [...this.sources.values()].some((source) => source.live);
  }

  /** The step from which on nothing more can come in before it: all runs are past it, or over. */
  get complete() {
    const ends = Array.from(this.sources.values(), ({ ended, timeline }) => (ended ? Infinity : timeline.entries.at(-1)?.step ?? -1));
    return Math.min(Infinity, ...ends);
  }

  /** @returns {"linear" | "geometric"} geometric where it is for any: it shows the first steps and the last ones too */
  get spacing() {
    const spaced = (/** @type {RunSource} */ { run }) => /** @type {any} */ (run?.config.capture)?.spacing === "geometric";
    return [...this.sources.values()].some(spaced) ? "geometric" : "linear";
  }

  /** Takes in the runs that there is room for. */
  open() {
    while (this.sources.size < MOST && this.waiting.length) this.#take(/** @type {string} */ (this.waiting.shift()));
    this.#tell("films");
  }

  /** @param {string} id */
  add(id) {
    if (this.sources.has(id) || this.waiting.includes(id)) return;
    this.missing = this.missing.filter((one) => one !== id);
    this.waiting.push(id);
    this.open();
  }

  /** @param {string} id */
  remove(id) {
    this.#drop(id);
    this.missing = this.missing.filter((one) => one !== id);
    this.waiting = this.waiting.filter((one) => one !== id);
    this.open();
  }

  /** @param {string} id */
  #drop(id) {
    const source = this.sources.get(id);
    if (!source) return;
    source.close();
    this.sources.delete(id);
    this.joint.remove(source.timeline);
  }

  /** @param {string} id */
  #take(id) {
    const source = new RunSource(id);
    this.sources.set(id, source);
    for (const { timeline } of this.sources.values()) timeline.maxBytes = MAX_BYTES / this.sources.size;
    this.joint.add(source.timeline);
    source.addEventListener("run", () => {
      this.joint.changed(); // its length may be known only now
      this.#tell("run");
    });
    source.addEventListener("missing", () => {
      this.#drop(id);
      this.missing.push(id);
      this.open();
    });
    source.addEventListener("end", () => {
      this.joint.changed(); // what waited for more of it waits no longer
      this.#tell("end");
    });
    source.addEventListener("connection", () => this.#tell("connection"));
    source.addEventListener("trouble", (event) => this.#tell("trouble", /** @type {CustomEvent} */ (event).detail));
    source.open();
  }

  /** The connection of the run that has most trouble with it; null when all are over. */
  get connection() {
    const open = [...this.sources.values()].filter((source) => !source.ended).map((source) => source.connection);
    return open.sort((a, b) => b.attempt - a.attempt)[0] ?? null;
  }

  retry() {
    for (const source of this.sources.values()) source.stream.retryNow();
  }

  /** @param {string} type @param {unknown} [detail] */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  close() {
    for (const source of this.sources.values()) source.close();
    this.joint.destroy();
  }
}
