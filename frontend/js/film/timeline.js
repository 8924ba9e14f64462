/**
 * A film by step: of every frame there is its row of the index, and of the frames around the one that is shown their bytes.
 * Used by the player and the pages; views read it as TimelineView.
 * @typedef {import("../types").FrameData} FrameData
 * @typedef {import("../types").TimelineEntry} TimelineEntry
 */

import { readFrame } from "../net/frame.js";

const MAX_BYTES = 96 * 2 ** 20;
const MAX_DECODED = 24;
const WINDOW = 32; // frames that are asked for at once

/** Dispatches `append` when rows were added. */
export class Timeline extends EventTarget {
  /** Frames that can be shown. @type {TimelineEntry[]} */
  entries = [];
  /** Of all frames that there ever were: a thinned film has fewer. @type {TimelineEntry[]} */
  rows = [];
  totalSteps = 1;
  /** @type {Map<number, ArrayBuffer>} by index */
  #buffers = new Map();
  #bytes = 0;
  /** @type {Map<number, FrameData>} least recently used first */
  #decoded = new Map();
  /** @type {Map<number, Promise<void>>} */
  #loading = new Map();
  #cursor = 0;
  /** Frames that stay in memory: what there is now is drawn beside the start. @type {Set<number>} */
  #pinned = new Set([0]);
  #ends = false;

  /**
   * @param {(seq: number, count: number) => Promise<Map<number, ArrayBuffer>>} fetchFrames that frame and the next few, by seq
   * @param {Timeline | null} [kept] of the same film, which was left a while ago: what is known of it is here at once
   * @param {number} [maxBytes] of frames held in memory
   */
  constructor(fetchFrames, kept = null, maxBytes = MAX_BYTES) {
    super();
    this.fetchFrames = fetchFrames;
    this.maxBytes = maxBytes;
    if (!kept) return;
    this.rows = [...kept.rows];
    this.entries = [...kept.entries];
    this.totalSteps = kept.totalSteps;
    this.#buffers = new Map(kept.#buffers);
    this.#bytes = kept.#bytes;
    this.#pinned = new Set(kept.#pinned);
  }

  /** Forgets all: the film is another one than it was. */
  clear() {
    this.rows = [];
    this.entries = [];
    this.#buffers.clear();
    this.#decoded.clear();
    this.#pinned = new Set([0]);
    this.#ends = false;
    this.#bytes = 0;
  }

  get lastSeq() {
    return this.rows.at(-1)?.seq ?? -1;
  }

  /** Bytes of frames held in memory. */
  get bytes() {
    return this.#bytes;
  }

  /** Adds rows of the index. Those that are already here (a reconnect may overlap) are ignored. @param {readonly TimelineEntry[]} rows in order */
  extend(rows) {
    const last = this.lastSeq;
    const added = rows.filter(({ seq }) => seq > last);
    if (added.length === 0) return;
    for (const row of added) {
      this.#dropAfter(row.step);
      this.rows.push(row);
      if (row.there) this.entries.push(row);
    }
    this.totalSteps = Math.max(this.totalSteps, this.rows.at(-1)?.step ?? 0);
    this.dispatchEvent(new Event("append"));
  }

  /** A recording that was begun again from an earlier step: the film is what was recorded last. @param {number} step */
  #dropAfter(step) {
    while ((this.rows.at(-1)?.step ?? -Infinity) > step) this.rows.pop();
    while ((this.entries.at(-1)?.step ?? -Infinity) > step) {
      this.entries.pop();
      this.#forget(this.entries.length);
    }
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
    return Math.max(0, low);
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
    const wanted = this.#fetch(index, Math.min(ahead + 1, WINDOW));
    // Half of what lies ahead may be used up before more is asked for, so that each question is worth its way.
    const end = Math.min(index + ahead, this.entries.length - 1);
    let next = index + 1;
    while (next <= end && this.#has(next)) next += 1;
    if (next <= end && (next - index <= ahead / 2 || next === index + 1)) {
      this.#fetch(next, Math.min(end - next + 1, WINDOW)).catch(() => {}); // only a hint: the error is told when that frame itself is wanted
    }
    await wanted;
  }

  /**
   * Brings the first frame and the last of each stage into memory, for good: what is sorted or scaled by the end of a film, or shown beside its
   * start, needs them. Once.
   * @returns {Promise<boolean>} whether something has come in
   */
  async pinEnds() {
    if (this.#ends) return false;
    this.#ends = this.entries.length > 0;
    const ends = this.entries.flatMap(({ phase }, i) => (i > 0 && phase === this.entries[i + 1]?.phase ? [] : [i]));
    for (const index of ends) this.#pinned.add(index);
    await Promise.all(ends.map((index) => this.#fetch(index, 1)));
    return ends.length > 0;
  }

  /**
   * Brings frames into memory that are drawn beside the one that is shown, as those of a trail.
   * @param {number} from index @param {number} count @returns {Promise<boolean>} whether any has come in
   */
  async bring(from, count) {
    let first = Math.max(0, from);
    while (first < from + count && this.#buffers.has(first)) first += 1;
    if (first >= from + count) return false;
    await this.#fetch(first, from + count - first);
    return this.#buffers.has(first);
  }

  /** @param {number} index */
  #has(index) {
    return this.#buffers.has(index) || this.#loading.has(index);
  }

  /** @param {number} index @param {number} most frames from there on @returns {Promise<void>} when frame `index` is here */
  #fetch(index, most) {
    const entry = this.entries[index];
    if (!entry || this.#buffers.has(index)) return Promise.resolve();
    const known = this.#loading.get(index);
    if (known) return known;
    let count = 1;
    while (count < most && this.entries[index + count] && !this.#has(index + count)) count += 1;
    const places = Array.from({ length: count }, (_, i) => index + i);
    const loading = this.fetchFrames(entry.seq, count).then((buffers) => {
      for (const place of places) {
        const buffer = buffers.get(this.entries[place]?.seq ?? -1);
        if (buffer) this.#keep(place, buffer);
      }
    }).finally(() => places.forEach((place) => this.#loading.delete(place)));
    for (const place of places) {
      // An answer may hold fewer frames than asked for; whoever waits for one of the rest asks again.
      this.#loading.set(place, place === index ? loading : loading.then(() => this.#fetch(place, 1)));
      this.#loading.get(place)?.catch(() => {});
    }
    return loading;
  }

  /** @param {number} index @param {ArrayBuffer} buffer */
  #keep(index, buffer) {
    if (this.#buffers.has(index)) return;
    this.#buffers.set(index, buffer);
    this.#bytes += buffer.byteLength;
    while (this.#bytes > this.maxBytes && this.#buffers.size > this.#pinned.size + 1) this.#evict();
  }

  /** Forgets the bytes that a player needs last: those farthest from the cursor. */
  #evict() {
    let farthest = -1;
    for (const index of this.#buffers.keys()) {
      if (this.#pinned.has(index)) continue;
      if (farthest < 0 || Math.abs(index - this.#cursor) > Math.abs(farthest - this.#cursor)) farthest = index;
    }
    this.#forget(farthest);
  }

  /** @param {number} index */
  #forget(index) {
    this.#bytes -= this.#buffers.get(index)?.byteLength ?? 0;
    this.#buffers.delete(index);
    this.#decoded.delete(index);
    this.#loading.delete(index);
  }
}
