/**
 * What the lab has to say of its run before anything else: that it waits, is paused or was cancelled, why it failed, that its
 * film was thinned, that it diverged, and what the display says of it as a whole. Used by side.js.
 * @typedef {import("../../types").Run} Run
 */

import { getRun } from "../../net/api.js";
import { count, make } from "../../ui/dom.js";
import { canResume, framesRecorded, isOver } from "../../film/status.js";

const QUEUE_EVERY_MS = 3000;

/** @param {HTMLElement} element filled with notices */
export function labNotices(element) {
  let key = "";
  let queueTimer = 0;
  /** The newest that is known: the stream does not tell when others leave the queue. @type {Run["queue"]} */
  let queue = null;

  /** @param {Run} run */
  async function askPlace(run) {
    const now = await getRun(run.id);
    if (!queueTimer) return; // it has begun meanwhile
    queue = now.queue;
    write(run);
  }

  /** @param {Run} run */
  function watchQueue(run) {
    if (run.status === "queued" && !queueTimer) {
      const ask = () => askPlace(run).catch(() => {}); // the connection banner speaks of a lost server
      queueTimer = window.setInterval(ask, QUEUE_EVERY_MS);
      queue = run.queue;
      ask();
    } else if (run.status !== "queued") {
      clearInterval(queueTimer);
      queueTimer = 0;
      queue = null;
    }
  }

  /** @param {Run} run */
  function write(run) {
    const next = JSON.stringify([run.status, run.waits, run.error, run.events, queue, run.frames.last_seq, isOver(run.status) && run.frames.count, run.progress.total]);
    if (next === key) return;
    key = next;
    element.replaceChildren(...notices(run, queue));
  }

  return {
    /** @param {Run} run */
    update(run) {
      watchQueue(run);
      write(run);
    },
    destroy: () => clearInterval(queueTimer),
  };
}

/** @param {Run} run @param {Run["queue"]} queue @returns {HTMLElement[]} */
function notices(run, queue) {
  const { status, progress, frames } = run;
  const found = [];
  const say = (/** @type {string} */ text, kind = "") => found.push(make("p", { class: `notice ${kind}`.trim() }, text));
  if (status === "queued") {
    const where = queue === null ? "" : queue.place === 1 ? " It is the next one." : ` It is number ${count(queue.place)} of ${count(queue.of)} in the queue.`;
    const goesOn = progress.step > 0 ? ` It goes on from its last checkpoint.` : " This page starts by itself.";
    say(`Waiting for a free worker.${where}${goesOn}`);
  }
  if (run.damage) say(`Its row in the database does not fit, and what does not is left out here: ${run.damage}.`, "warn");
  if (run.waits) say(`Held up at step ${count(progress.step)}: ${run.waits}. Training goes on by itself once that is mended.`, "warn");
  if (status === "paused") {
    say(progress.step > 0 ? `Paused at step ${count(progress.step)}. All is kept, and training can go on from there at any time.`
      : "Paused before it began. Training can start at any time.");
  }
  if (status === "cancelled") say("Cancelled. What was seen until then is kept.");
  if (run.error) found.push(failure(run));
  const recorded = framesRecorded(run);
  if (frames.count < recorded) say(`Film thinned: ${count(frames.count)} of ${count(recorded)} frames kept. The curves are complete: all numbers are kept.`);
  if (run.diverged) say("Diverged: there are numbers that are not finite any more, which leave gaps in the curves. What happened says since when.", "warn");
  for (const note of run.display.notes) say(note);
  return found;
}

/** @param {Run} run that failed @returns {HTMLElement} */
function failure(run) {
  const { message, step, traceback } = /** @type {NonNullable<Run["error"]>} */ (run.error);
  const told = step === null || message.includes(`step ${step}`);
  const resume = canResume(run) ? " All until its last checkpoint is kept: Resume training goes on from there." : "";
  const notice = make("div", { class: "notice bad", role: "alert" },
    make("p", {}, `Failed${told ? "" : ` at step ${count(step ?? 0)}`}: ${message}.${resume}`));
  if (traceback) notice.append(make("details", {}, make("summary", {}, "Traceback"), make("pre", {}, traceback)));
  return notice;
}
