/**
 * Curves of an experiment over steps, the seeds drawn together: a chart for each group with a line for each member, or a chart for
 * each member with a line for each metric, as its picture declares. Charts beside each other share zoom and hidden lines.
 * @import { Experiment, Metric } from "../../types"
 * @import { Picture } from "../../types-marks"
 */

import { percent } from "../../display/numbers.js";
import { make } from "../../ui/dom.js";
import { createSteps } from "../../marks/steps.js";
import { createSection } from "./section.js";
import { doneRuns, linesOf, metricOf, told } from "./words.js";

/** @type {import("./section.js").PicturePart<import("../../types").CurvesPicture>} */
export const curvesPart = (picture, first, metrics, place) => {
  const byMetric = picture.lines === "metrics";
  let experiment = first;
  const declared = (/** @type {string} */ name) => metricOf(experiment, name);
  const section = createSection(picture.title, () => numbers(), place);
  const offered = byMetric ? picture.metrics.slice(0, 1) : picture.metrics;
  const chosen = section.offer({ key: "metric", label: `Metric: ${picture.title}`, choices: offered.map((name) => ({ value: name, title: declared(name).title })) }, place);
  const charts = createCharts(section.body.appendChild(make("div")), place, section.tools);

  /** Charts with their lines, each with its seeds. */
  const plan = () => {
    const lines = linesOf(experiment).flatMap(({ look, ...line }) => (look ? [{ ...line, look }] : []));
    const name = chosen();
    const groups = byMetric ? lines.map((line) => ({ title: line.title, pairs: picture.metrics.map((one) => ({ line, name: one })) }))
      : [...Map.groupBy(lines, ({ group }) => group)].map(([title, own]) => ({ title, pairs: own.map((line) => ({ line, name })) }));
    return groups.map(({ title, pairs }) => ({
      title,
      lines: pairs.map(({ line, name: one }) => ({
        ...line, name: one, curve: metrics.curve(line.members, one), references: line.look.references[one] ?? [],
        drawn: byMetric ? lookOf(declared(one)) : { label: line.label, colour: line.look.colour, dash: line.look.dash },
      })),
    }));
  };

  /** @param {Experiment} next */
  const update = (next) => {
    experiment = next;
    const name = chosen();
    const last = Math.max(1, ...next.members.map(({ run }) => run?.total_steps ?? 0));
    const spacing = next.display.lines.some((line) => line.spacing === "geometric") ? "geometric" : "linear";
    const shares = (byMetric ? picture.metrics : [name]).every((one) => declared(one).unit === "share");
    /** @type {import("../../types-marks").Pane} */
    const pane = byMetric ? { title: "" } : paneOf(declared(name));
    const charted = plan();
    charts.render(charted.map(({ title, lines }) => ({
      title,
      picture: {
        panes: [{ ...pane, range: (shares || byMetric ? picture.range : null) ?? pane.range, ...(shares ? { format: (/** @type {number} */ value) => percent(value, 0) } : {}) }],
        lines: lines.map(({ drawn, curve }, i) => ({ key: `${i}`, pane: 0, ...drawn, ...overSeeds(curve) })),
        x: { title: "steps", word: "Step", spacing, last },
        references: [...new Map(lines.flatMap(({ references }) => references.map((one) => [`${one.value} ${one.text}`, { pane: 0, ...one }]))).values()],
        expected: lines.flatMap(({ name: metric, label, group, drawn }) => next.table.filter((row) => row.metric === metric && row.member === label && row.group === group).map(({ low, high, step, paper, ok }) => ({
          pane: 0, x: step === "end" ? last : step, low, high, colour: drawn.colour, missed: ok === false,
          text: `${drawn.label}: expected ${told(low, declared(metric))} to ${told(high, declared(metric))}${paper ? `; the paper: ${paper}` : ""}`,
        }))),
      },
    })), [name, metrics.version, doneRuns(next.counts), next.table.filter(({ ok }) => ok !== null).length].join(" "));
    section.say(sentence(charted));
  };

  /** @param {ReturnType<typeof plan>} charted */
  const sentence = (charted) => {
    const said = charted.flatMap(({ title, lines }) => {
      const ends = lines.filter(({ curve }) => curve.steps.length > 0).map(({ drawn, name, curve }) => `${drawn.label} ${told(curve.mean.at(-1), declared(name))}`);
      return ends.length ? [`${title ? `${title[0].toUpperCase()}${title.slice(1)}: ` : ""}${ends.join(", ")}`] : [];
    });
    if (said.length === 0) return "The curves appear with the first frames of the first run.";
    const holes = metrics.failed.size ? ` The numbers of ${metrics.failed.size} of the runs could not be loaded.` : "";
    return `${said.join(". ")}. ${picture.text ? `${picture.text} ` : ""}Lines are means over seeds, bands their whole spread, bars what is expected.${holes}`;
  };

  /** @returns {import("./section.js").Numbers} */
  const numbers = () => {
    const metric = declared(chosen());
    const named = (/** @type {string} */ title) => ({ title, metric: byMetric ? { unit: /** @type {const} */ ("none") } : metric });
    return {
      columns: [byMetric ? "member" : "group", byMetric ? "metric" : "member", "step", named("mean"), named("least"), named("largest"), "seeds"],
      rows: plan().flatMap(({ title: chart, lines }) => lines.flatMap(({ drawn, name, curve: { steps, mean, low, high, count } }) =>
        steps.map((step, i) => [chart, byMetric ? declared(name).title : drawn.label, step, mean[i], low[i], high[i], count[i]]))),
      caption: `At every frame: ${byMetric ? picture.title : metric.title}`,
    };
  };

  return { element: section.element, update, destroy: charts.destroy };
};

/**
 * @param {HTMLElement} element @param {import("./words.js").Place | null} place of what the reader chooses; null: each chart keeps it
 * @param {HTMLElement} tools for the buttons of the first chart, which mean all
 */
export function createCharts(element, place, tools) {
  element.classList.add("exp-charts");
  /** @type {ReturnType<typeof createSteps>[]} */
  const charts = [];
  const sized = new ResizeObserver(() => charts.forEach((chart) => chart.redraw()));
  sized.observe(element);

  return {
    /** @param {{ title: string, picture: Picture }[]} pictures always as many @param {string} stamp as marks/steps.js wants it */
    render(pictures, stamp) {
      pictures.forEach(({ title, picture }, i) => {
        if (!charts[i]) {
          const stage = make("div", { class: "exp-chart" });
          element.append(make("figure", {}, ...(title ? [make("h3", {}, title)] : []), stage));
          const label = `Chart of ${[picture.panes.map((pane) => pane.title).join(", "), title].filter(Boolean).join(", ")}`;
          charts[i] = createSteps(stage, { ...place, label, controls: i === 0 ? tools : make("div") });
        }
        charts[i].render({ stamp, compose: () => picture, at: null });
      });
    },
    destroy() {
      sized.disconnect();
      charts.forEach((chart) => chart.destroy());
    },
  };
}

/** @param {ReturnType<import("./metrics.js").RunMetrics["curve"]>} curve with a band where there are several seeds */
export const overSeeds = ({ steps, mean, low, high, count }) => ({ x: steps, y: mean, width: 2, ...(count.some((number) => number > 1) ? { low, high } : {}) });

/** @param {Metric} metric @returns {import("../../types-marks").Pane} */
export const paneOf = ({ title, low, high, scale }) => ({ title, range: [low, high], scale });

/** @param {Metric} metric */
export const lookOf = ({ short, title, colour, dash }) => ({ label: short || title, colour, dash });
