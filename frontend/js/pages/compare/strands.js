/**
 * The lines of the shared chart: one for each run, or one for all runs that differ in the seed alone: their mean, and how far they lie
 * apart. Pure.
 * @typedef {import("../../types").Run} Run
 * @typedef {import("../../types").Theme} Theme
 * @typedef {import("../../types").TimelineEntry} TimelineEntry
 * @typedef {{ letter: string, run: Run, numbers: readonly TimelineEntry[] }} Film numbers: of all its frames
 * @typedef {{ letter: string, label: string, colour: string, dash: import("../../display/facets.js").Dash, films: Film[] }} Strand
 * @typedef {{ x: number[], y: (number | null)[], low?: number[], high?: number[] }} Drawn low, high: of the runs, where they are several
 */

import { distinctions, lineStyles } from "../../display/facets.js";
import { differingSettings, say } from "./differences.js";

/** @param {Film[]} films @param {Theme} theme @param {boolean} together runs that differ in the seed alone @returns {Strand[]} */
export function strandsOf(films, theme, together) {
  const groups = [...Map.groupBy(films, ({ letter, run }) => (together ? JSON.stringify({ ...run.config, seed: null }) : letter)).values()];
  const displays = groups.map((group) => ({ facets: facetsOf(group[0].run).filter(({ key }) => key !== "seed" || group.length === 1) }));
  const labels = distinctions(displays);
  const styles = lineStyles(displays, theme);
  return groups.map((group, i) => {
    const alike = groups.filter((_, k) => labels[k] === labels[i]).map(([{ run }]) => run.config);
    const more = alike.length > 1 ? settingWords(alike)[alike.indexOf(group[0].run.config)] : "";
    return { letter: group.map(({ letter }) => letter).join(""), label: [labels[i], more].filter(Boolean).join(", "), ...styles[i], films: group };
  });
}

/** @param {Run} run @returns {import("../../types").Facet[]} what its display says, and before it the study that it is of */
function facetsOf({ config, display }) {
  const study = String(config.study ?? "").replaceAll("_", " ");
  return [{ key: "study", label: "study", value: study, short: study, colour: "", dash: "" }, ...display.facets];
}

/** @param {import("../../types").JsonObject[]} configs that no facet tells apart @returns {string[]} two settings at most in which they differ */
function settingWords(configs) {
  const told = differingSettings(configs).filter(({ path }) => !path.startsWith("capture.")).slice(0, 2);
  return configs.map((_, i) => told.map(({ path, values }) => `${path.split(".").at(-1)} ${say(values[i])}`).join(", "));
}

/** @param {Strand} strand @param {string} metric @returns {Drawn} */
export function drawn({ films: [first, ...others] }, metric) {
  const measured = first.numbers.filter(({ metrics }) => metrics[metric] !== undefined);
  if (others.length === 0) return { x: measured.map(({ step }) => step), y: measured.map(({ metrics }) => metrics[metric]) };
  const more = others.map(({ numbers }) => new Map(numbers.map(({ step, metrics }) => [step, metrics[metric]]))).filter(({ size }) => size > 0);
  const rows = measured.map(({ step, metrics }) => ({ step, values: [metrics[metric], ...more.map((values) => values.get(step))] }))
    .filter(({ values }) => !values.includes(undefined));
  const all = rows.map(({ values }) => values.map((value) => value ?? NaN)); // where one of them is no number, so is their mean
  return {
    x: rows.map(({ step }) => step), y: all.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    low: all.map((values) => Math.min(...values)), high: all.map((values) => Math.max(...values)),
  };
}
