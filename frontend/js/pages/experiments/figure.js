/**
 * A figure of the paper rebuilt from its runs: curves or maps, expected against reproduced, films. Used by pages/experiment.js.
 * @module
 */

import { make } from "../../ui/dom.js";
import { kindOfMetrics } from "../../metrics.js";
import { onThemeChange } from "../../ui/theme.js";
import { curvesSection } from "./curves.js";
import { mapsSection } from "./maps.js";
import { partsSection } from "./parts.js";
import { RunMetrics } from "./metrics.js";
import { filmsTable, linesOf } from "./runs.js";
import { createSection } from "./section.js";
import { tableSection } from "./table.js";

/** @typedef {import("../../types").Experiment} Experiment */

/** @param {Experiment} first @returns {import("./experiment.js").Body} */
export function figureBody(first) {
  const metrics = new RunMetrics();
  const picture = pictureOf(first, metrics);
  const table = first.table.length ? tableSection() : null;
  const films = createSection("The films", null);
  const links = filmsTable(first);
  films.say("Every run can be watched: test accuracy at the end, for each seed.");
  films.body.append(links.element);
  const element = make("div", { class: "exp-parts" }, picture.element, ...(table ? [table.element] : []), ...differences(first), films.element);
  let experiment = first;
  let request = 0;

  const redraw = () => {
    request = 0;
    picture.update(experiment);
  };
  metrics.addEventListener("change", () => (request ||= requestAnimationFrame(redraw)));
  const stopTheme = onThemeChange(redraw);

  return {
    element,
    update(next) {
      experiment = next;
      picture.update(next);
      table?.update(next);
      links.update(next);
      metrics.update(next.members);
    },
    destroy() {
      cancelAnimationFrame(request);
      stopTheme();
      metrics.stop();
      picture.destroy();
    },
  };
}

/** Which picture tells the figure: its promises say of what kind its problems are. @param {Experiment} first @param {RunMetrics} metrics */
function pictureOf(first, metrics) {
  const kind = kindOfMetrics([...first.table.map(({ metric }) => metric), ...first.members.flatMap(({ run }) => Object.keys(run?.metrics ?? {}))]);
  if (kind === "mixture") return partsSection(first, metrics);
  if (kind === "two_classes") return both(mapsSection(first, metrics, "images"), curvesSection(first, metrics, "images"));
  return linesOf(first.members).length === 1 ? mapsSection(first, metrics, "patterns") : curvesSection(first, metrics, "patterns");
}

/**
 * Two pictures, one below the other.
 * @typedef {{ element: HTMLElement, update(next: Experiment): void, destroy(): void }} Picture
 * @param {Picture} one @param {Picture} other @returns {Picture}
 */
function both(one, other) {
  const pictures = [one, other];
  return {
    element: make("div", { class: "exp-parts" }, one.element, other.element),
    update: (next) => pictures.forEach((picture) => picture.update(next)),
    destroy: () => pictures.forEach((picture) => picture.destroy()),
  };
}

/** @param {Experiment} experiment @returns {HTMLElement[]} */
function differences({ differences: sentences }) {
  if (sentences.length === 0) return [];
  const section = createSection("Where we differ from the paper", null);
  section.say("");
  section.body.append(make("ul", { class: "exp-differences" }, ...sentences.map((sentence) => make("li", {}, sentence))));
  return [section.element];
}
