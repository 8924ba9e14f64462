/**
 * Moments worth a mark on the timeline, read off the statistics of the frames. Pure; used by the lab.
 * @typedef {import("./types").TimelineEntry} TimelineEntry
 * @typedef {import("./types").RunEvent} RunEvent
 */

import { HISTOGRAM_BINS } from "./statistics.js";

/** Each is true from some frame on; the first such frame is the milestone, unless it was so from the start.
 * @type {{kind: string, text: string, holds: (entry: TimelineEntry) => boolean}[]} */
const CROSSINGS = [
  { kind: "first", text: "first neuron past |cos| 0.5", holds: (entry) => beyondHalf(entry) > 0 },
  { kind: "half", text: "half of the neurons at ±s", holds: (entry) => entry.aligned >= entry.neurons / 2 },
  { kind: "probe", text: "probe passes 90%", holds: (entry) => (entry.metrics.probe_accuracy_hard ?? 0) >= 0.9 },
  { kind: "accuracy", text: "accuracy passes 95%", holds: (entry) => (entry.metrics.test_accuracy ?? 0) >= 0.95 },
];

/**
 * @param {readonly TimelineEntry[]} entries @param {readonly RunEvent[]} events that the server told
 * @returns {RunEvent[]} in order of step
 */
export function milestones(entries, events) {
  const found = [...events];
  for (const { kind, text, holds } of CROSSINGS) {
    const index = entries.findIndex(holds);
    if (index > 0) found.push({ step: entries[index].step, kind, text });
  }
  for (let i = 2; i < entries.length; i++) {
    if (entries[i].phase !== entries[i - 1].phase) {
      found.push({ step: entries[i - 1].step, kind: "phase", text: `${entries[i].phase} begins` });
    }
  }
  return found.sort((a, b) => a.step - b.step);
}

/** @param {TimelineEntry} entry @returns {number} neurons with |cos| of 0.5 or more */
function beyondHalf({ histogram }) {
  const quarter = HISTOGRAM_BINS / 4;
  return histogram.reduce((sum, n, bin) => (bin < quarter || bin >= 3 * quarter ? sum + n : sum), 0);
}
