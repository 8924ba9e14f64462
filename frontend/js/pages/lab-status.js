/**
 * The header's line about a run: how far, how fast, how long still; and what one can do with it. Used by pages/lab.js.
 * @typedef {import("../types").Run} Run
 * @typedef {import("../types").TimelineEntry} TimelineEntry
 */

import { ApiError, cancelRun } from "../api.js";
import { button, count, duration, make, setText } from "../dom.js";

const WINDOW_MS = 4000;

/** @param {HTMLElement} element the header's slot @param {() => string} link to exactly this view */
export function labStatus(element, link) {
  const line = make("span", { class: "status run-status" });
  const cancel = button("Cancel", () => stop(), { class: "button" });
  const copy = button("Copy link", () => copyLink(), { class: "button copy-link", title: "A link to exactly this view" });
  const told = make("span", { class: "small bad", role: "status" });
  element.replaceChildren(line, cancel, copy, told);
  /** @type {{time: number, step: number}[]} */
  let samples = [];
  /** @type {Run | null} */
  let run = null;

  async function stop() {
    if (!run) return;
    cancel.disabled = true;
    setText(cancel, "Cancelling…");
    try {
      await cancelRun(run.id);
    } catch (error) {
      cancel.disabled = false;
      setText(cancel, "Cancel");
      setText(told, error instanceof ApiError ? error.message : String(error));
    }
  }

  async function copyLink() {
    const text = link();
    try {
      await navigator.clipboard.writeText(text);
      setText(copy, "Copied");
    } catch {
      setText(copy, "See address"); // no clipboard on plain http: the address bar holds the same link
    }
    setTimeout(() => setText(copy, "Copy link"), 1500);
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
    /** @param {Run} current @param {TimelineEntry | undefined} newest @param {string} connection */
    update(current, newest, connection) {
      run = current;
      const { status, progress } = current;
      const lost = status === "running" && connection !== "live";
      line.dataset.status = lost ? "queued" : status;
      cancel.hidden = !["running", "queued", "paused"].includes(status);
      const step = Math.max(progress.step ?? 0, newest?.step ?? 0);
      setText(line, sentence(current, step, status === "running" ? rate(step) : null, connection));
    },
  };
}

/** @param {Run} run @param {number} step @param {number | null} rate @param {string} connection @returns {string} */
function sentence(run, step, rate, connection) {
  const { status, progress } = run;
  const of = `step ${count(step)} of ${count(progress.total)}`;
  if (status === "running" && connection !== "live") return `not connected · last seen at ${of}`;
  if (status === "running") {
    const parts = ["live", of];
    if (rate !== null) parts.push(`${count(Math.round(rate))} steps/s`);
    if (progress.eta !== null) parts.push(`${duration(progress.eta)} left`);
    return parts.join(" · ");
  }
  if (status === "queued") return "waiting for a worker";
  const took = progress.seconds ? ` in ${duration(progress.seconds)}` : "";
  if (status === "succeeded") return `done · ${count(progress.total)} steps${took}`;
  return `${status} · ${of}`;
}
