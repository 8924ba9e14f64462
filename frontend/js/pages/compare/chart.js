/**
 * One metric of several runs over gradient steps: a line for each, named at its end. Used by compare.js.
 * @typedef {import("./strands.js").Strand} Strand
 * @typedef {import("./strands.js").Film} Film
 * @typedef {import("./words.js").NamedMetric} NamedMetric
 * @typedef {{ films: Film[], strands: Strand[], stamp: string, spacing: "linear" | "geometric", pointed: string | null, frame: { step: number },
 *   timeline: { entries: readonly { step: number }[], totalSteps: number } }} JointMoment stamp: differs when there is more to draw, or in
 *   other colours; pointed: the letter of the run that stands out
 * @typedef {import("../../types").PanelContext & { metric: () => string, setMetric(name: string): void, together: () => boolean, setTogether(on: boolean): void }} ChartContext
 */

import { createSteps } from "../../marks/steps.js";
import { button, make } from "../../ui/dom.js";
import { tellMetric } from "./crossings.js";
import { drawn } from "./strands.js";
import { metricGroups } from "./words.js";

/** @param {HTMLElement} element @param {ChartContext} context */
export function createChart(element, context) {
  const select = make("select", { "aria-label": "Measure", class: "compare-measure" });
  const seeds = button("Seeds together", () => context.setTogether(!context.together()), { class: "button quiet", title: "Runs that differ in the seed alone as one: their mean, and from the least to the largest" });
  const buttons = make("div", { class: "panel-controls" });
  select.addEventListener("change", () => context.setMetric(select.value));
  context.controls.replaceChildren(select, seeds, buttons);
  const chart = createSteps(element, { ...context, controls: buttons, label: "The measure of all runs over gradient steps; the Table button gives the numbers" });
  let offered = "";

  /** @param {JointMoment} moment @returns {NamedMetric | undefined} */
  const chosen = ({ films }) => {
    const metrics = metricGroups(films.map(({ run }) => run.display)).flatMap(([, some]) => some);
    return metrics.find(({ name }) => name === context.metric()) ?? metrics[0];
  };

  /** @param {Film[]} films @param {string} name */
  function offer(films, name) {
    const groups = metricGroups(films.map(({ run }) => run.display));
    const next = JSON.stringify(groups.map(([, metrics]) => metrics.map(({ title }) => title)));
    if (next !== offered) {
      select.replaceChildren(...groups.map(([group, metrics]) => make("optgroup", { label: group || "others" }, ...metrics.map((metric) => make("option", { value: metric.name, title: metric.text }, metric.title)))));
      offered = next;
    }
    select.value = name;
    seeds.setAttribute("aria-pressed", String(context.together()));
  }

  return {
    /** @param {JointMoment} moment */
    render(moment) {
      const metric = chosen(moment);
      if (!metric) return;
      offer(moment.films, metric.name);
      chart.render({ stamp: `${metric.name} ${moment.stamp}`, compose: () => compose(moment, metric), at: moment.frame.step });
      chart.point(moment.strands.find(({ films }) => films.some(({ letter }) => letter === moment.pointed))?.letter ?? null);
    },
    resize: chart.redraw,
    destroy: chart.destroy,
    /** @param {JointMoment} moment */
    caption(moment) {
      const metric = chosen(moment);
      return metric ? tellMetric(moment.films, moment.frame.step, metric) : "";
    },
    /** @param {JointMoment} moment */
    table(moment) {
      const metric = chosen(moment);
      return metric ? table(moment, metric) : { columns: [], rows: [] };
    },
  };
}

/** @param {JointMoment} moment @param {NamedMetric} metric @returns {import("../../types-marks").Picture} */
function compose({ films, strands, timeline, spacing }, metric) {
  const { name, title, low, high, scale } = metric;
  const lines = strands.map((strand) => {
    const { letter, label, colour, dash } = strand;
    return { key: letter, pane: 0, label: [letter, label].filter(Boolean).join(" "), colour, dash, width: 1.75, ...drawn(strand, name) };
  });
  const some = lines.some(({ x }) => x.length > 0);
  const declared = films.flatMap(({ run }) => run.display.metrics[name] ?? []);
  const agreed = declared[0]?.references.filter((one) => declared.every(({ references }) => references.some(({ value, text }) => value === one.value && text === one.text)));
  return {
    panes: [{ title: some ? title : `${title}: not measured in these runs`, range: [low, high], scale }],
    lines,
    references: (agreed ?? []).map((one) => ({ pane: 0, ...one })),
    x: { title: "gradient steps", word: "Step", spacing, last: timeline.totalSteps },
    places: timeline.entries.map(({ step }) => step),
    labelsAtEdge: true,
  };
}

/** @param {JointMoment} moment @param {NamedMetric} metric @returns {import("../../types").TableData} */
function table({ strands, timeline }, { name }) {
  const columns = strands.flatMap((strand) => {
    const { x, y, low, high } = drawn(strand, name);
    const title = [strand.letter, strand.label].filter(Boolean).join(" ");
    const column = (/** @type {string} */ words, /** @type {(number | null)[]} */ values) => ({ title: title + words, at: new Map(x.map((step, i) => [step, values[i]])) });
    return low && high ? [column(", mean", y), column(", least", low), column(", largest", high)] : [column("", y)];
  });
  return {
    columns: ["step", ...columns.map(({ title }) => title)],
    rows: timeline.entries.map(({ step }) => [step, ...columns.map(({ at }) => (at.has(step) ? at.get(step) ?? null : ""))]),
  };
}
