/**
 * What pages say of experiments: progress, verdicts, numbers. Pure functions, used by the pages of experiments.
 * @import { Experiment, ExperimentSummary, Metric } from "../../types"
 * @typedef {{ option(key: string): string | null, setOption(key: string, value: string | null): void }} Place what a part of the page keeps in the address
 */

import { count, several } from "../../ui/dom.js";
import { inUnit, short } from "../../display/numbers.js";
import { isOver } from "../../film/status.js";

export const KINDS = /** @type {const} */ ({ figure: "Figure", sweep: "Sweep", runs: "Runs" });

/** @param {{ status: string }} experiment that is not over */
export const isActive = ({ status }) => !isOver(status);

/** @param {ExperimentSummary["counts"]} counts */
export const doneRuns = ({ succeeded, failed, cancelled }) => succeeded + failed + cancelled;

/** @param {import("../../types").MemberRun[]} runs @returns {number} which share of them is done: of those that are not over, their steps */
export const shareDone = (runs) =>
  runs.reduce((sum, { status, step, total_steps: total }) => sum + (isOver(status) ? 1 : total > 0 ? step / total : 0), 0) / Math.max(1, runs.length);

/**
 * @param {ExperimentSummary["counts"]} counts @param {number} [diverged] of those that are done
 * @returns {string} "12 of 30 runs done, 1 diverged, 2 running, 1 paused"
 */
export function progressText(counts, diverged = 0) {
  const { total, running, paused, failed, cancelled, deleted } = counts;
  const done = doneRuns(counts);
  const others = Object.entries({ diverged, running, paused, failed, cancelled, deleted }).filter(([, number]) => number > 0);
  return [`${done === total ? "" : `${count(done)} of `}${several(total, "run")} done`, ...others.map(([word, number]) => `${count(number)} ${word}`)].join(", ");
}

/** @param {Experiment} experiment @returns {{ ok: boolean | null, text: string } | null} null where nothing was promised */
export function verdict({ table, passed, status }) {
  if (table.length === 0) return null;
  const values = several(table.length, "value");
  const known = table.filter(({ ok }) => ok !== null).length;
  const missed = table.filter(({ ok }) => ok === false).length;
  if (passed === true) {
    const within = table.length === 1 ? "the value lies within its band" : `all ${values} lie within their bands`;
    return { ok: true, text: `Reproduced: ${within}. ${printedWords(table)}` };
  }
  if (passed === false) return { ok: false, text: `Not reproduced: ${count(missed)} of ${values} ${missed === 1 ? "lies" : "lie"} outside the expected band.` };
  if (!isActive({ status })) return { ok: null, text: `No verdict: only ${count(known)} of ${values} are known.` };
  if (known === 0) return { ok: null, text: `Nothing is known yet of the ${values} to reproduce.` };
  return { ok: missed ? false : null, text: `${count(known)} of ${values} known so far, ${missed ? `${count(missed)} outside the expected band` : "all within their bands"}.` };
}

/** How much of it is the paper's own word: most bands are what we have measured. @param {Experiment["table"]} table @returns {string} */
function printedWords(table) {
  const [said, printed] = [/./, /\d/].map((sign) => table.filter(({ paper }) => sign.test(paper ?? "")).length);
  const words = said > printed ? ` and says ${count(said - printed)} in words` : "";
  const rest = said < table.length ? `; ${said === 0 ? "the" : "all other"} ${table.length - said === 1 ? "band is" : "bands are"} our own measurement` : "";
  return `Of ${table.length === 1 ? "these numbers" : "these"} the paper prints ${printed === 0 ? "none" : count(printed)}${words}${rest}.`;
}

/** @param {boolean | null} ok @returns {string} a sign that needs no colour */
export const sign = (ok) => (ok === null ? "…" : ok ? "✓" : "✗");

/** @param {boolean | null} ok @returns {string} the class of what it colours */
export const toneOf = (ok) => (ok === null ? "muted" : ok ? "good" : "bad");

/**
 * @param {number | null | undefined} value @param {Pick<Metric, "unit">} metric @param {number} [digits] of a share, after the point
 * @returns {string} "99.8 %", "0.037", "120"; "–" where there is none
 */
export const told = (value, metric, digits) => inUnit(value ?? undefined, metric, digits);

/** The end of a band or of a scale, without digits that say nothing. @param {number} value @param {Pick<Metric, "unit">} metric @returns {string} "98 %", "0.02" */
export const bound = (value, { unit }) => (unit === "share" ? `${Number((100 * value).toFixed(1))} %` : short(value));

/** @param {number | null | undefined} low @param {number | null | undefined} high @param {Pick<Metric, "unit">} metric @returns {string} " (93.1 % to 99.8 %)"; "" for no spread */
export const spreadText = (low, high, metric) => (typeof low === "number" && typeof high === "number" && low < high ? ` (${told(low, metric)} to ${told(high, metric)})` : "");

/** @param {import("../../types").SweepAxis} axis @param {number} i place of a value @returns {string} */
export function axisValue({ values, names }, i) {
  const value = values[i];
  return names?.[i] ?? (typeof value === "boolean" ? (value ? "yes" : "no") : short(Number(value)));
}

/** @param {string} id @param {number | "end" | null} [step] @returns {string} the address of a film, at a step of it */
export const filmPath = (id, step) => `/runs/${id}${typeof step === "number" ? `?step=${step}` : ""}`;

/** @param {(string | null)[]} ids null: a run that was deleted @returns {string} */
export const comparePath = (ids) => `/compare?runs=${ids.filter(Boolean).join(",")}`;

/** @param {number[]} seeds @returns {string} "seed 0", "seeds 0–4", "seeds 1, 5, 7" */
export function seedsText(seeds) {
  if (seeds.length === 1) return `seed ${seeds[0]}`;
  const row = seeds.every((seed, i) => seed === seeds[0] + i);
  return `seeds ${row ? `${seeds[0]}–${seeds.at(-1)}` : seeds.join(", ")}`;
}

/** @param {Experiment} experiment @returns {string} the metric that says most of a run in a single number; "" for none */
export const mainMetric = ({ display: { metrics, pictures } }) =>
  Object.keys(metrics).find((name) => metrics[name].vital && metrics[name].unit === "share") ?? pictures[0]?.metrics[0] ?? "";

/** @param {Experiment} experiment @param {string} name @returns {Metric} of what is not declared, its name and nothing else */
export const metricOf = ({ display: { metrics } }, name) =>
  metrics[name] ?? /** @type {Metric} */ ({ title: name.replaceAll("_", " "), short: "", unit: "none", low: null, high: null, scale: "linear", colour: "ink", dash: "solid" });

/** @param {import("../../ui/view-state.js").ViewState<any>} state @param {string} id of the part @returns {Place} */
export const placeIn = (state, id) => ({
  option: (key) => state.opened[`on.${id}.${key}`] ?? null,
  setOption: (key, value) => state.setOpen(`on.${id}.${key}`, value),
});

/** Members of one label and group, in order, and how their line is drawn: not at all beyond what charts can tell apart. @param {Experiment} experiment */
export const linesOf = ({ members, display: { lines } }) =>
  [...Map.groupBy(members, ({ label, group }) => JSON.stringify([label, group])).values()].map((own) => {
    const [{ label, group }] = own;
    return { label, group, title: [label, group].filter(Boolean).join(", "), members: own, look: lines.find((line) => line.label === label && line.group === group) };
  });
