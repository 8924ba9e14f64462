/**
 * What the page of a figure, or of a group of runs, shows below its head: the pictures that are declared, expected against
 * reproduced, and all films. Used by experiment.js.
 * @module
 */

import { make } from "../../ui/dom.js";
import { onThemeChange } from "../../ui/theme.js";
import { curvesPart } from "./curves.js";
import { framesPart } from "./frames.js";
import { RunMetrics } from "./metrics.js";
import { filmsTable, runsPart } from "./runs.js";
import { createSection } from "./section.js";
import { tablePart } from "./table.js";
import { mainMetric, placeIn } from "./words.js";

/** @typedef {import("../../types").Experiment} Experiment */
/** @typedef {{ element: HTMLElement, update: (experiment: Experiment) => void, destroy: () => void }} Part */

/** @param {Experiment} first @param {import("../../ui/view-state.js").ViewState<any>} state @returns {Part} */
export function experimentBody(first, state) {
  const metrics = new RunMetrics();
  const pictures = first.display.pictures.map((picture, i) =>
    (picture.kind === "frames" ? framesPart(picture, first, metrics, placeIn(state, `p${i}`)) : curvesPart(picture, first, metrics, placeIn(state, `p${i}`))));
  const parts = [...pictures, ...(first.table.length ? [tablePart(first)] : []), ...differences(first), first.kind === "runs" ? runsPart(first) : filmsPart(first)];
  let experiment = first;
  let request = 0;

  const redraw = () => {
    request = 0;
    pictures.forEach((picture) => picture.update(experiment));
  };
  const soon = () => (request ||= requestAnimationFrame(redraw));
  metrics.addEventListener("change", soon);
  state.addEventListener("change", soon);
  const stopTheme = onThemeChange(soon);

  return {
    element: make("div", { class: "exp-parts" }, ...parts.map(({ element }) => element)),
    update(next) {
      experiment = next;
      parts.forEach((part) => part.update(next));
      if (pictures.length) metrics.update(next.members.filter(({ label, group }) => next.display.lines.some((line) => line.label === label && line.group === group)));
    },
    destroy() {
      cancelAnimationFrame(request);
      state.removeEventListener("change", soon);
      stopTheme();
      metrics.stop();
      parts.forEach((part) => part.destroy());
    },
  };
}

/** @param {Experiment} first @returns {Part} */
function filmsPart(first) {
  const section = createSection("The films", null);
  const links = filmsTable(first);
  const metric = mainMetric(first);
  section.say(`Every run can be watched${metric ? `: ${first.display.metrics[metric]?.title ?? metric} at the end, for each seed` : ""}.`);
  section.body.append(links.element);
  return { element: section.element, update: links.update, destroy() {} };
}

/** @param {Experiment} experiment @returns {Part[]} */
function differences({ differences: sentences }) {
  if (sentences.length === 0) return [];
  const section = createSection("Where we differ from the paper", null);
  section.say("");
  section.body.append(make("ul", { class: "exp-differences" }, ...sentences.map((sentence) => make("li", {}, sentence))));
  return [{ element: section.element, update() {}, destroy() {} }];
}
