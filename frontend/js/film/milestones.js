/**
 * Marks of the timeline: the events that the server found, where a phase of training begins, and where a fork leaves its
 * parent. Pure; used by the lab and the compare page.
 * @typedef {import("../types").Run} Run
 * @typedef {import("../types").TimelineEntry} TimelineEntry
 * @typedef {import("../types").RunEvent} RunEvent
 */

/**
 * @param {readonly TimelineEntry[]} entries @param {Pick<Run, "events" | "origin">} run
 * @returns {RunEvent[]} in order of step
 */
export function milestones(entries, { events, origin }) {
  const found = [...events];
  if (origin) found.push({ step: origin.step, kind: "forked", text: "forked here" });
  for (let i = 2; i < entries.length; i++) {
    if (entries[i].phase !== entries[i - 1].phase) {
      found.push({ step: entries[i - 1].step, kind: "phase", text: `${entries[i].phase} begins` });
    }
  }
  return found.sort((a, b) => a.step - b.step);
}
