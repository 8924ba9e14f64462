/**
 * The states of a run, and what may be asked of it in each. Pure; used by pages and views.
 * @typedef {import("../types").RunStatus} RunStatus
 * @typedef {import("../types").Run} Run
 */

/** In the order in which a run goes through them. @type {RunStatus[]} */
export const STATUSES = ["queued", "running", "paused", "succeeded", "failed", "cancelled"];

/** @param {string} status @returns {boolean} nothing more comes by itself, nor when it is asked for */
export const isOver = (status) => status === "succeeded" || status === "failed" || status === "cancelled";

/** @param {string} status @returns {boolean} it goes on by itself: worth asking again soon */
export const isMoving = (status) => status === "queued" || status === "running";

/** @param {Pick<Run, "status" | "resumes" | "deaths">} run @returns {boolean} paused, or failed because it died too often */
export const canResume = ({ status, resumes, deaths }) => status === "paused" || (status === "failed" && resumes > 0 && deaths.length > 0);

/** @param {Pick<Run, "frames">} run @returns {number} frames there ever were: they are numbered from 0, and keep their numbers when the film is thinned */
export const framesRecorded = ({ frames }) => (frames.last_seq ?? -1) + 1;

/** Of runs that come without their display. */
const USUALLY_VITAL = ["loss", "test_accuracy", "direct_accuracy"];

/** @typedef {{ metrics: import("../types").Metrics | null, diverged?: boolean, display?: Pick<import("../types").Display, "metrics"> }} Measuring metrics: the latest of each; null is not finite */

/** @param {Measuring} run @returns {boolean} whether what is a number unless a run diverges is none */
export function isDiverged({ metrics, display, diverged }) {
  if (diverged !== undefined) return diverged;
  const vital = display ? Object.keys(display.metrics).filter((name) => display.metrics[name].vital) : USUALLY_VITAL;
  return vital.some((name) => metrics?.[name] === null);
}

/**
 * What became of a run, for people: one that was trained to its end and has diverged is not simply done.
 * @param {Measuring & { status: string }} run @returns {string} its status, or "diverged"
 */
export const outcome = (run) => (run.status === "succeeded" && isDiverged(run) ? "diverged" : run.status);

/**
 * What a run is, or is about to be.
 * @param {Measuring & Pick<Run, "status" | "wanted" | "waits">} run @returns {string} its outcome, or "pausing…", "cancelling…", "held up"
 */
export function stateWord(run) {
  const { status, wanted, waits } = run;
  if (status === "running" && waits) return "held up";
  if (status !== "running" || !wanted) return outcome(run);
  return wanted === "pause" ? "pausing…" : "cancelling…";
}
