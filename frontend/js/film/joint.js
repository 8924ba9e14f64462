/**
 * Several films as one: the sorted union of their steps. At a joint step each film shows its last frame at or before it. It
 * has what a Player needs of a Timeline. Used by pages/compare/compare.js.
 * @typedef {import("./timeline.js").Timeline} Timeline
 */

const EVERY_MS = 40; // one union for all that came in this time

/** Dispatches `append` when the union has changed; entries may then have new indices, since films come in at different times. */
export class JointTimeline extends EventTarget {
  /** @type {{step: number}[]} */
  entries = [];
  totalSteps = 1;
  /** frames of all films together, in memory or not */
  frames = 0;
  /** How many of a film's entries are in the union. @type {Map<Timeline, number>} */
  #films = new Map();
  /** @type {Set<number>} */
  #steps = new Set();
  #timer = 0;
  #onAppend = () => this.changed();

  /** @param {Timeline} film */
  add(film) {
    this.#films.set(film, 0);
    film.addEventListener("append", this.#onAppend);
    this.changed();
  }

  /** @param {Timeline} film */
  remove(film) {
    film.removeEventListener("append", this.#onAppend);
    if (!this.#films.delete(film)) return;
    this.#steps.clear();
    this.entries = [];
    for (const other of this.#films.keys()) this.#films.set(other, 0);
    this.changed();
  }

  /** A film has other frames, or another length, than before. */
  changed() {
    this.#timer ||= window.setTimeout(() => this.#unite(), EVERY_MS);
  }

  #unite() {
    this.#timer = 0;
    const films = [...this.#films.keys()];
    const before = this.entries.length;
    for (const film of films) {
      for (const { step } of film.entries.slice(this.#films.get(film))) {
        if (this.#steps.has(step)) continue;
        this.#steps.add(step);
        this.entries.push({ step });
      }
      this.#films.set(film, film.entries.length);
    }
    if (this.entries.length > before) this.entries.sort((a, b) => a.step - b.step); // two sorted parts: as good as a merge
    this.totalSteps = films.reduce((most, film) => Math.max(most, film.totalSteps), 1);
    this.frames = films.reduce((sum, film) => sum + film.entries.length, 0);
    this.dispatchEvent(new Event("append"));
  }

  /** @param {number} step @returns {number} index of the last joint step at or before `step` (0 when there is none) */
  indexOfStep(step) {
    return Math.max(0, this.entries.findLastIndex((entry) => entry.step <= step));
  }

  /** @param {number} index @returns {true | null} true: every film's frame at this step is in memory */
  frameAt(index) {
    const step = this.entries[index]?.step;
    if (step === undefined) return null;
    for (const film of this.#films.keys()) {
      if (film.entries.length > 0 && !film.frameAt(film.indexOfStep(step))) return null;
    }
    return true;
  }

  /**
   * Brings each film's frame into memory.
   * @param {number} index @param {number} [ahead] further joint steps to fetch without waiting for them
   */
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
    for (const film of this.#films.keys()) film.removeEventListener("append", this.#onAppend);
  }
}
