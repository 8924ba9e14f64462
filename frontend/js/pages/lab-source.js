/**
 * Where the lab's run comes from: the stream into the timeline, and what is known of the connection. Used by pages/lab.js.
 *
 * Dispatches `run`, `frames`, `end`, `missing` (detail: what is wrong with a run that is there), `trouble` (detail: a sentence)
 * and `connection`.
 * @typedef {import("../types").Run} Run
 * @typedef {import("../types").RunEvent} RunEvent
 */

import { getFrame, getMetrics, getPatterns, getTheory } from "../api.js";
import { FrameError } from "../frame.js";
import { readReferences } from "../references.js";
import { framesRecorded, isOver } from "../status.js";
import { FrameStream } from "../stream.js";
import { Timeline } from "../timeline.js";

export class RunSource extends EventTarget {
  /** @type {Run | null} */
  run = null;
  /** @type {{state: string, attempt: number, retryAt: number}} */
  connection = { state: "connecting", attempt: 0, retryAt: 0 };
  ended = false;
  /** @type {import("../types").RunTheory | null} null until it is known */
  theory = null;
  /** Of a thinned film: the numbers of all frames there ever were. @type {import("../types").Measured[] | null} */
  measured = null;
  /** Of a run whose inputs are pictures; null until they are known. @type {import("../types").References | null} */
  references = null;
  #asked = false;
  #askedReferences = false;
  #askedNumbers = false;

  /** @param {string} id */
  constructor(id) {
    super();
    this.id = id;
    this.timeline = new Timeline((seq) => getFrame(id, seq));
    this.stream = new FrameStream(id, () => this.timeline.lastSeq);
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ listener) =>
      this.stream.addEventListener(type, (event) => listener(/** @type {CustomEvent} */ (event).detail));
    on("run", (run) => this.#hear(run));
    on("progress", (moved) => this.run && this.#hear({ ...this.run, ...moved }));
    on("event", (event) => this.#happened(event));
    on("frame", (buffer) => this.#see(buffer));
    on("end", () => {
      this.ended = true;
      this.#tell("end");
    });
    on("missing", () => this.#tell("missing"));
    on("connection", ({ state, attempt, retryIn }) => {
      this.connection = { state, attempt, retryAt: performance.now() + retryIn * 1000 };
      this.#tell("connection");
    });
  }

  /** Also once more, for a run that was over and goes on. */
  open() {
    this.ended = false;
    this.stream.open();
  }

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
    if (!run.config.problem) { // its settings cannot be read, and without them nothing can be shown
      this.close();
      return this.#tell("missing", run.damage);
    }
    this.run = run;
    this.timeline.totalSteps = Math.max(1, run.progress.total);
    this.#tell("run");
    this.#askTheory();
    this.#askReferences();
    if (run.frames.count < framesRecorded(run)) this.#askNumbers();
  }

  /** Once: what comes later comes with its frame. */
  #askNumbers() {
    if (this.#askedNumbers) return;
    this.#askedNumbers = true;
    getMetrics(this.id).then(
      (columns) => {
        this.measured = rows(columns);
        const last = this.measured.at(-1)?.step ?? -1;
        this.measured.push(...this.timeline.entries.filter(({ step }) => step > last));
        this.#tell("run");
      },
      () => (this.#askedNumbers = false), // the curves go through the frames that are left, until the next `run`
    );
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

  /** Once for a run, as soon as it has drawn its patterns. */
  #askReferences() {
    if (this.#askedReferences || !this.run?.pictures) return;
    this.#askedReferences = true;
    getPatterns(this.id).then(
      (buffer) => {
        this.references = readReferences(buffer, /** @type {Run} */ (this.run));
        this.#tell("run");
      },
      (error) => (this.#askedReferences = error.status !== 0),
    ).catch((error) => this.#tell("trouble", `What neurons are compared with cannot be read: ${error.message}.`));
  }

  /** @param {RunEvent} event also part of the next `run`, so it may be known already */
  #happened(event) {
    if (!this.run) return;
    const known = this.run.events.some((other) => other.step === event.step && other.text === event.text);
    if (!known) this.run.events.push({ step: event.step, kind: event.kind, text: event.text, data: event.data ?? null });
    this.#tell("run");
  }

  /** @param {ArrayBuffer} buffer */
  #see(buffer) {
    try {
      this.timeline.append(buffer, this.run?.patterns?.relevant.length ?? 0);
      const newest = this.timeline.entries.at(-1);
      if (this.measured && newest && newest.step > (this.measured.at(-1)?.step ?? -1)) this.measured.push(newest);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#tell("trouble", `A frame cannot be read: ${error.message}.`);
    }
  }

  /** @param {string} type @param {unknown} [detail] */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  close() {
    this.stream.close();
  }
}

/** @param {Record<string, (number | null)[]>} columns @returns {import("../types").Measured[]} what was not measured is left out */
function rows({ seq, step, ...metrics }) {
  return seq.map((_, i) => ({
    step: step[i] ?? 0,
    metrics: Object.fromEntries(Object.entries(metrics).flatMap(([name, values]) => (values[i] === null ? [] : [[name, values[i]]]))),
  }));
}
