/** The header's line about a run: how far, how fast, how long still; and what one can do with its training. @import { Run, TimelineEntry } from "../../types" */

import { canResume, isElsewhere, isMoving, isOver, outcome, placeOf, stateWord } from "../../film/status.js";
import { ApiError, cancelRun, pauseRun, resumeRun } from "../../net/api.js";
import { forkButton, labelFork } from "../../panels/transport.js";
import { confirmCancel } from "../../ui/dialog.js";
import { button, count, duration, make, setText } from "../../ui/dom.js";

const WINDOW_MS = 4000;
const PATIENCE_MS = 8000; // for an answer, which a dead connection never gives

/**
 * @param {HTMLElement} element the header's slot
 * @param {{ tools: HTMLElement[], perform: (request: (id: string) => Promise<Run>) => Promise<void>, onFork: () => void }} context
 */
export function labStatus(element, { tools, perform, onFork }) {
  const line = make("span", { class: "status run-status" });
  const training = button("", () => ask(run && canResume(run) ? resumeRun : pauseRun));
  const cancel = button("", async () => {
    if (run && !asking && run.wanted !== "cancel" && (await confirmCancel(run))) ask(cancelRun);
  });
  const fork = forkButton(onFork, "button only-narrow"); // elsewhere it is beside the film
  const told = make("span", { class: "small bad", role: "alert" });
  const said = make("span", { class: "visually-hidden", role: "status" });
  training.hidden = cancel.hidden = fork.hidden = true; // until it is known what may be asked
  element.replaceChildren(line, training, cancel, fork, ...tools, told, said);
  /** @type {{time: number, step: number}[]} */
  let samples = [];
  /** @type {Run | null} */
  let run = null;
  let asking = false;

  /** @param {(id: string) => Promise<Run>} request */
  async function ask(request) {
    if (asking || run?.wanted === "cancel" || (run?.wanted === "pause" && request !== cancelRun)) return;
    const settle = (/** @type {boolean} */ begins, trouble = "") => {
      asking = begins;
      setText(told, trouble);
      if (run) offer(run);
    };
    settle(true);
    const silent = setTimeout(() => settle(false, "The server does not answer: it may not have heard what was asked."), PATIENCE_MS);
    try {
      await perform(request);
      settle(false);
    } catch (error) {
      settle(false, error instanceof ApiError ? error.message : "");
      if (!(error instanceof ApiError)) throw error;
    } finally {
      clearTimeout(silent);
    }
  }

  /** Buttons are never switched off under the focus, which would be lost. @param {Run} current */
  function offer(current) {
    const { status, wanted, display: { can } } = current;
    const resume = canResume(current);
    training.hidden = !can.includes("pause") || !(isMoving(status) || resume) || wanted === "cancel";
    setText(training, resume ? "Resume training" : wanted === "pause" ? "Pausing…" : "Pause training");
    training.title = resume ? "Goes on from its checkpoint, as if it had never stopped" : "Stops after a checkpoint, from which it can go on at any time";
    training.setAttribute("aria-disabled", String(asking || wanted === "pause"));
    cancel.hidden = isOver(status) || isElsewhere(current);
    setText(cancel, wanted === "cancel" ? "Cancelling…" : "Cancel run…");
    cancel.setAttribute("aria-disabled", String(asking || wanted === "cancel"));
  }

  /** @param {number} step @returns {number | null} steps per second over the last seconds, by this page's clock */
  function rate(step) {
    const time = performance.now();
    if (samples.at(-1)?.step !== step) samples.push({ time, step });
    samples = samples.filter((sample) => time - sample.time < WINDOW_MS);
    const first = samples[0];
    return !first || time - first.time < 500 || step === first.step ? null : ((step - first.step) / (time - first.time)) * 1000;
  }

  return {
    /** @param {Run} current @param {TimelineEntry | undefined} newest @param {string} connection @param {number | null} shown step, of a frame */
    update(current, newest, connection, shown) {
      const { status, progress } = current;
      const step = Math.max(progress.step, newest?.step ?? 0);
      if (run && run.status !== status) setText(said, news(current, step));
      run = current;
      line.dataset.status = status === "running" && connection !== "live" ? "queued" : outcome(current);
      offer(current);
      labelFork(fork, current.display.can.includes("fork") ? shown : null, progress.total);
      setText(line, sentence(current, step, status === "running" ? rate(step) : null, connection));
    },
  };
}

/** @param {Run} run @param {number} step @returns {string} that is read out when the state has changed */
function news(run, step) {
  if (outcome(run) === "diverged") return "Training is over: the run has diverged.";
  const at = step > 0 ? ` at step ${count(step)}` : "";
  return {
    queued: `The run waits for a worker${at}.`, running: step > 0 ? `Training goes on${at}.` : "Training begins.",
    paused: `Training is paused${at}.`, succeeded: "Training is done.", failed: `The run has failed${at}.`, cancelled: `The run is cancelled${at}.`,
  }[run.status];
}

/** @param {Run} run @param {number} step @param {number | null} rate @param {string} connection @returns {string} */
function sentence(run, step, rate, connection) {
  const { status, progress: { total, eta, seconds } } = run;
  const of = placeOf({ step, total });
  if (status === "queued") return step > 0 ? `waiting for a worker · at ${of}` : "waiting for a worker";
  if (status === "succeeded") return `${outcome(run) === "diverged" ? "diverged" : "done"} · ${count(total)} steps${seconds ? ` in ${duration(seconds)}` : ""}`;
  if (status !== "running") return `${status} · ${of}`;
  if (connection !== "live") return `not connected · last seen at ${of}`;
  if (run.wanted || run.waits) return `${stateWord(run)} · ${of}`;
  return ["live", of, rate !== null && `${count(Math.round(rate))} steps/s`, eta !== null && `${duration(eta)} left`].filter(Boolean).join(" · ");
}
