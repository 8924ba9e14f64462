/** Times as people say them. */

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
/** @type {[Intl.RelativeTimeFormatUnit, number][]} unit and its length in seconds */
const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60]];

/** @param {string} time RFC 3339 @returns {string} "3 min. ago", "yesterday", and after a week the date */
export function ago(time) {
  const seconds = (Date.now() - Date.parse(time)) / 1000;
  if (seconds < 45) return "just now";
  if (seconds > 7 * 86_400) return new Date(time).toLocaleDateString("en", { dateStyle: "medium" });
  const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ["minute", 60];
  return relative.format(-Math.max(1, Math.round(seconds / length)), unit);
}

/** @param {string} time RFC 3339 @returns {string} in the reader's time zone */
export const absolute = (time) => new Date(time).toLocaleString("en", { dateStyle: "medium", timeStyle: "medium" });

/** @param {import("../types").RunSummary} run @returns {number | null} seconds of training, so far where it is not over */
export function runSeconds({ started_at: start, finished_at: end, progress }) {
  if (progress.seconds !== null) return progress.seconds; // without pauses
  return start === null ? null : Math.max(0, ((end === null ? Date.now() : Date.parse(end)) - Date.parse(start)) / 1000);
}
