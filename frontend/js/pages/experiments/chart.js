/**
 * Charts over steps, or over an axis of a sweep, that lie beside each other and share zoom and hidden lines. Used by the pages of
 * experiments.
 * @typedef {import("../../types-marks").Picture} Picture
 * @typedef {import("../../types-marks").Line} Line
 */

import { make, setText } from "../../ui/dom.js";
import { createSteps } from "../../marks/steps.js";

/**
 * @param {HTMLElement} element @param {import("./words.js").Place} place of what the reader chooses
 * @param {HTMLElement} tools for the buttons of the first chart, which mean all
 */
export function createCharts(element, place, tools) {
  element.classList.add("exp-charts");
  /** @type {{ figure: HTMLElement, title: HTMLElement, chart: ReturnType<typeof createSteps> }[]} */
  let charts = [];
  const sized = new ResizeObserver(() => charts.forEach(({ chart }) => chart.redraw()));
  sized.observe(element);

  /** @param {number} i @param {string} label */
  const add = (i, label) => {
    const title = make("h3", {});
    const stage = make("div", { class: "exp-chart" });
    const figure = make("figure", {}, title, stage);
    element.append(figure);
    const chart = createSteps(stage, { ...place, label, controls: i === 0 ? tools : make("div", {}) });
    return { figure, title, chart };
  };

  return {
    /** @param {{ title: string, picture: Picture }[]} pictures @param {string} stamp as marks/steps.js wants it */
    render(pictures, stamp) {
      charts.splice(pictures.length).forEach(({ figure, chart }) => {
        chart.destroy();
        figure.remove();
      });
      pictures.forEach(({ title, picture }, i) => {
        charts[i] ??= add(i, `Chart of ${[picture.panes.map((pane) => pane.title).join(", "), title].filter(Boolean).join(", ")}`);
        setText(charts[i].title, title);
        charts[i].title.hidden = title === "";
        charts[i].chart.render({ stamp, compose: () => picture, at: null });
      });
    },
    destroy() {
      sized.disconnect();
      charts.forEach(({ chart }) => chart.destroy());
    },
  };
}

/** @param {import("./seed-curve.js").Curve} curve @returns {Pick<Line, "x" | "y" | "low" | "high">} with a band where there are several seeds */
export function overSeeds({ steps, mean, low, high, count }) {
  return { x: steps, y: mean, ...(count.some((number) => number > 1) ? { low, high } : {}) };
}

/** @param {import("../../types").Metric | undefined} metric @returns {import("../../types-marks").Pane["range"]} as far as it is declared */
export const rangeOf = (metric) => [metric?.low ?? null, metric?.high ?? null];
