/**
 * What is said of one metric of several runs: who has passed the value that is worth telling, and when; of others the extremes. Pure.
 * @typedef {import("../../types").Measured} Measured
 * @typedef {import("./words.js").NamedMetric} NamedMetric
 * @typedef {{ letter: string, numbers: readonly Measured[] }} Told numbers: of all its frames
 */

import { inUnit, short } from "../../display/numbers.js";
import { count } from "../../ui/dom.js";

/** @param {readonly Told[]} films @param {number} step @param {NamedMetric} metric @returns {string} */
export function tellMetric(films, step, metric) {
  const measured = films.filter(({ numbers }) => numbers.some(({ metrics }) => metrics[metric.name] !== undefined));
  if (measured.length === 0) return films.length ? `${upper(metric.title)}: not measured in ${films.length === 1 ? "this run" : "these runs"}.` : "";
  return metric.passes === null ? extremes(measured, step, metric) : crossings(measured, step, metric, metric.passes);
}

/** @param {Told[]} films @param {number} step @param {NamedMetric} metric @param {number} bound @returns {string} */
function crossings(films, step, metric, bound) {
  const { name, falling } = metric;
  const past = (/** @type {number | null | undefined} */ value) => typeof value === "number" && (falling ? value < bound : value >= bound);
  const found = films.map((film) => ({ film, at: film.numbers.find(({ metrics }) => past(metrics[name]))?.step ?? Infinity }));
  const yes = found.filter(({ at }) => at <= step).sort((a, b) => a.at - b.at);
  const no = found.filter(({ at }) => at > step).map(({ film }) => film.letter);
  const what = `${upper(metric.title)} ${falling ? "below" : "past"} ${metric.unit === "share" ? `${short(100 * bound)} %` : inUnit(bound, metric)}`;
  if (yes.length === 0) return `${what}: none so far.`;
  const told = yes.map(({ film, at }, i) => {
    const last = lastOf(film, step, name);
    const lost = last && !past(last.value) ? ` (${inUnit(last.value, metric)} at step ${count(last.step)})` : ""; // what was passed may be lost again
    return `${film.letter} from ${i ? "" : "step "}${count(at)}${lost}`;
  });
  return `${what}: ${told.join(", ")}${no.length ? `; not ${no.join(", ")}` : ""}.`;
}

/** @param {Told[]} films @param {number} step @param {NamedMetric} metric @returns {string} */
function extremes(films, step, metric) {
  const { title } = metric;
  const seen = films.flatMap((film) => {
    const last = lastOf(film, step, metric.name);
    if (!last) return [];
    const now = film.numbers.findLast((entry) => entry.step <= step)?.step === last.step;
    return [{ letter: film.letter, value: last.value, when: now ? "" : ` at step ${count(last.step)}` }];
  });
  if (seen.length === 0) return `${upper(title)}: not measured until step ${count(step)}.`;
  const now = seen.flatMap(({ value, ...one }) => (typeof value === "number" ? [{ ...one, value }] : [])).sort((a, b) => a.value - b.value);
  const [first, last] = [now[0], now.at(-1)];
  if (!first || !last) return `${upper(title)}: not a number in any of these runs.`;
  const say = (/** @type {typeof first} */ { value, letter, when }) => `in ${letter} (${inUnit(value, metric)}${when})`;
  if (first === last) return `${upper(title)}: ${inUnit(first.value, metric)} in ${first.letter}${first.when}.`;
  return `${upper(title)}: smallest ${say(first)}, largest ${say(last)}.`;
}

/** @param {Told} film @param {number} step @param {string} name @returns {{ step: number, value: number | null } | null} as it was last measured */
function lastOf({ numbers }, step, name) {
  const last = numbers.findLast((entry) => entry.step <= step && entry.metrics[name] !== undefined);
  return last ? { step: last.step, value: last.metrics[name] } : null;
}

/** @param {string} text */
const upper = (text) => text.charAt(0).toUpperCase() + text.slice(1);
