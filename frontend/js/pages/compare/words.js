/**
 * What is said of the runs of a comparison: letters, states, marked events, panels and metrics to choose from, how a metric stands. Pure.
 * @import { Display, Measured, Metric, PanelDeclaration, Run, TimelineEntry } from "../../types"
 * @typedef {{ kind: string, id: string, title: string, panel: PanelDeclaration, all: boolean, hero: boolean }} PanelChoice all: every run has it
 * @typedef {Metric & { name: string }} NamedMetric
 * @typedef {{ letter: string, numbers: readonly Measured[] }} Told numbers: of all its frames
 */

import { inUnit, short } from "../../display/numbers.js";
import { panelsOf } from "../../display/read.js";
import { milestones } from "../../film/timeline.js";
import { isMoving, placeOf } from "../../film/status.js";
import { count } from "../../ui/dom.js";

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
  return [...Map.groupBy(first.sort((a, b) => Number(b.emphasis) - Number(a.emphasis)), ({ group }) => group)];
}

/** The first of each kind that matters most; runs that share step and kind share a mark. @param {{letter: string, run: Run, entries: readonly TimelineEntry[]}[]} films */
export function sharedMarks(films) {
  const found = films.flatMap(({ letter, run, entries }) => {
    const events = milestones(entries, run).filter(({ rank }) => rank === "emergence" || rank === "major");
    return events.filter((event, i) => events.findIndex(({ kind }) => kind === event.kind) === i).map((event) => ({ ...event, letter }));
  });
  return [...Map.groupBy(found, ({ kind, step }) => `${kind} ${step}`).values()].map((alike) => {
    const [{ letter: _, ...event }] = alike;
    const brief = `${alike.map(({ letter }) => letter).join(", ")} ${event.short}`;
    return { ...event, short: brief, text: `${brief}: ${event.text}` };
  }).sort((a, b) => a.step - b.step);
}

/** @param {Run} run @param {readonly Measured[]} numbers of its frames @returns {string} a word for the tile */
export function stateOf({ status, progress, display, diverged }, numbers) {
  const of = placeOf(progress);
  if (diverged) {
    const vital = Object.keys(display.metrics).filter((name) => display.metrics[name].vital);
    const since = numbers.find(({ metrics }) => vital.some((name) => metrics[name] === null));
    return since ? `diverged at step ${count(since.step)}` : "diverged";
  }
  return { running: of, paused: `paused at ${of}`, succeeded: "done", queued: status, failed: status, cancelled: status }[status];
}

/** Where the comparison stands, and the dot beside it. @param {Run[]} runs that are known @param {number} all @param {{complete: number, lost: boolean}} comparison */
export function statusOfAll(runs, all, { complete, lost }) {
  const number = (/** @type {(run: Run) => boolean} */ is) => runs.filter(is).length;
  const [moving, paused, diverged] = [number((run) => isMoving(run.status)), number((run) => run.status === "paused"), number((run) => run.diverged)];
  const rest = paused ? [`${paused} of ${all} paused`] : [];
  if (lost) return { text: "not connected", status: "queued" };
  if (moving) return { text: [`live · ${moving + paused} of ${all} still to end`, ...rest].join(", "), status: "running" };
  if (paused) return { text: rest.join(), status: "paused" };
  if (complete < Infinity) return { text: "loading…", status: "running" };
  return diverged ? { text: `all done, ${count(diverged)} diverged`, status: "diverged" } : { text: "all done", status: "succeeded" };
}

/** Who has passed the value that is worth telling, and when; of others the extremes. @param {readonly Told[]} films @param {number} step @param {NamedMetric} metric */
export function tellMetric(films, step, metric) {
  const measured = films.filter(({ numbers }) => numbers.some(({ metrics }) => metrics[metric.name] !== undefined));
  const title = metric.title.charAt(0).toUpperCase() + metric.title.slice(1);
  if (measured.length === 0) return films.length ? `${title}: not measured in ${films.length === 1 ? "this run" : "these runs"}.` : "";
  const { passes } = metric;
  return passes === null ? `${title}: ${extremes(measured, step, metric)}.` : `${title} ${crossings(measured, step, metric, passes)}.`;
}

/** @param {Told[]} films @param {number} step @param {NamedMetric} metric @param {number} bound @returns {string} */
function crossings(films, step, metric, bound) {
  const { name, falling, unit } = metric;
  const past = (/** @type {number | null | undefined} */ value) => typeof value === "number" && (falling ? value < bound : value >= bound);
  const found = films.map((film) => ({ film, at: film.numbers.find(({ metrics }) => past(metrics[name]))?.step ?? Infinity }));
  const yes = found.filter(({ at }) => at <= step).sort((a, b) => a.at - b.at);
  const no = found.filter(({ at }) => at > step).map(({ film }) => film.letter);
  const what = `${falling ? "below" : "past"} ${unit === "share" ? `${short(100 * bound)} %` : inUnit(bound, metric)}`;
  if (yes.length === 0) return `${what}: none so far`;
  const told = yes.map(({ film, at }, i) => {
    const last = lastOf(film, step, name);
    const lost = last && !past(last.value) ? ` (${inUnit(last.value, metric)} at step ${count(last.step)})` : ""; // what was passed may be lost again
    return `${film.letter} from ${i ? "" : "step "}${count(at)}${lost}`;
  });
  return `${what}: ${told.join(", ")}${no.length ? `; not ${no.join(", ")}` : ""}`;
}

/** @param {Told[]} films @param {number} step @param {NamedMetric} metric @returns {string} */
function extremes(films, step, metric) {
  const seen = films.flatMap((film) => lastOf(film, step, metric.name) ?? []);
  if (seen.length === 0) return `not measured until step ${count(step)}`;
  const numbers = seen.flatMap(({ value, ...one }) => (value === null ? [] : [{ ...one, value }])).sort((a, b) => a.value - b.value);
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (!first || !last) return "not a number in any of these runs";
  const say = (/** @type {typeof first} */ { value, letter, when }) => `in ${letter} (${inUnit(value, metric)}${when})`;
  if (first === last) return `${inUnit(first.value, metric)} in ${first.letter}${first.when}`;
  return `smallest ${say(first)}, largest ${say(last)}`;
}

/** A metric as it was last measured; when: where that is not the frame that is shown. @param {Told} film @param {number} step @param {string} name */
function lastOf({ letter, numbers }, step, name) {
  const last = numbers.findLast((entry) => entry.step <= step && entry.metrics[name] !== undefined);
  const now = numbers.findLast((entry) => entry.step <= step) === last;
  return last && { letter, step: last.step, value: last.metrics[name], when: now ? "" : ` at step ${count(last.step)}` };
}
