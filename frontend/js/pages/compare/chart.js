/**
 * One metric of several runs over gradient steps: a line for each, or one for all that differ in the seed alone, their mean and spread.
 * @import { Facet, JsonObject, PanelContext, Run, TableData, Theme, TimelineEntry } from "../../types"
 * @import { NamedMetric } from "./words.js"
 * @typedef {{ letter: string, run: Run, numbers: readonly TimelineEntry[] }} Film numbers: of all its frames
 * @typedef {{ letter: string, label: string, colour: string, dash: import("../../display/facets.js").Dash, films: Film[] }} Strand
 * @typedef {{ x: number[], y: (number | null)[], low?: number[], high?: number[] }} Drawn low, high: of the runs, where they are several
 * @typedef {{ films: Film[], strands: Strand[], metrics: [string, NamedMetric[]][], metric: NamedMetric, stamp: string, spacing: "linear" | "geometric",
 *   pointed: string | null, frame: { step: number }, timeline: { entries: readonly { step: number }[], totalSteps: number } }} JointMoment metrics: by
 *   group, that can be chosen; stamp: differs when there is more to draw, or in other colours; pointed: the letter of the run that stands out
 */

import { distinctions, lineStyles } from "../../display/facets.js";
import { createSteps } from "../../marks/steps.js";
import { button, make } from "../../ui/dom.js";
import { differingSettings, say } from "./differences.js";
import { tellMetric } from "./words.js";

/** @param {HTMLElement} element @param {PanelContext} context @param {import("../../panels/film-view.js").FilmView<any>} view */
export function createChart(element, context, view) {
  const select = make("select", { "aria-label": "Measure", class: "compare-measure" });
  const seeds = button("Seeds together", () => view.set({ seeds: !view.value.seeds }), { class: "button quiet", title: "Runs that differ in the seed alone as one: their mean, and from the least to the largest" });
  const buttons = make("div", { class: "panel-controls" });
  select.addEventListener("change", () => view.set({ curve: select.value }));
  context.controls.replaceChildren(select, seeds, buttons);
  const chart = createSteps(element, { ...context, controls: buttons, label: "The measure of all runs over gradient steps; the Table button gives the numbers" });
  let offered = "";
  let shown = "";

  return {
    /** @param {JointMoment} moment */
    render(moment) {
      const { metrics, metric } = moment;
      const next = JSON.stringify(metrics.map(([, some]) => some.map(({ title }) => title)));
      if (next !== offered) {
        select.replaceChildren(...metrics.map(([group, some]) => make("optgroup", { label: group || "others" },
          ...some.map(({ name, title, text }) => make("option", { value: name, title: text }, title)))));
      }
      offered = next;
      select.value = metric.name;
      seeds.setAttribute("aria-pressed", String(view.value.seeds));
      chart.render({ stamp: `${metric.name} ${moment.stamp}`, compose: () => compose(moment), at: moment.frame.step });
      if (shown && shown !== metric.name) chart.redraw(); // what the reader chooses does not wait, as what comes in by itself may
      shown = metric.name;
      chart.point(moment.strands.find(({ films }) => films.some(({ letter }) => letter === moment.pointed))?.letter ?? null);
    },
    resize: chart.redraw,
    destroy: chart.destroy,
    /** @param {JointMoment} moment */
    caption: ({ films, frame, metric }) => tellMetric(films, frame.step, metric),
    table,
  };
}

/** @param {Strand} strand */
const nameOf = ({ letter, label }) => [letter, label].filter(Boolean).join(" ");

/** @param {JointMoment} moment @returns {import("../../types-marks").Picture} */
function compose({ films, strands, timeline, spacing, metric: { name, title, low, high, scale } }) {
  const lines = strands.map((strand) => {
    const { letter, colour, dash } = strand;
    return { key: letter, pane: 0, label: nameOf(strand), colour, dash, width: 1.75, ...drawn(strand, name) };
  });
  const [first, ...others] = films.flatMap(({ run }) => run.display.metrics[name] ?? []);
  const agreed = first?.references.filter((one) => others.every(({ references }) => references.some(({ value, text }) => value === one.value && text === one.text)));
  return {
    panes: [{ title: lines.some(({ x }) => x.length > 0) ? title : `${title}: not measured in these runs`, range: [low, high], scale }],
    lines,
    references: (agreed ?? []).map((one) => ({ pane: 0, ...one })),
    x: { title: films.every(({ run }) => run.display.steps === films[0].run.display.steps) ? films[0].run.display.steps : "steps", word: "Step", spacing, last: timeline.totalSteps },
    places: timeline.entries.map(({ step }) => step),
    labelsAtEdge: true,
  };
}

/** @param {JointMoment} moment @returns {TableData} */
function table({ strands, timeline, metric: { name } }) {
  const columns = strands.flatMap((strand) => {
    const { x, y, low, high } = drawn(strand, name);
    const column = (/** @type {string} */ words, /** @type {(number | null)[]} */ values) => ({ title: nameOf(strand) + words, at: new Map(x.map((step, i) => [step, values[i]])) });
    return low && high ? [column(", mean", y), column(", least", low), column(", largest", high)] : [column("", y)];
  });
  return {
    columns: ["step", ...columns.map(({ title }) => title)],
    rows: timeline.entries.map(({ step }) => [step, ...columns.map(({ at }) => (at.has(step) ? at.get(step) ?? null : ""))]),
  };
}

/** @param {Film[]} films @param {Theme} theme @param {boolean} together runs that differ in the seed alone @returns {Strand[]} */
export function strandsOf(films, theme, together) {
  const groups = [...Map.groupBy(films, ({ letter, run }) => (together ? JSON.stringify({ ...run.config, seed: null }) : letter)).values()];
  const displays = groups.map((group) => ({ facets: facetsOf(group[0].run).filter(({ key }) => key !== "seed" || group.length === 1) }));
  const labels = distinctions(displays);
  const styles = lineStyles(displays, theme);
  return groups.map((group, i) => {
    const alike = groups.filter((_, k) => labels[k] === labels[i]).map(([{ run }]) => run.config);
    const more = settingWords(alike)[alike.indexOf(group[0].run.config)];
    return { letter: group.map(({ letter }) => letter).join(""), label: [labels[i], more].filter(Boolean).join(", "), ...styles[i], films: group };
  });
}

/** What its display says, and before it the study that it is of. @param {Run} run @returns {Facet[]} */
function facetsOf({ config, display }) {
  const study = String(config.study ?? "").replaceAll("_", " ");
  return [{ key: "study", label: "study", value: study, short: study, colour: "", dash: "" }, ...display.facets];
}

/** @param {JsonObject[]} configs that no facet tells apart @returns {string[]} two settings at most in which they differ */
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
