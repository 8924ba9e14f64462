/** A film by step: rows of the index for all frames, bytes of those around the one shown, and marks. @import { FrameData, Milestone, Run, TimelineEntry } from "../types" */

import { readFrame } from "../net/frame.js";

export const MAX_BYTES = 24 * 2 ** 20;
const MAX_DECODED = 24;
const WINDOW = 32; // frames that are asked for at once

/** Dispatches `append` when rows were added. */
export class Timeline extends EventTarget {
  /** Frames that can be shown. @type {TimelineEntry[]} */
  entries = [];
  /** Of all frames that there ever were: a thinned film has fewer. @type {TimelineEntry[]} */
  rows = [];
  totalSteps = 1;
  /** Of frames held in memory. */
  bytes = 0;
  /** @type {Map<number, ArrayBuffer>} by index */
  #buffers = new Map();
  /** @type {Map<number, FrameData>} least recently used first */
  #decoded = new Map();
  /** @type {Map<number, Promise<void>>} */
  #loading = new Map();
  #cursor = 0;
  /** Frames that stay in memory: what there is now is drawn beside the start. */
  #pinned = new Set([0]);
  #ends = false;

  /** @param {(seq: number, count: number) => Promise<Map<number, ArrayBuffer>>} fetchFrames that frame and the next few, by seq */
  constructor(fetchFrames, maxBytes = MAX_BYTES) {
    super();
    this.fetchFrames = fetchFrames;
    this.maxBytes = maxBytes;
  }

  /** Forgets all: the film is another one than it was. */
  clear() {
    this.#dropAfter(-Infinity);
    this.#pinned = new Set([0]);
  }

  get lastSeq() {
    return this.rows.at(-1)?.seq ?? -1;
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
    this.#ends = false; // it may go on although it was over
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
    const buffer = this.#buffers.get(index);
    const frame = this.#decoded.get(index) ?? (buffer && readFrame(buffer));
    if (!frame) return null;
    this.#decoded.delete(index);
    this.#decoded.set(index, frame);
    if (this.#decoded.size > MAX_DECODED) this.#decoded.delete(/** @type {number} */ (this.#decoded.keys().next().value));
    return frame;
  }

  /** What is asked for last is what evictions spare. @param {number} index @param {number} [ahead] further frames to fetch without waiting for them */
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

  /** The first frame and the last of each stage, for good: what is sorted or scaled by the end of a film, or shown beside its start, needs them. */
  async pinEnds() {
    if (this.#ends) return false;
    this.#ends = this.entries.length > 0; // once
    const ends = [...this.entries.keys()].filter((i) => i === 0 || this.entries[i].phase !== this.entries[i + 1]?.phase);
    for (const index of ends) this.#pinned.add(index);
    await Promise.all(ends.map((index) => this.#fetch(index, 1)));
    return ends.length > 0;
  }

  /** For what is drawn beside the frame that is shown, as a trail. @param {number} from index @param {number} count @returns whether any has come in */
  async bring(from, count) {
    const first = Array.from({ length: count }, (_, i) => from + i).find((index) => index >= 0 && !this.#buffers.has(index));
    if (first === undefined) return false;
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

  /** While they are too many, those are forgotten that a player needs last: farthest from the cursor. @param {number} index @param {ArrayBuffer} buffer */
  #keep(index, buffer) {
    if (this.#buffers.has(index)) return;
    this.#buffers.set(index, buffer);
    this.bytes += buffer.byteLength;
    while (this.bytes > this.maxBytes && this.#buffers.size > this.#pinned.size + 1) {
      const free = [...this.#buffers.keys()].filter((other) => !this.#pinned.has(other));
      this.#forget(free.reduce((far, other) => (Math.abs(other - this.#cursor) > Math.abs(far - this.#cursor) ? other : far)));
    }
  }

  /** @param {number} index */
  #forget(index) {
    this.bytes -= this.#buffers.get(index)?.byteLength ?? 0;
    this.#buffers.delete(index);
    this.#decoded.delete(index);
    this.#loading.delete(index);
  }
}

/** What the server found, beginnings of stages, a fork. @param {readonly TimelineEntry[]} entries @param {Pick<Run, "events" | "origin" | "display">} run */
export function milestones(entries, { events, origin, display }) {
  /** @type {Milestone[]} */
  const found = events.map((event) => {
    const { short, rank } = display.events[event.kind] ?? { short: event.kind.replaceAll("_", " "), rank: "minor" };
    return { ...event, short, rank };
  });
  if (origin) found.push({ step: origin.step, kind: "forked", text: "forked here", short: "forked here", rank: "major" });
  entries.forEach(({ phase }, i) => {
    if (i < 2 || phase === entries[i - 1].phase) return;
    const text = `${phase} begins`;
    found.push({ step: entries[i - 1].step, kind: "stage", text, short: text, rank: "minor" });
  });
  return found.sort((a, b) => a.step - b.step);
}
