/**
 * Marks of the timeline: the events that the server found, where a stage begins, and where a fork leaves its parent. Pure; used
 * by the lab and the compare page.
 * @typedef {import("../types").Run} Run
 * @typedef {import("../types").TimelineEntry} TimelineEntry
 * @typedef {import("../types").Milestone} Milestone
 */

/**
 * @param {readonly TimelineEntry[]} entries @param {Pick<Run, "events" | "origin" | "display">} run
 * @returns {Milestone[]} in order of step; the display says what they are called, and what matters most
 */
export function milestones(entries, { events, origin, display }) {
  /** @type {Milestone[]} */
  const found = events.map((event) => {
    const { short, rank } = display.events[event.kind] ?? { short: event.kind.replaceAll("_", " "), rank: "minor" };
    return { ...event, short, rank };
  });
  if (origin) found.push({ step: origin.step, kind: "forked", text: "forked here", short: "forked here", rank: "major" });
  for (let i = 2; i < entries.length; i++) {
    const text = `${entries[i].phase} begins`;
    if (entries[i].phase !== entries[i - 1].phase) found.push({ step: entries[i - 1].step, kind: "stage", text, short: text, rank: "minor" });
  }
  return found.sort((a, b) => a.step - b.step);
}
