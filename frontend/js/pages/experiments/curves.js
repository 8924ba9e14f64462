/**
 * Curves of an experiment over steps, the seeds drawn together: a chart for each group with a line for each member, or a chart for
 * each member with a line for each metric, as its picture declares. Used by body.js.
 * @module
 */

import { make } from "../../ui/dom.js";
import { percent } from "../../display/numbers.js";
import { createCharts, overSeeds, rangeOf } from "./chart.js";
import { createSection, segments } from "./section.js";
import { doneRuns, linesOf, told } from "./words.js";

/** @typedef {import("../../types").Experiment} Experiment */

/**
 * @param {import("../../types").CurvesPicture} picture @param {Experiment} first
 * @param {import("./metrics.js").RunMetrics} metrics @param {import("./words.js").Place} place @returns {import("./body.js").Part}
 */
export function curvesPart(picture, first, metrics, place) {
  const byMetric = picture.lines === "metrics";
  const section = createSection(picture.title, () => numbers(), place);
  const holder = make("div", {});
  const { metrics: declared } = first.display;
  const titleOf = (/** @type {string} */ name) => declared[name]?.title ?? name.replaceAll("_", " ");
  const choice = segments(`Metric: ${picture.title}`, picture.metrics.map((name) => ({ value: name, text: titleOf(name) })), (name) => place.setOption("metric", name === picture.metrics[0] ? null : name));
  if (!byMetric && picture.metrics.length > 1) section.tools.append(choice.element);
  const charts = createCharts(holder, place, section.tools);
  section.body.append(holder);
  let experiment = first;

  const chosen = () => picture.metrics.find((name) => name === place.option("metric")) ?? picture.metrics[0];

  /** Charts with their lines, each with its seeds. */
  const plan = () => {
    const lines = linesOf(experiment).filter(({ told: one }) => one);
    if (byMetric) {
      return lines.map(({ label, group, members, references }) => ({
        title: [label, group].filter(Boolean).join(", "), references,
        lines: picture.metrics.map((name) => ({ label: declared[name]?.short || titleOf(name), name, member: label, group, colour: declared[name]?.colour ?? "ink", dash: declared[name]?.dash ?? "solid", curve: metrics.curve(members, name) })),
      }));
    }
    const name = chosen();
    return [...new Set(lines.map(({ group }) => group))].map((group) => {
      const own = lines.filter((line) => line.group === group);
      return {
        title: group, references: own.flatMap(({ references }) => references[name] ?? []).length ? { [name]: own.find(({ references }) => references[name])?.references[name] ?? [] } : {},
        lines: own.map(({ label, colour, dash, members }) => ({ label, name, member: label, group, colour, dash, curve: metrics.curve(members, name) })),
      };
    });
  };

  /** @param {Experiment} next */
  const update = (next) => {
    experiment = next;
    const name = chosen();
    choice.mark(name);
    const last = Math.max(1, ...next.members.map(({ run }) => run?.total_steps ?? 0));
    const spacing = next.display.lines.some((line) => line.spacing === "geometric") ? "geometric" : "linear";
    const shares = (byMetric ? picture.metrics : [name]).every((one) => declared[one]?.unit === "share");
    const drawn = plan();
    charts.render(drawn.map(({ title, lines, references }) => ({
      title,
      picture: {
        panes: [{
          title: byMetric ? "" : titleOf(name), range: (shares || byMetric ? picture.range : null) ?? (byMetric ? [null, null] : rangeOf(declared[name])),
          scale: byMetric ? "linear" : (declared[name]?.scale ?? "linear"), ...(shares ? { format: (/** @type {number} */ value) => percent(value, 0) } : {}),
        }],
        lines: lines.map(({ label, colour, dash, curve }, i) => ({ key: `${i}`, pane: 0, label, colour, dash: /** @type {any} */ (dash), width: 2, ...overSeeds(curve) })),
        x: { title: "gradient steps", word: "Step", spacing, last },
        references: Object.entries(references).flatMap(([one, some]) => (byMetric && !picture.metrics.includes(one) ? [] : some.map((reference) => ({ pane: 0, ...reference })))),
        expected: lines.flatMap(({ name: metric, member, group, label, colour }) => next.table.filter((row) => row.metric === metric && row.member === member && row.group === group).map(({ low, high, step, paper, ok }) => ({
          pane: 0, x: step === "end" ? last : step, low, high, colour, missed: ok === false,
          text: `${label}: expected ${told(low, declared[metric])} to ${told(high, declared[metric])}${paper ? `; the paper: ${paper}` : ""}`,
        }))),
      },
    })), [name, metrics.version, doneRuns(next.counts), next.table.filter(({ ok }) => ok !== null).length].join(" "));
    section.say(sentence(drawn));
    section.refresh();
  };

  /** @param {ReturnType<typeof plan>} drawn */
  const sentence = (drawn) => {
    const said = drawn.flatMap(({ title, lines }) => {
      const ends = lines.filter(({ curve }) => curve.steps.length > 0).map(({ label, name, curve }) => `${label} ${told(curve.mean.at(-1), declared[name])}`);
      return ends.length ? [`${title ? `${title[0].toUpperCase()}${title.slice(1)}: ` : ""}${ends.join(", ")}`] : [];
    });
    if (said.length === 0) return "The curves appear with the first frames of the first run.";
    const holes = metrics.failed.size ? ` The numbers of ${metrics.failed.size} of the runs could not be loaded.` : "";
    return `${said.join(". ")}. ${picture.text ? `${picture.text} ` : ""}Lines are means over seeds, bands their whole spread, bars what is expected.${holes}`;
  };

  /** @returns {import("./section.js").Numbers} */
  const numbers = () => {
    const named = (/** @type {string} */ title) => ({ title, metric: byMetric ? undefined : declared[chosen()] });
    return {
      columns: [byMetric ? "member" : "group", byMetric ? "metric" : "member", "step", named("mean"), named("least"), named("largest"), "seeds"],
      rows: plan().flatMap(({ title, lines }) => lines.flatMap(({ label, name, curve: { steps, mean, low, high, count } }) =>
        steps.map((step, i) => [title, byMetric ? titleOf(name) : label, step, mean[i], low[i], high[i], count[i]]))),
      caption: `At every frame: ${byMetric ? picture.title : titleOf(chosen())}`,
    };
  };

  return { element: section.element, update, destroy: charts.destroy };
}
