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

/**
 * What became of a run, for people: one that was trained to its end and has diverged is not simply done.
 * @param {{ status: string, diverged: boolean }} run @returns {string} its status, or "diverged"
 */
export const outcome = ({ status, diverged }) => (status === "succeeded" && diverged ? "diverged" : status);

/**
 * What a run is, or is about to be.
 * @param {Pick<Run, "status" | "wanted" | "waits" | "diverged">} run @returns {string} its outcome, or "pausing…", "cancelling…", "held up"
 */
export function stateWord({ status, wanted, waits, diverged }) {
  if (status === "running" && waits) return "held up";
  if (status !== "running" || !wanted) return outcome({ status, diverged });
  return wanted === "pause" ? "pausing…" : "cancelling…";
}
