/**
 * Marks of the timeline: the events that the server found, and where a phase of training begins. Pure; used by the lab and the
 * compare page.
 * @typedef {import("./types").TimelineEntry} TimelineEntry
 * @typedef {import("./types").RunEvent} RunEvent
 */

/**
 * @param {readonly TimelineEntry[]} entries @param {readonly RunEvent[]} events that the server told
 * @returns {RunEvent[]} in order of step
 */
export function milestones(entries, events) {
  const found = [...events];
  for (let i = 2; i < entries.length; i++) {
    if (entries[i].phase !== entries[i - 1].phase) {
      found.push({ step: entries[i - 1].step, kind: "phase", text: `${entries[i].phase} begins` });
    }
  }
  return found.sort((a, b) => a.step - b.step);
}
