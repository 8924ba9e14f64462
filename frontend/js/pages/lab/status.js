/**
 * The header's line about a run: how far, how fast, how long still; and what one can do with its training. Used by
 * pages/lab/lab.js.
 * @typedef {import("../../types").Run} Run
 * @typedef {import("../../types").TimelineEntry} TimelineEntry
 */

import { ApiError, cancelRun, pauseRun, resumeRun } from "../../net/api.js";
import { copyLinkButton } from "../../ui/carry.js";
import { confirmCancel } from "../../ui/confirm.js";
import { button, count, duration, make, setText } from "../../ui/dom.js";
import { canResume, isMoving, isOver, outcome, stateWord } from "../../film/status.js";
import { forkButton, labelFork } from "../../panels/transport.js";

const WINDOW_MS = 4000;
const PATIENCE_MS = 8000; // for an answer, which a dead connection never gives

/**
 * @param {HTMLElement} element the header's slot
 * @param {{link: () => string, perform: (request: (id: string) => Promise<Run>) => Promise<void>, onFork: () => void,
 *   onKeys: () => void}} context link: to exactly this view; perform: asks something of the run; onFork: from the step that is shown
 */
export function labStatus(element, { link, perform, onFork, onKeys }) {
  const line = make("span", { class: "status run-status" });
  const training = button("", () => (run && canResume(run) ? ask(resumeRun) : ask(pauseRun)), { class: "button" });
  const cancel = button("", () => giveUp(), { class: "button" });
  const fork = forkButton(onFork, "button only-narrow"); // elsewhere it is beside the film
  const copy = copyLinkButton(link);
  const told = make("span", { class: "small bad", role: "alert" });
  const said = make("span", { class: "visually-hidden", role: "status" });
  const keys = button("?", onKeys, { class: "button keys-button", "aria-label": "Keys", title: "Keys (?)" });
  training.hidden = cancel.hidden = fork.hidden = true; // until it is known what may be asked
  element.replaceChildren(line, training, cancel, fork, copy, keys, told, said);
  /** @type {{time: number, step: number}[]} */
  let samples = [];
  /** @type {Run | null} */
  let run = null;
  let asking = false;

  /** @param {(id: string) => Promise<Run>} request */
  async function ask(request) {
    if (!run || asking || run.wanted === "cancel" || (run.wanted === "pause" && request !== cancelRun)) return;
    asking = true;
    setText(told, "");
    offer(run);
    const silent = setTimeout(() => {
      setText(told, "The server does not answer: it may not have heard what was asked.");
      settle();
    }, PATIENCE_MS);
    const settle = () => {
      asking = false;
      if (run) offer(run);
    };
    try {
      await perform(request);
      setText(told, "");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setText(told, error.message);
    } finally {
      clearTimeout(silent);
      settle();
    }
  }

  async function giveUp() {
    if (run && !asking && run.wanted !== "cancel" && (await confirmCancel(element, run))) await ask(cancelRun);
  }

  /** What may be asked for now. Buttons are never switched off under the focus, which would be lost. @param {Run} current */
  function offer(current) {
    const { status, wanted, display: { can } } = current;
    const resume = canResume(current);
    const disable = (/** @type {HTMLElement} */ one, /** @type {boolean} */ off) => one.setAttribute("aria-disabled", String(off || asking));
    training.hidden = !can.includes("pause") || !(isMoving(status) || resume) || wanted === "cancel";
    setText(training, resume ? "Resume training" : wanted === "pause" ? "Pausing…" : "Pause training");
    training.title = resume ? "Goes on from its checkpoint, as if it had never stopped" : "Stops after a checkpoint, from which it can go on at any time";
    disable(training, wanted === "pause");
    cancel.hidden = isOver(status);
    setText(cancel, wanted === "cancel" ? "Cancelling…" : "Cancel run…");
    disable(cancel, wanted === "cancel");
  }

  /** @param {number} step @returns {number | null} steps per second over the last seconds, by this page's clock */
  function rate(step) {
    const now = performance.now();
    if (samples.at(-1)?.step !== step) samples.push({ time: now, step });
    samples = samples.filter((sample) => now - sample.time < WINDOW_MS);
    const first = samples[0];
    if (!first || now - first.time < 500 || step === first.step) return null;
    return ((step - first.step) / (now - first.time)) * 1000;
  }

  return {
    /** @param {Run} current @param {TimelineEntry | undefined} newest @param {string} connection @param {number | null} shown step, of a frame */
    update(current, newest, connection, shown) {
      const { status, progress } = current;
      const step = Math.max(progress.step ?? 0, newest?.step ?? 0);
      if (run && run.status !== status) setText(said, news(current, step));
      run = { ...current }; // the run is changed in place as events come
      line.dataset.status = status === "running" && connection !== "live" ? "queued" : outcome(current);
      offer(current);
      labelFork(fork, current.display.can.includes("fork") ? shown : null, progress.total);
      setText(line, sentence(current, step, status === "running" ? rate(step) : null, connection));
    },
  };
}

/** @param {Run} run @param {number} step @returns {string} that is read out when the state has changed */
function news(run, step) {
  const { status } = run;
  if (outcome(run) === "diverged") return "Training is over: the run has diverged.";
  const at = step > 0 ? ` at step ${count(step)}` : "";
  return {
    queued: `The run waits for a worker${at}.`, running: step > 0 ? `Training goes on${at}.` : "Training begins.",
    paused: `Training is paused${at}.`, succeeded: "Training is done.", failed: `The run has failed${at}.`, cancelled: `The run is cancelled${at}.`,
  }[status];
}

/** @param {Run} run @param {number} step @param {number | null} rate @param {string} connection @returns {string} */
function sentence(run, step, rate, connection) {
  const { status, progress } = run;
  const of = `step ${count(step)} of ${count(progress.total)}`;
  if (status === "running" && connection !== "live") return `not connected · last seen at ${of}`;
  if (status === "running" && (run.wanted || run.waits)) return `${stateWord(run)} · ${of}`;
  if (status === "running") {
    const parts = ["live", of];
    if (rate !== null) parts.push(`${count(Math.round(rate))} steps/s`);
    if (progress.eta !== null) parts.push(`${duration(progress.eta)} left`);
    return parts.join(" · ");
  }
  if (status === "queued") return step > 0 ? `waiting for a worker · at ${of}` : "waiting for a worker";
  const took = progress.seconds ? ` in ${duration(progress.seconds)}` : "";
  if (status === "succeeded") return `${outcome(run) === "diverged" ? "diverged" : "done"} · ${count(progress.total)} steps${took}`;
  return `${status} · ${of}`;
}
