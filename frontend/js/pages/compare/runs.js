/** The runs of a comparison, their sources and joint timeline. Dispatches `films` (which there are has changed), and what a source does. */

import { JointTimeline } from "../../film/joint.js";
import { RunSource } from "../../film/source.js";
import { isLost } from "../../panels/banner.js";

export const MOST = 12;
const MAX_BYTES = 400 * 2 ** 20; // of frames in memory, of all runs together

export class Comparison extends EventTarget {
  timeline = new JointTimeline();
  /** @type {Map<string, RunSource>} in the order of the address, `MOST` at most */
  sources = new Map();
  /** What the address names: a run that is not here now may be on the server that the link is opened on next. @type {readonly string[]} */
  ids = [];
  /** Of these: those that are not on this server. @type {string[]} */
  missing = [];
  /** Of these: those beyond `MOST`. @type {string[]} */
  waiting = [];

  get all() {
    return [...this.sources.values()];
  }

  get live() {
    return this.all.some((source) => source.live);
  }

  get ended() {
    return this.all.every((source) => source.ended);
  }

  get complete() {
    return this.all.reduce((least, { complete }) => Math.min(least, complete), Infinity);
  }

  /** @returns {"linear" | "geometric"} geometric where it is for any: it shows the first steps and the last ones too */
  get spacing() {
    return this.all.some(({ run }) => /** @type {any} */ (run?.config.capture)?.spacing === "geometric") ? "geometric" : "linear";
  }

  /** That of the run that has most trouble with it. */
  get connection() {
    const open = this.all.filter((source) => !source.ended).map((source) => source.connection);
    return open.sort((a, b) => Number(isLost(b)) - Number(isLost(a)) || b.attempt - a.attempt)[0] ?? { state: "closed", attempt: 0, retryAt: 0 };
  }

  /** Films of runs that stay go on as they are. @param {readonly string[]} ids */
  set(ids) {
    this.ids = [...new Set(ids)];
    this.missing = this.missing.filter((id) => ids.includes(id));
    this.#fill();
  }

  /** Takes in the runs that there is room for. */
  #fill() {
    const here = this.ids.filter((id) => !this.missing.includes(id));
    const shown = here.slice(0, MOST);
    this.waiting = here.slice(MOST);
    for (const source of this.all.filter(({ id }) => !shown.includes(id))) {
      source.close();
      this.timeline.remove(source.timeline);
    }
    this.sources = new Map(shown.map((id) => [id, this.sources.get(id) ?? this.#open(id)]));
    for (const { timeline } of this.all) timeline.maxBytes = MAX_BYTES / this.sources.size;
    this.dispatchEvent(new Event("films"));
  }

  /** @param {string} id @returns {RunSource} */
  #open(id) {
    const source = new RunSource(id);
    this.timeline.add(source.timeline);
    source.addEventListener("run", this.timeline.changed); // its length may be known only now
    for (const type of ["run", "end", "connection", "trouble"]) {
      source.addEventListener(type, (event) => this.dispatchEvent(new CustomEvent(type, { detail: /** @type {CustomEvent} */ (event).detail })));
    }
    source.addEventListener("missing", () => {
      this.missing.push(id);
      this.#fill();
    });
    source.open();
    return source;
  }

  retry() {
    for (const source of this.all) source.retry();
  }

  close() {
    for (const source of this.all) source.close();
    this.timeline.destroy();
  }
}
