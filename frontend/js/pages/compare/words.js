/**
 * How the runs of a comparison are told apart: letters, a few words, colours; and what of their events is marked. Pure.
 * Used by pages/compare*.js.
 * @typedef {import("../../types").Run} Run
 * @typedef {import("../../types").RunEvent} RunEvent
 * @typedef {import("../../types").JsonObject} JsonObject
 * @typedef {import("../../types").TimelineEntry} TimelineEntry
 */

import { count } from "../../ui/dom.js";
import { methodColour, methodLabel } from "../../methods.js";
import { milestones } from "../../film/milestones.js";
import { facets, isOfPatterns, signalWords } from "../../problems.js";
import { isMoving } from "../../film/status.js";
import { differingSettings, oddOnes, say } from "./differences.js";

/** @typedef {import("./shared-curves.js").Dash} Dash */

/** @type {Record<"structure" | "none", [Dash, Dash]>} */
const DASHES = { structure: ["solid", "dot"], none: ["dash", "dashdot"] };
const SHADES = [0, 0.3, 0.5]; // of ink in a colour

/** Marked on the shared timeline; all others would be too many. */
const MARKED = ["forked", "teacher", "emerged", "probe", "control", "diverged"];

/** @param {number} place @returns {string} A, B, C … */
export const letterOf = (place) => String.fromCharCode(65 + place);

/** @param {JsonObject} config @returns {{method: string, structure: boolean, seed: number}} structure: also true labels, of images */
function traits({ method, problem, seed }) {
  const { kind } = /** @type {{kind?: string}} */ (method ?? {});
  const { structure, random_labels: coins } = /** @type {{structure?: boolean, random_labels?: boolean}} */ (problem ?? {});
  return { method: kind ?? "network", structure: structure !== false && coins !== true, seed: Number(seed ?? 0) };
}

/** @param {JsonObject} config @returns {string} "network, no input structure, seed 0"; "random labels, MNIST, 0/1, …" */
export function describe(config) {
  if (!isOfPatterns(config)) return [...facets(config).map(([, word]) => word), `seed ${config.seed}`].join(", ");
  const { method, structure, seed } = traits(config);
  return [methodLabel(method), ...(structure ? [] : ["no input structure"]), `seed ${seed}`].join(", ");
}

/**
 * @param {JsonObject[]} configs
 * @returns {string[]} per run a word or two that others lack, short beside a line whose dashes tell the structure; perhaps ""
 */
export function distinctions(configs) {
  const words = configs.some(isOfPatterns) ? ofPatterns(configs) : ofImages(configs);
  const keys = configs.map((config, i) => `${words[i]} ${isOfPatterns(config) && traits(config).structure}`);
  return words.map((word, i) => {
    const alike = configs.filter((_, k) => keys[k] === keys[i]);
    return [word, alike.length > 1 ? settingWords(alike)[alike.indexOf(configs[i])] : ""].filter(Boolean).join(", ");
  });
}

/** @param {JsonObject[]} configs that nothing else tells apart @returns {string[]} "seed 1", "p_o 0.2": what they differ in, two settings at most */
function settingWords(configs) {
  const rows = differingSettings(configs).filter(({ path }) => !path.startsWith("capture."));
  const seeds = rows.filter(({ path, values }) => path === "seed" && new Set(values).size === configs.length);
  const told = seeds.length ? seeds : rows.filter(({ path }) => path !== "seed").slice(0, 2);
  return configs.map((_, i) => told.map(({ path, values }) => `${path.split(".").at(-1)} ${say(values[i])}`).join(", "));
}

/** @param {JsonObject[]} configs @returns {string[]} */
function ofPatterns(configs) {
  const all = configs.map(traits);
  const differ = (/** @type {"method" | "structure"} */ key) => new Set(all.map((one) => one[key])).size > 1;
  return all.map(({ method, structure }) =>
    differ("method") ? methodLabel(method) : differ("structure") && !structure ? "no structure" : "");
}

/** @param {JsonObject[]} configs @returns {string[]} at most two facets each, without those that most runs have */
function ofImages(configs) {
  const all = configs.map((config) => new Map(facets(config)));
  const keys = [...new Set(all.flatMap((one) => [...one.keys()]))];
  const odd = keys.map((key) => {
    const words = all.map((one) => one.get(key));
    const marks = oddOnes(words);
    const differ = words.some((word) => word !== words[0]);
    const none = !marks.includes(true); // no value is more common than the others
    return words.map((word, i) => (differ && (marks[i] || none) ? word : undefined));
  });
  return configs.map((_, i) => odd.flatMap((words) => words[i] ?? []).slice(0, 2).join(", "));
}

/** @param {Run[]} runs @returns {{plus: string, minus: string}} the words that they share for their signals */
export function sharedSignal(runs) {
  const all = runs.map(signalWords);
  return all.some(({ name }) => name !== all[0].name) ? { plus: "+ signal", minus: "− signal" } : (all[0] ?? signalWords({ patterns: null }));
}

/**
 * The colour says the method, or what else sets runs apart where some are of images; dashes say that the inputs have no structure, or
 * labels are coin flips. Runs that share both take the colours that are left, and every other one dots, or dashes with dots; in
 * the end shades, so that no two look the same.
 * @param {JsonObject[]} configs @param {import("../../types").Colours} colours
 * @returns {{colour: string, dash: Dash}[]}
 */
export function lineStyles(configs, colours) {
  const { series, ink } = colours;
  const variantOf = (/** @type {JsonObject} */ config) => (isOfPatterns(config) ? traits(config).method : JSON.stringify(facets(config)));
  const variants = [...new Set(configs.map(variantOf))];
  const own = variants.map((variant, i) => (configs.every(isOfPatterns) ? methodColour(variant, colours) : series[i % series.length]));
  const spare = series.filter((colour) => !own.includes(colour));
  /** @type {{ group: string, colour: string, look: string }[]} */
  const before = [];
  return configs.map((config) => {
    const { structure } = traits(config);
    const mine = own[variants.indexOf(variantOf(config))];
    const group = variants.length > 1 ? `${mine} ${structure}` : "";
    const times = (/** @type {string} */ colour) => before.filter((one) => one.colour === colour && (colour !== mine || one.group === group)).length;
    const colour = [mine, ...spare].toSorted((a, b) => times(a) - times(b))[0];
    const place = before.filter((one) => one.group === group).length;
    const dashes = DASHES[structure ? "structure" : "none"];
    const looks = SHADES.flatMap((shade) => [dashes[place % 2], dashes[(place + 1) % 2]].map((dash) => ({ colour: mix(colour, ink, shade), dash })));
    const look = looks.find((one) => before.every((other) => other.look !== JSON.stringify(one))) ?? looks[0];
    before.push({ group, colour, look: JSON.stringify(look) });
    return look;
  });
}

/** @param {string} from rgb() @param {string} to rgb() @param {number} share @returns {string} */
function mix(from, to, share) {
  const channels = (/** @type {string} */ colour) => (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  const target = channels(to);
  return `rgb(${channels(from).map((value, i) => Math.round(value + (target[i] - value) * share)).join(", ")})`;
}

/**
 * @param {{letter: string, run: Run | null, entries: readonly TimelineEntry[]}[]} films
 * @returns {RunEvent[]} in order of step, the first of its kind for each run; runs that share step and kind share a mark
 */
export function sharedMarks(films) {
  /** @type {Map<string, {event: RunEvent, letters: string[]}>} */
  const found = new Map();
  for (const { letter, run, entries } of films) {
    const events = run ? milestones(entries, run) : [];
    for (const kind of MARKED) {
      const event = events.find((one) => one.kind === kind);
      if (!event) continue;
      const mark = found.get(`${kind} ${event.step}`) ?? { event, letters: [] };
      found.set(`${kind} ${event.step}`, { event, letters: [...mark.letters, letter] });
    }
  }
  return [...found.values()]
    .map(({ event, letters }) => ({ ...event, text: `${letters.join(", ")} ${event.kind}: ${event.text}` }))
    .sort((a, b) => a.step - b.step);
}

/** @param {Run} run @returns {{text: string, status: string}} a word for the tile, and the dot beside it */
export function statusOf({ status, progress, events }) {
  const diverged = events.find((event) => event.kind === "diverged");
  if (diverged) return { text: `diverged at step ${count(diverged.step)}`, status: "diverged" };
  if (status === "running") return { text: `step ${count(progress.step)} of ${count(progress.total)}`, status };
  if (status === "paused") return { text: `paused at step ${count(progress.step)} of ${count(progress.total)}`, status };
  return { text: status === "succeeded" ? "done" : status, status };
}

/**
 * @param {Run[]} runs that are known @param {number} all
 * @param {{complete: number, connection: {state: string, attempt: number} | null}} comparison complete: Infinity where nothing more can come
 * @returns {{text: string, status: string}} where the comparison stands, and the dot beside it
 */
export function statusOfAll(runs, all, { complete, connection }) {
  const [moving, paused] = [runs.filter((run) => isMoving(run.status)), runs.filter((run) => run.status === "paused")].map((some) => some.length);
  const rest = paused ? [`${paused} of ${all} paused`] : [];
  if (connection && connection.state !== "live" && connection.attempt > 1) return { text: "not connected", status: "queued" };
  if (moving) return { text: [`live · ${moving + paused} of ${all} still to end`, ...rest].join(", "), status: "running" };
  if (paused) return { text: rest.join(), status: "paused" };
  if (complete < Infinity) return { text: "loading…", status: "running" };
  const lost = runs.filter((run) => statusOf(run).status === "diverged").length;
  return lost ? { text: `all done, ${count(lost)} diverged`, status: "diverged" } : { text: "all done", status: "succeeded" };
}
