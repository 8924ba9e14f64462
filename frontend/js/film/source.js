/**
 * Where the lab's run comes from: the stream into the timeline, and what is known of the connection. Used by pages/lab/lab.js.
 *
 * Dispatches `run`, `frames`, `end`, `missing` (detail: what is wrong with a run that is there), `trouble` (detail: a sentence)
 * and `connection`.
 * @typedef {import("../types").Run} Run
 * @typedef {import("../types").RunEvent} RunEvent
 */

import { ApiError, getFrames, getIndex, getPatterns, getRun, getTheory } from "../net/api.js";
import { FrameError, readTensors } from "../net/frame.js";
import { keepFilm, keptFilm } from "./kept.js";
import { isOver } from "./status.js";
import { RunStream } from "../net/stream.js";
import { readIndex, readRow } from "./index.js";
import { Timeline } from "./timeline.js";

export class RunSource extends EventTarget {
  /** @type {Run | null} */
  run = null;
  /** @type {{state: string, attempt: number, retryAt: number}} */
  connection = { state: "connecting", attempt: 0, retryAt: 0 };
  /** all there will be is here */
  ended = false;
  /** more may come of it: it was not over when it was first seen, and has not ended since */
  live = false;
  /** @type {import("../types").RunTheory | null} null until it is known */
  theory = null;
  /** null until somebody wants them, and they are here @type {import("../types").PanelMoment["patterns"]} */
  patterns = null;
  #asked = false;
  #closed = false;
  #wantsPatterns = false;
  #askedPatterns = false;

  /** @param {string} id */
  constructor(id) {
    super();
    this.id = id;
    this.timeline = new Timeline((seq, count) => getFrames(id, seq, count), keptFilm(id));
    this.stream = new RunStream(id, () => this.timeline.lastSeq);
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ listener) =>
      this.stream.addEventListener(type, (event) => listener(/** @type {CustomEvent} */ (event).detail));
    on("run", (run) => this.#hear(run));
    on("progress", (moved) => this.run && this.#hear({ ...this.run, ...moved }));
    on("event", (event) => this.#happened(event));
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
    return this.#catchUp();
  }

  /** The run, and its index as far as it goes; what comes after it comes by the stream. */
  async #catchUp() {
    try {
      const [run, index] = await Promise.all([getRun(this.id), getIndex(this.id, this.timeline.lastSeq)]);
      if (this.#closed) return;
      this.#hear(run);
      const left = this.timeline.rows.length > 0;
      this.timeline.extend(readIndex(index));
      if (left && isOver(run.status) && this.timeline.entries.length !== run.frames.count) { // thinned out since it was left
        this.timeline.clear();
        this.timeline.extend(readIndex(await getIndex(this.id, -1)));
        if (this.#closed) return;
      }
      if (left) this.timeline.dispatchEvent(new Event("append")); // also where nothing is new: there is something to show
      if (isOver(run.status)) {
        if (this.timeline.lastSeq < (run.frames.last_seq ?? -1)) this.timeline.extend(readIndex(await getIndex(this.id, this.timeline.lastSeq)));
        this.#end();
        return;
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
    this.#tell("end");
  }

  /** A page in the background needs no news: what it missed comes when it is looked at again. */
  #onVisibility = () => {
    if (this.ended || this.#closed) return;
    if (document.hidden) this.stream.close();
    else this.#catchUp();
  };

  /**
   * Ask something of the run, and heed the answer, unless the stream has told of the run meanwhile: it knows at least as much,
   * and perhaps already what came of it.
   * @param {(id: string) => Promise<Run>} request
   */
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
    this.timeline.totalSteps = Math.max(1, run.progress.total);
    this.#tell("run");
    this.#askTheory();
    this.#askPatterns();
  }

  /** Once for a run: it follows from the settings alone. */
  #askTheory() {
    if (this.#asked) return;
    this.#asked = true;
    getTheory(this.id).then(
      (theory) => {
        this.theory = theory;
        this.#tell("run");
      },
      // The banner speaks of a server that was not reached; with the connection another `run` comes.
      (error) => (this.#asked = error.status !== 0),
    );
  }

  /** A panel draws them. */
  wantPatterns() {
    this.#wantsPatterns = true;
    this.#askPatterns();
  }

  /** Once for a run, as soon as it has drawn them. */
  #askPatterns() {
    if (!this.#wantsPatterns || this.#askedPatterns || !this.run?.patterns) return;
    this.#askedPatterns = true;
    getPatterns(this.id).then(
      (buffer) => {
        const { dictionary } = readTensors(buffer, "emergescope.patterns").tensors;
        if (!dictionary) throw new FrameError("they have no dictionary");
        const [rows, columns] = dictionary.shape;
        this.patterns = { rows, columns, data: /** @type {Float32Array} */ (dictionary.data) };
        this.#tell("run");
      },
      (error) => (this.#askedPatterns = error.status !== 0),
    ).catch((error) => this.#tell("trouble", `The patterns of this run cannot be read: ${error.message}.`));
  }

  /** @param {RunEvent} event also part of the next `run`, so it may be known already */
  #happened(event) {
    if (!this.run) return;
    const known = this.run.events.some((other) => other.step === event.step && other.text === event.text);
    if (!known) this.run.events.push({ step: event.step, kind: event.kind, text: event.text, data: event.data ?? null });
    this.#tell("run");
  }

  /** @param {string} type @param {unknown} [detail] */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  close() {
    if (!this.#closed) keepFilm(this.id, this.timeline);
    this.#closed = true;
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.stream.close();
  }
}
