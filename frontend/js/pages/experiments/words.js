/**
 * What pages say of experiments: progress, verdicts, numbers. Pure functions, used by the pages of experiments.
 * @module
 */

import { count } from "../../ui/dom.js";
import { short } from "../../form/controls.js";
import { inUnit } from "../../display/numbers.js";
import { isOver } from "../../film/status.js";

/** @typedef {import("../../types").ExperimentSummary} ExperimentSummary */
/** @typedef {import("../../types").Experiment} Experiment */

export const KINDS = /** @type {const} */ ({ figure: "Figure", sweep: "Sweep", runs: "Runs" });

/** @param {{ status: string }} experiment that is not over */
export const isActive = ({ status }) => !isOver(status);

/** @param {ExperimentSummary["counts"]} counts */
export const doneRuns = ({ succeeded, failed, cancelled }) => succeeded + failed + cancelled;

/** @param {number} number @param {string} noun @returns {string} "1 run", "12 runs" */
export const several = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

/**
 * @param {ExperimentSummary["counts"]} counts @param {number} [diverged] of those that are done
 * @returns {string} "12 of 30 runs done, 1 diverged, 2 running, 1 paused"
 */
export function progressText(counts, diverged = 0) {
  const { total, running, paused, failed, cancelled, deleted } = counts;
  const done = doneRuns(counts);
  const parts = [done === total ? `${several(total, "run")} done` : `${count(done)} of ${several(total, "run")} done`];
  if (diverged) parts.push(`${count(diverged)} diverged`);
  if (running) parts.push(`${count(running)} running`);
  if (paused) parts.push(`${count(paused)} paused`);
  if (failed) parts.push(`${count(failed)} failed`);
  if (cancelled) parts.push(`${count(cancelled)} cancelled`);
  if (deleted) parts.push(`${count(deleted)} deleted`);
  return parts.join(", ");
}

/** @typedef {{ ok: boolean | null, text: string }} Verdict */

/** @param {Experiment} experiment @returns {Verdict | null} null where nothing was promised */
export function verdict({ table, passed, status }) {
  if (table.length === 0) return null;
  const values = several(table.length, "value");
  const known = table.filter(({ ok }) => ok !== null);
  const missed = known.filter(({ ok }) => ok === false).length;
  if (passed === true) {
    const within = table.length === 1 ? "the value lies within its band" : `all ${values} lie within their bands`;
    return { ok: true, text: `Reproduced: ${within}. ${printedWords(table)}` };
  }
  if (passed === false) return { ok: false, text: `Not reproduced: ${count(missed)} of ${values} ${missed === 1 ? "lies" : "lie"} outside the expected band.` };
  if (!isActive({ status })) return { ok: null, text: `No verdict: only ${count(known.length)} of ${values} are known.` };
  if (known.length === 0) return { ok: null, text: `Nothing is known yet of the ${values} to reproduce.` };
  return { ok: missed ? false : null, text: `${count(known.length)} of ${values} known so far, ${missed ? `${count(missed)} outside the expected band` : "all within their bands"}.` };
}

/** How much of it is the paper's own word: most bands are what we have measured. @param {Experiment["table"]} table @returns {string} */
function printedWords(table) {
  const [said, printed] = [table.filter(({ paper }) => Boolean(paper)), table.filter(({ paper }) => /\d/.test(paper ?? ""))].map(({ length }) => length);
  const words = said > printed ? [`says ${count(said - printed)} in words`] : [];
  const rest = said < table.length ? `; ${said === 0 ? "the" : "all other"} ${table.length - said === 1 ? "band is" : "bands are"} our own measurement` : "";
  return `Of ${table.length === 1 ? "these numbers" : "these"} the paper ${[`prints ${printed === 0 ? "none" : count(printed)}`, ...words].join(" and ")}${rest}.`;
}

/** @param {boolean | null} ok @returns {string} a sign that needs no colour */
export const sign = (ok) => (ok === null ? "…" : ok ? "✓" : "✗");

/**
 * @param {number | null | undefined} value @param {{ unit: string } | undefined} metric @param {number} [digits] of a share, after the point
 * @returns {string} "99.8 %", "0.037", "120"; "–" where there is none
 */
export const told = (value, metric, digits = 1) => inUnit(value ?? undefined, /** @type {any} */ (metric), digits);

/** @param {number | null | undefined} low @param {number | null | undefined} high @param {{ unit: string } | undefined} metric @returns {string} " (93.1 % to 99.8 %)"; "" for no spread */
export const spreadText = (low, high, metric) => (typeof low === "number" && typeof high === "number" && low < high ? ` (${told(low, metric)} to ${told(high, metric)})` : "");

/** @param {import("../../types").SweepAxis} axis @param {number} i place of a value @returns {string} */
export function axisValue({ values, names }, i) {
  const value = values[i];
  return names ? names[i] : typeof value === "boolean" ? (value ? "yes" : "no") : short(Number(value));
}

/** @param {string} id @param {number | "end" | null} [step] @returns {string} the address of a film, at a step of it */
export const filmPath = (id, step) => `/runs/${id}${typeof step === "number" ? `?step=${step}` : ""}`;

/** @param {string[]} ids @returns {string} */
export const comparePath = (ids) => `/compare?runs=${ids.join(",")}`;

/** @param {import("../../types").MemberRun["error"]} error */
export const errorText = (error) => (typeof error === "string" ? error : (error?.message ?? ""));

/** @param {number[]} seeds @returns {string} "seed 0", "seeds 0–4", "seeds 1, 5, 7" */
export function seedsText(seeds) {
  if (seeds.length === 1) return `seed ${seeds[0]}`;
  const row = seeds.every((seed, i) => seed === seeds[0] + i);
  return row ? `seeds ${seeds[0]}–${seeds.at(-1)}` : `seeds ${seeds.join(", ")}`;
}

/** @param {Experiment} experiment @returns {string} the metric that says most of a run in a single number; "" for none */
export function mainMetric({ display: { metrics, pictures } }) {
  return Object.keys(metrics).find((name) => metrics[name].vital && metrics[name].unit === "share") ?? pictures[0]?.metrics[0] ?? "";
}

/** What a part of the page keeps in the address. @typedef {{ option(key: string): string | null, setOption(key: string, value: string | null): void }} Place */

/** @param {import("../../ui/view-state.js").ViewState<any>} state @param {string} id of the part @returns {Place} */
export const placeIn = (state, id) => ({
  option: (key) => state.opened[`${id}.${key}`] ?? null,
  setOption: (key, value) => state.setOpen(`${id}.${key}`, value),
});

/**
 * The lines of an experiment: members of one label and group, in order, as they are drawn. Those beyond what charts can tell apart
 * are not `told`.
 * @param {Experiment} experiment
 */
export function linesOf({ members, display }) {
  /** @type {Map<string, import("../../types").ExperimentLine & { members: import("../../types").Member[], told: boolean }>} */
  const lines = new Map();
  for (const member of members) {
    const { label, group } = member;
    const look = display.lines.find((line) => line.label === label && line.group === group);
    const line = lines.get(`${group}\n${label}`) ?? { label, group, colour: "ink", dash: "solid", spacing: "linear", references: {}, ...look, members: [], told: look !== undefined };
    line.members.push(member);
    lines.set(`${group}\n${label}`, line);
  }
  return [...lines.values()];
}
