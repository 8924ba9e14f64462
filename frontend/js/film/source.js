/**
 * Where a run comes from: its index and its stream into the timeline, and what is known of the connection.
 * Dispatches `run`, `end`, `missing` (detail: what is wrong with a run that is there), `trouble` (detail: a sentence) and `connection`.
 * @import { PanelMoment, Run, RunTheory, TimelineEntry } from "../types"
 */

import { ApiError, getFrames, getIndex, getPatterns, getRun, getTheory } from "../net/api.js";
import { FrameError, readTensors } from "../net/frame.js";
import { RunStream } from "../net/stream.js";
import { isOver } from "./status.js";
import { MAX_BYTES, Timeline } from "./timeline.js";

const MAX_KEPT = 128 * 2 ** 20; // bytes of frames, of all films together that were left

/** Films that were left, the last one last: who comes back, or goes on to a comparison, need not load them again. @type {Map<string, Timeline>} */
const kept = new Map();

export class RunSource extends EventTarget {
  /** @type {Run | null} */
  run = null;
  connection = { state: "connecting", attempt: 0, retryAt: 0 };
  /** all there will be is here */
  ended = false;
  /** more may come of it: it was not over when it was first seen, and has not ended since */
  live = false;
  /** @type {RunTheory | null} null until it is known */
  theory = null;
  /** null until somebody wants them, and they are here @type {PanelMoment["patterns"]} */
  patterns = null;
  #closed = false;
  #wantsPatterns = false;
  /** @type {Set<string>} */
  #asked = new Set();

  /** @param {string} id */
  constructor(id) {
    super();
    this.id = id;
    this.timeline = kept.get(id) ?? new Timeline((seq, count) => getFrames(id, seq, count));
    this.timeline.maxBytes = MAX_BYTES;
    kept.delete(id);
    this.stream = new RunStream(id, () => this.timeline.lastSeq);
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ listener) =>
      this.stream.addEventListener(type, (event) => listener(/** @type {CustomEvent} */ (event).detail));
    on("run", (run) => this.#hear(run));
    on("progress", (moved) => this.run && this.#hear({ ...this.run, ...moved }));
    on("event", ({ step, kind, text, data = null }) => this.run && this.#hear({ ...this.run, events: [...this.run.events, { step, kind, text, data }] }));
    on("row", (row) => this.timeline.extend([readRow(row)]));
    on("end", () => this.#end());
    on("missing", () => this.#tell("missing"));
    on("connection", ({ state, attempt, retryIn }) => {
      this.connection = { state, attempt, retryAt: performance.now() + retryIn * 1000 };
      this.#tell("connection");
    });
  }

  /** Also once more, for a run that was over and goes on. */
  open() {
    this.ended = false;
    this.#closed = false;
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#catchUp();
  }

  /** The run, and its index as far as it goes; what comes after it comes by the stream. */
  async #catchUp() {
    const { timeline } = this;
    const extend = async () => timeline.extend(readIndex(await getIndex(this.id, timeline.lastSeq)));
    try {
      const left = timeline.rows.length > 0;
      const [run, index] = await Promise.all([getRun(this.id), getIndex(this.id, timeline.lastSeq)]);
      if (this.#closed) return;
      this.#hear(run);
      timeline.extend(readIndex(index));
      if (left && isOver(run.status) && timeline.entries.length !== run.frames.count) { // thinned out since it was left
        timeline.clear();
        await extend();
        if (this.#closed) return;
      }
      if (left) timeline.dispatchEvent(new Event("append")); // also where nothing is new: there is something to show
      if (isOver(run.status)) {
        if (timeline.lastSeq < (run.frames.last_seq ?? -1)) await extend();
        return this.#end();
      }
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return this.#tell("missing");
      if (error instanceof FrameError) this.#tell("trouble", `The index of this film cannot be read: ${error.message}.`);
      else if (!(error instanceof ApiError)) throw error; // else the stream finds the same trouble, and tells of it
    }
    if (!this.#closed && !document.hidden) this.stream.open();
  }

  #end() {
    this.ended = true;
    this.live = false;
    this.stream.close();
    this.timeline.dispatchEvent(new Event("append")); // what waited for more of it waits no longer
    this.#tell("end");
  }

  /** The step from which on nothing more can come in before it. */
  get complete() {
    return this.ended ? Infinity : (this.timeline.entries.at(-1)?.step ?? -1);
  }

  retry() {
    this.stream.retryNow();
  }

  /** A page in the background needs no news: what it missed comes when it is looked at again. */
  #onVisibility = () => {
    if (this.ended) return;
    if (document.hidden) this.stream.close();
    else this.#catchUp();
  };

  /** The answer is heeded unless the stream has told of the run meanwhile, perhaps already what came of it. @param {(id: string) => Promise<Run>} request */
  async perform(request) {
    const known = this.run;
    const run = await request(this.id);
    if (this.run !== known) return;
    this.#hear(run);
    if (this.ended && !isOver(run.status)) this.open();
  }

  /** @param {Run} run */
  #hear(run) {
    if (run.damage && Object.keys(run.display.metrics).length === 0) { // its settings cannot be read, and without them nothing can be shown
      this.close();
      return this.#tell("missing", run.damage);
    }
    this.run = run;
    this.live ||= !isOver(run.status);
    this.timeline.totalSteps = Math.max(1, run.progress.total, run.progress.step);
    this.#tell("run");
    this.#once("theory", async () => (this.theory = await getTheory(this.id)));
    if (this.#wantsPatterns) this.wantPatterns();
  }

  /** A panel draws them: as soon as the run has drawn them. */
  wantPatterns() {
    this.#wantsPatterns = true;
    if (!this.run?.patterns) return;
    this.#once("patterns", async () => {
      const { dictionary } = readTensors(await getPatterns(this.id), "emergescope.patterns").tensors;
      if (!dictionary) throw new FrameError("they have no dictionary");
      const [rows, columns] = dictionary.shape;
      this.patterns = { rows, columns, data: /** @type {Float32Array} */ (dictionary.data) };
    });
  }

  /** What follows from the settings alone. @param {string} what @param {() => Promise<unknown>} load */
  async #once(what, load) {
    if (this.#asked.has(what)) return;
    this.#asked.add(what);
    try {
      await load();
      this.#tell("run");
    } catch (error) {
      if (error instanceof FrameError) this.#tell("trouble", `The ${what} of this run cannot be read: ${error.message}.`);
      else if (!(error instanceof ApiError)) throw error;
      else if (error.status === 0) this.#asked.delete(what); // the banner speaks of it; with the connection another `run` comes
    }
  }

  /** @param {string} type @param {unknown} [detail] */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** Nobody looks at the film any more. */
  close() {
    if (!this.#closed && this.timeline.rows.length > 0) kept.set(this.id, this.timeline);
    let bytes = 0;
    for (const [id, film] of [...kept].reverse()) {
      bytes += film.bytes;
      if (bytes > MAX_KEPT) kept.delete(id);
    }
    this.#closed = true;
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.stream.close();
  }
}

/** The index (docs/display.md): a row for each frame that there ever was after the one that was asked for. @param {ArrayBuffer} buffer @returns {TimelineEntry[]} */
function readIndex(buffer) {
  const { metadata, tensors } = readTensors(buffer, "emergescope.index");
  const { seq, step, stage, there } = tensors;
  if (!seq || !step || !stage || !there) throw new FrameError("the index lacks its columns");
  /** @type {string[]} */
  const stages = JSON.parse(metadata.stages ?? "[]");
  const named = (/** @type {string} */ prefix) => Object.keys(tensors).filter((name) => name.startsWith(prefix))
    .map((name) => ({ name: name.slice(prefix.length), data: tensors[name].data, width: tensors[name].shape[1] ?? 1 }));
  const [metrics, densities, means] = ["metrics.", "density.", "mean."].map(named);
  // What was not measured is NaN, and what is no number is infinite.
  const measured = (/** @type {typeof metrics} */ columns, /** @type {number} */ i) => Object.fromEntries(columns
    .filter(({ data }) => !Number.isNaN(data[i])).map(({ name, data }) => [name, Number.isFinite(data[i]) ? data[i] : null]));
  return Array.from(seq.data, (number, i) => ({
    seq: number, step: step.data[i], phase: stages[stage.data[i]] ?? "", there: there.data[i] === 1,
    metrics: measured(metrics, i), means: measured(means, i),
    density: Object.fromEntries(densities.map(({ name, data, width }) => [name, data.subarray(i * width, (i + 1) * width)])),
  }));
}

/** As the stream sends it, when its frame has been kept. @param {Omit<TimelineEntry, "phase" | "there"> & { stage: string }} row @returns {TimelineEntry} */
const readRow = ({ seq, step, stage, metrics, density, means }) => ({ seq, step, phase: stage, there: true, metrics, density, means });
