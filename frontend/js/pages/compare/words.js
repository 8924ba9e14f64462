/**
 * What is said of the runs of a comparison: letters, states, events that are marked, panels and metrics to choose from. Pure.
 * @typedef {import("../../types").Run} Run
 * @typedef {import("../../types").Milestone} Milestone
 * @typedef {import("../../types").Display} Display
 * @typedef {{ kind: string, id: string, title: string, panel: import("../../types").PanelDeclaration, all: boolean, hero: boolean }} PanelChoice panel: of the
 *   first run that has it; all: every run has it
 * @typedef {import("../../types").Metric & { name: string }} NamedMetric
 */

import { count } from "../../ui/dom.js";
import { panelsOf } from "../../display/read.js";
import { milestones } from "../../film/milestones.js";
import { isMoving } from "../../film/status.js";

/** @param {number} place @returns {string} A, B, C … */
export const letterOf = (place) => String.fromCharCode(65 + place);

/** @param {Display[]} displays @returns {PanelChoice[]} that any of them has, those that all have first */
export function panelChoices(displays) {
  const groups = [...Map.groupBy(displays.flatMap(panelsOf), ({ kind, id }) => `${kind} ${id}`).values()];
  return groups.map((alike) => {
    const [{ kind, id, title }] = alike;
    return { kind, id, title, panel: alike[0], all: alike.length === displays.length, hero: alike.some(({ hero }) => hero) };
  }).sort((a, b) => Number(b.all) - Number(a.all));
}

/** @param {PanelChoice[]} choices @param {string} asked id, or id and kind where several have it @returns {PanelChoice | undefined} else the one that is largest in a lab */
export const chosenPanel = (choices, asked) =>
  choices.find((one) => asked === panelKey(choices, one)) ?? choices.find(({ hero, all }) => hero && all) ?? choices[0];

/** @param {PanelChoice[]} choices @param {PanelChoice} one @returns {string} what the address calls it */
export const panelKey = (choices, { id, kind }) => (choices.find((other) => other.id === id)?.kind === kind ? id : `${id}.${kind}`);

/** @param {Display[]} displays @returns {[string, NamedMetric[]][]} metrics that any of them has, by group; what is emphasised first */
export function metricGroups(displays) {
  const named = displays.flatMap(({ metrics }) => Object.entries(metrics).map(([name, metric]) => ({ ...metric, name })));
  const first = [...Map.groupBy(named, ({ name }) => name).values()].map(([metric]) => metric);
  const sorted = first.sort((a, b) => Number(b.emphasis) - Number(a.emphasis));
  return [...Map.groupBy(sorted, ({ group }) => group)];
}

/**
 * @param {{letter: string, run: Run, entries: readonly import("../../types").TimelineEntry[]}[]} films
 * @returns {Milestone[]} what matters most to each run, in order of step: the first of its kind; runs that share step and kind share a mark
 */
export function sharedMarks(films) {
  const found = films.flatMap(({ letter, run, entries }) => {
    const events = milestones(entries, run).filter(({ rank }) => rank === "emergence" || rank === "major");
    return events.filter((event, i) => events.findIndex(({ kind }) => kind === event.kind) === i).map((event) => ({ ...event, letter }));
  });
  return [...Map.groupBy(found, ({ kind, step }) => `${kind} ${step}`).values()].map((alike) => {
    const [{ letter, ...event }] = alike;
    const short = `${alike.map((one) => one.letter).join(", ")} ${event.short}`;
    return { ...event, short, text: `${short}: ${event.text}` };
  }).sort((a, b) => a.step - b.step);
}

/**
 * @param {Run} run @param {readonly import("../../types").Measured[]} [numbers] of its frames
 * @returns {{text: string, status: string}} a word for the tile, and the dot beside it
 */
export function statusOf(run, numbers = []) {
  const { status, progress, display } = run;
  if (run.diverged) {
    const vital = Object.keys(display.metrics).filter((name) => display.metrics[name].vital);
    const since = numbers.find(({ metrics }) => vital.some((name) => metrics[name] === null));
    return { text: since ? `diverged at step ${count(since.step)}` : "diverged", status: "diverged" };
  }
  if (status === "running") return { text: `step ${count(progress.step)} of ${count(progress.total)}`, status };
  if (status === "paused") return { text: `paused at step ${count(progress.step)} of ${count(progress.total)}`, status };
  return { text: status === "succeeded" ? "done" : status, status };
}

/** @param {Run} run without frames @returns {string} */
export function emptyText({ status, error }) {
  if (status === "queued") return "Waits for a free worker.";
  if (status === "paused") return "Paused before its first frame.";
  if (status === "running") return "Is being set up. The first frame comes in a moment.";
  return error ? `Failed before its first frame: ${error.message}` : "Ended before its first frame.";
}

/**
 * @param {Run[]} runs that are known @param {number} all
 * @param {{complete: number, lost: boolean}} comparison complete: Infinity where nothing more can come; lost: the connection
 * @returns {{text: string, status: string}} where the comparison stands, and the dot beside it
 */
export function statusOfAll(runs, all, { complete, lost }) {
  const [moving, paused] = [runs.filter((run) => isMoving(run.status)), runs.filter((run) => run.status === "paused")].map((some) => some.length);
  const rest = paused ? [`${paused} of ${all} paused`] : [];
  if (lost) return { text: "not connected", status: "queued" };
  if (moving) return { text: [`live · ${moving + paused} of ${all} still to end`, ...rest].join(", "), status: "running" };
  if (paused) return { text: rest.join(), status: "paused" };
  if (complete < Infinity) return { text: "loading…", status: "running" };
  const diverged = runs.filter((run) => statusOf(run).status === "diverged").length;
  return diverged ? { text: `all done, ${count(diverged)} diverged`, status: "diverged" } : { text: "all done", status: "succeeded" };
}
