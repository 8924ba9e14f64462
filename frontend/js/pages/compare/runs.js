/**
 * The runs of a comparison: which the address names, where their frames come from, their joint timeline. Used by compare.js.
 *
 * Dispatches `films` (which runs there are has changed), `run` (something new is known of one), `end`, `connection` and
 * `trouble` (detail: a sentence).
 */

import { JointTimeline } from "../../film/joint.js";
import { RunSource } from "../../film/source.js";
import { isLost } from "../../panels/banner.js";

export const MOST = 12;
const MAX_BYTES = 400 * 2 ** 20; // of frames in memory, of all runs together

export class Comparison extends EventTarget {
  joint = new JointTimeline();
  /** @type {Map<string, RunSource>} in the order of the address, `MOST` at most */
  sources = new Map();
  /** What the address names: a run that is not here now may be on the server that the link is opened on next. @type {readonly string[]} */
  ids = [];
  /** Of these: those that are not on this server. @type {string[]} */
  missing = [];
  /** Of these: those beyond `MOST`. @type {string[]} */
  waiting = [];

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

  /** The connection of the run that has most trouble with it; null when all are over. */
  get connection() {
    const open = [...this.sources.values()].filter((source) => !source.ended).map((source) => source.connection);
    return open.sort((a, b) => Number(isLost(b)) - Number(isLost(a)) || b.attempt - a.attempt)[0] ?? null;
  }

  /** Films of runs that stay go on as they are. @param {readonly string[]} ids */
  set(ids) {
    this.ids = [...new Set(ids)];
    this.missing = this.missing.filter((id) => ids.includes(id));
    for (const id of this.sources.keys()) if (!ids.includes(id)) this.#drop(id);
    this.#fill();
  }

  /** Takes in the runs that there is room for. */
  #fill() {
    const here = this.ids.filter((id) => !this.missing.includes(id));
    this.waiting = here.slice(MOST);
    for (const id of this.waiting) this.#drop(id);
    this.sources = new Map(here.slice(0, MOST).map((id) => [id, this.sources.get(id) ?? this.#open(id)]));
    for (const { timeline } of this.sources.values()) timeline.maxBytes = MAX_BYTES / this.sources.size;
    this.#tell("films");
  }

  /** @param {string} id */
  #drop(id) {
    const source = this.sources.get(id);
    if (!source) return;
    source.close();
    this.sources.delete(id);
    this.joint.remove(source.timeline);
  }

  /** @param {string} id @returns {RunSource} */
  #open(id) {
    const source = new RunSource(id);
    this.joint.add(source.timeline);
    for (const type of ["run", "end"]) {
      source.addEventListener(type, () => {
        this.joint.changed(); // its length may be known only now, and what waited for more of it waits no longer
        this.#tell(type);
      });
    }
    source.addEventListener("missing", () => {
      this.#drop(id);
      this.missing.push(id);
      this.#fill();
    });
    source.addEventListener("connection", () => this.#tell("connection"));
    source.addEventListener("trouble", (event) => this.#tell("trouble", /** @type {CustomEvent} */ (event).detail));
    source.open();
    return source;
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
