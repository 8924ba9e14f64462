/** The states of a run, and what may be asked of it in each. Pure; used by pages and views. @import { Run, RunStatus } from "../types" */

import { count } from "../ui/dom.js";

/** In the order in which a run goes through them. @type {RunStatus[]} */
export const STATUSES = ["queued", "running", "paused", "succeeded", "failed", "cancelled"];

/** @param {string} status @returns {boolean} nothing more comes by itself, nor when it is asked for */
export const isOver = (status) => status === "succeeded" || status === "failed" || status === "cancelled";

/** @param {string} status @returns {boolean} it goes on by itself: worth asking again soon */
export const isMoving = (status) => status === "queued" || status === "running";

/** @param {Pick<Run, "status" | "resumes" | "deaths">} run @returns {boolean} paused, or failed because it died too often */
export const canResume = ({ status, resumes, deaths }) => status === "paused" || (status === "failed" && resumes > 0 && deaths.length > 0);

/** A loop of somebody else's makes it: nothing is asked of its training here. @param {{ study: string | null }} run */
export const isElsewhere = ({ study }) => study === "recording";

/** @param {{ step: number, total: number }} progress the total is 0 where nobody knows it @returns {string} */
export const placeOf = ({ step, total }) => `step ${count(step)}${total > 0 ? ` of ${count(total)}` : ""}`;

/** What became of a run: one that was trained to its end and has diverged is not simply done. @param {{ status: string, diverged: boolean }} run */
export const outcome = ({ status, diverged }) => (status === "succeeded" && diverged ? "diverged" : status);

/** @param {Pick<Run, "status" | "error" | "study">} run without frames @returns {string} */
export function emptyText({ status, error, study }) {
  if (status === "queued" || status === "paused") return status === "queued" ? "Waits for a free worker." : "Paused before its first frame.";
  if (status === "running") return isElsewhere({ study }) ? "Waits for the first frame of its recorder." : "Is being set up. The first frame comes in a moment.";
  return error ? `Failed before its first frame: ${error.message}` : "Ended before its first frame.";
}

/** @param {Pick<Run, "status" | "wanted" | "waits" | "diverged">} run @returns {string} what it is, or is about to be */
export function stateWord({ status, wanted, waits, diverged }) {
  if (status === "running" && waits) return "held up";
  if (status !== "running" || !wanted) return outcome({ status, diverged });
  return wanted === "pause" ? "pausing…" : "cancelling…";
}
