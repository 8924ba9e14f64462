/**
 * A sweep over the mixture ratio as curves: what is learned of each part, from data alone to injected inputs alone. Used by
 * pages/experiment-sweep.js.
 * @module
 */

import { createCurvePanels } from "./curve-panels.js";
import { metricTitle, partColours } from "../../metrics.js";
import { theme } from "../../ui/theme.js";
import { createSection } from "./section.js";
import { measured } from "./words.js";

/** @typedef {import("../../types").Sweep} Sweep */

const PATH = "problem.ratio";
const PERCENT = 100;
const AXIS = { title: "injected inputs, % of the mixture", word: "Injected, %" };

/** @param {Sweep} sweep @returns {boolean} whether it has the ratio for its only axis */
export const isOfRatios = ({ axes }) => axes.length === 1 && axes[0].path === PATH;

/** A section of a sweep over ratios. */
export function ratiosSection() {
  const section = createSection("All ratios", null);
  const chart = createCurvePanels(section.body);

  return {
    element: section.element,
    /** @param {Sweep} sweep */
    update({ axes, cells, measures }) {
      const colours = partColours(theme().colours);
      const lines = measures.filter(({ id }) => id in colours).map(({ id }) => ({ label: metricTitle(id), colour: colours[id], dashed: id === "data_true_accuracy", expected: null, curve: curveOf(id, axes[0].values, cells) }));
      const known = lines[0]?.curve.steps.length ?? 0;
      section.say(known === 0 ? "The curves appear with the first student that is done."
        : "How well the student has learned each part at the end, by how much of the mixture was injected. Lines are means over seeds, bands their whole spread.");
      chart.render({
        panels: [{ title: "", lines, references: [] }], range: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], format: (value, digits) => measured("accuracy", value, digits),
        spacing: "linear", last: PERCENT, name: "Accuracy", across: AXIS,
      });
    },
    destroy: () => chart.destroy(),
  };
}

/**
 * @param {string} measure @param {import("../../types").GridValue[]} ratios @param {import("../../types").SweepCell[]} cells
 * @returns {import("./seed-curve.js").Curve} over percent, cells without a value left out
 */
function curveOf(measure, ratios, cells) {
  const found = cells.map(({ index, values }) => ({ at: PERCENT * Number(ratios[index[0]]), ...values[measure] }))
    .filter(({ mean }) => typeof mean === "number").sort((a, b) => a.at - b.at);
  const column = (/** @type {"mean" | "low" | "high" | "count"} */ key) => found.map((cell) => Number(cell[key]));
  return { steps: found.map(({ at }) => at), mean: column("mean"), low: column("low"), high: column("high"), count: column("count") };
}
