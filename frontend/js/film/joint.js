/** Several films as one, for a Player: the union of their steps, at each of which a film shows its last frame at or before it. @import { Timeline } from "./timeline.js" */

const EVERY_MS = 40; // one union for all that came in this time

/** Dispatches `append` when the union has changed; entries may then have new indices, since films come in at different times. */
export class JointTimeline extends EventTarget {
  /** @type {{step: number}[]} */
  entries = [];
  totalSteps = 1;
  /** How many of a film's entries are in the union. @type {Map<Timeline, number>} */
  #films = new Map();
  /** @type {Set<number>} */
  #steps = new Set();
  #timer = 0;
  #leaving = new AbortController();

  /** @param {Timeline} film */
  add(film) {
    this.#films.set(film, 0);
    film.addEventListener("append", this.changed, this.#leaving);
    this.changed();
  }

  /** @param {Timeline} film */
  remove(film) {
    film.removeEventListener("append", this.changed);
    this.#films.delete(film);
    this.#steps.clear();
    this.entries = [];
    for (const other of this.#films.keys()) this.#films.set(other, 0);
    this.changed();
  }

  /** A film has other frames, or another length, than before. */
  changed = () => {
    this.#timer ||= window.setTimeout(() => this.#unite(), EVERY_MS);
  };

  #unite() {
    this.#timer = 0;
    const before = this.entries.length;
    this.totalSteps = 1;
    for (const [film, known] of this.#films) {
      for (const { step } of film.entries.slice(known)) {
        if (!this.#steps.has(step)) this.entries.push({ step });
        this.#steps.add(step);
      }
      this.#films.set(film, film.entries.length);
      this.totalSteps = Math.max(this.totalSteps, film.totalSteps);
    }
    if (this.entries.length > before) this.entries.sort((a, b) => a.step - b.step); // two sorted parts: as good as a merge
    this.dispatchEvent(new Event("append"));
  }

  /** @param {number} step @returns {number} index of the last joint step at or before `step` (0 when there is none) */
  indexOfStep(step) {
    return Math.max(0, this.entries.findLastIndex((entry) => entry.step <= step));
  }

  /** @param {number} index @returns {true | null} true: every film's frame at this step is in memory */
  frameAt(index) {
    const step = this.entries[index]?.step;
    const here = step !== undefined && [...this.#films.keys()].every((film) => film.entries.length === 0 || film.frameAt(film.indexOfStep(step)));
    return here || null;
  }

  /** Brings each film's frame into memory. @param {number} index @param {number} [ahead] further joint steps to fetch without waiting for them */
  async load(index, ahead = 0) {
    const step = this.entries[index]?.step ?? 0;
    const later = this.entries[Math.min(index + ahead, this.entries.length - 1)]?.step ?? step;
    await Promise.all([...this.#films.keys()].map((film) => {
      const own = film.indexOfStep(step);
      return film.load(own, film.indexOfStep(later) - own);
    }));
  }

  destroy() {
    clearTimeout(this.#timer);
    this.#leaving.abort();
  }
}
