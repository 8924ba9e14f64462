/**
 * Frames by step. Small statistics of every frame are kept for ever; the bytes only up to a limit, and are asked for
 * again one by one when a reader comes back to them. Used by the player and the lab; views read it as TimelineView.
 * @typedef {import("./types").FrameData} FrameData
 * @typedef {import("./types").TimelineEntry} TimelineEntry
 */

import { readFrame } from "./frame.js";
import { summarise } from "./statistics.js";

const MAX_BYTES = 200 * 2 ** 20;
const MAX_DECODED = 24;

/** Dispatches `append` when frames were added. */
export class Timeline extends EventTarget {
  /** @type {TimelineEntry[]} */
  entries = [];
  totalSteps = 1;
  /** @type {Map<number, ArrayBuffer>} by index */
  #buffers = new Map();
  #bytes = 0;
  /** @type {Map<number, FrameData>} least recently used first */
  #decoded = new Map();
  /** @type {Map<number, Promise<void>>} */
  #loading = new Map();
  #cursor = 0;

  /**
   * @param {(seq: number) => Promise<ArrayBuffer>} fetchFrame
   * @param {number} [maxBytes] of frames held in memory
   */
  constructor(fetchFrame, maxBytes = MAX_BYTES) {
    super();
    this.fetchFrame = fetchFrame;
    this.maxBytes = maxBytes;
  }

  get lastSeq() {
    return this.entries.at(-1)?.seq ?? -1;
  }

  /** Bytes of frames held in memory. */
  get bytes() {
    return this.#bytes;
  }

  /**
   * Adds the next frame. A frame that is already here (a reconnect may overlap) is ignored.
   * @param {ArrayBuffer} buffer @param {number} relevant patterns of the problem: the first columns of `alignment`
   * @throws {import("./frame.js").FrameError}
   */
  append(buffer, relevant) {
    const frame = readFrame(buffer);
    if (frame.seq <= this.lastSeq) return;
    const index = this.entries.length;
    this.entries.push(summarise(frame, relevant));
    this.totalSteps = Math.max(this.totalSteps, frame.step);
    this.#keep(index, buffer);
    this.dispatchEvent(new Event("append"));
  }

  /** @param {number} step @returns {number} index of the last entry at or before `step` */
  indexOfStep(step) {
    let low = 0;
    let high = this.entries.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.entries[middle].step <= step) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** @param {number} index @returns {FrameData | null} null when its bytes are not in memory */
  frameAt(index) {
    const known = this.#decoded.get(index);
    const buffer = this.#buffers.get(index);
    if (!known && !buffer) return null;
    const frame = known ?? readFrame(/** @type {ArrayBuffer} */ (buffer));
    this.#decoded.delete(index);
    this.#decoded.set(index, frame);
    if (this.#decoded.size > MAX_DECODED) this.#decoded.delete(/** @type {number} */ (this.#decoded.keys().next().value));
    return frame;
  }

  /**
   * Brings frames into memory. What is asked for last is what evictions spare.
   * @param {number} index @param {number} [ahead] further frames to fetch without waiting for them
   * @returns {Promise<void>} when frame `index` is here
   */
  async load(index, ahead = 0) {
    this.#cursor = index;
    for (let i = index + 1; i <= Math.min(index + ahead, this.entries.length - 1); i++) {
      this.#fetch(i).catch(() => {}); // only a hint: the error is told when that frame itself is wanted
    }
    await this.#fetch(index);
  }

  /** @param {number} index @returns {Promise<void>} */
  #fetch(index) {
    const entry = this.entries[index];
    if (!entry || this.#buffers.has(index)) return Promise.resolve();
    let loading = this.#loading.get(index);
    if (!loading) {
      loading = this.fetchFrame(entry.seq)
        .then((buffer) => this.#keep(index, buffer))
        .finally(() => this.#loading.delete(index));
      this.#loading.set(index, loading);
    }
    return loading;
  }

  /** @param {number} index @param {ArrayBuffer} buffer */
  #keep(index, buffer) {
    this.#buffers.set(index, buffer);
    this.#bytes += buffer.byteLength;
    while (this.#bytes > this.maxBytes && this.#buffers.size > 1) this.#evict();
  }

  /** Forgets the bytes that a player needs last: those farthest from the cursor. */
  #evict() {
    let farthest = -1;
    for (const index of this.#buffers.keys()) {
      if (farthest < 0 || Math.abs(index - this.#cursor) > Math.abs(farthest - this.#cursor)) farthest = index;
    }
    this.#bytes -= this.#buffers.get(farthest)?.byteLength ?? 0;
    this.#buffers.delete(farthest);
    this.#decoded.delete(farthest);
  }
}
