/**
 * How the values of a tensor are spread, step by step: the histograms of the index as colours; and below them the means of further tensors.
 * @import { DensityShow, PanelMoment } from "../types"
 */

import { make } from "../ui/dom.js";
import { chosenOn, numbersOf, spoken } from "../display/values.js";
import { inSteps } from "../marks/step-scale.js";
import { createSteps } from "../marks/steps.js";
import { filmStamp, overSteps, rangeOf } from "./curves.js";

/** @type {import("../types").CreatePanel<DensityShow>} */
export const createPanel = (element, { id, title, show }, context) => {
  const { colours, markScale } = context.theme; // the scale for marks: what is near 0 must not vanish on paper
  const [low, high] = show.range;
  const shades = markScale.slice(low < 0 && high > 0 ? 0 : 128);
  const cells = make("canvas", { class: "density-cells" });
  const chosen = make("canvas", { class: "density-chosen" });
  const [cellsPen, chosenPen] = [cells, chosen].map((canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true })));
  let place = (/** @type {number} */ _) => NaN;
  /** @type {PanelMoment | null} */
  let moment = null;

  const chart = createSteps(element, {
    ...context,
    controls: undefined, // its buttons stand below the axis
    label: title,
    decorate({ box, to, layer, under }) {
      const { left, top, width, height } = box(0);
      under.append(cells);
      layer.append(chosen);
      for (const canvas of [cells, chosen]) Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
      cells.width = Math.max(1, Math.round(width));
      [chosen.width, chosen.height] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
      place = to;
      paint();
      drawChosen();
    },
  });

  /** One pixel column per pixel of width, one line per bin. The hue is that of the value, its strength the square root of the share in the bin. */
  function paint() {
    const known = inSteps(moment?.timeline.rows ?? []).filter(({ density }) => density[id] !== undefined);
    const bins = known[0]?.density[id].length ?? 1;
    cells.height = bins;
    const x = known.map(({ step }) => place(step) * cells.width);
    let column = Math.max(0, Math.floor(x[0] ?? 0));
    known.forEach(({ density: { [id]: counts } }, i) => {
      const end = Math.min(cells.width, Math.round(i + 1 < x.length ? (x[i] + x[i + 1]) / 2 : x[i] + 1));
      if (column >= end) return; // more than one step falls on it
      const whole = Math.max(1, sum(counts));
      for (let bin = 0; bin < bins; bin++) {
        if (!counts[bin]) continue;
        cellsPen.fillStyle = shades[Math.round((bin / Math.max(1, bins - 1)) * (shades.length - 1))];
        cellsPen.globalAlpha = Math.min(1, 0.2 + Math.sqrt(counts[bin] / whole) * 1.6);
        cellsPen.fillRect(column, bins - 1 - bin, end - column, 1);
      }
      column = end;
    });
  }

  /** The values of the selected members at the cursor. */
  function drawChosen() {
    chosenPen.clearRect(0, 0, chosen.width, chosen.height);
    const values = moment && numbersOf(moment, show.tensor);
    if (!moment || !values) return;
    const ratio = devicePixelRatio;
    const { display: { tensors }, frame } = moment;
    chosenPen.fillStyle = colours.ink;
    for (const member of chosenOn(moment, String(tensors[show.tensor]?.shape[0])).selection) {
      chosenPen.fillRect(place(frame.step) * chosen.width - 5 * ratio, ((high - values[member]) / (high - low)) * chosen.height - ratio / 2, 10 * ratio, ratio);
    }
  }

  return {
    render(next) {
      moment = next;
      chart.render({ stamp: filmStamp(next), at: next.frame.step, compose: () => picture(next, show) });
      drawChosen();
    },
    resize: chart.redraw,
    destroy: chart.destroy,
    applies: ({ timeline: { rows } }) => rows.length === 0 || [rows[0], rows[rows.length - 1]].some(({ density }) => density[id] !== undefined),
    table: (now) => table(now, show, id),
  };
};

/** @param {PanelMoment} moment @param {DensityShow} show @returns {import("../types-marks").Picture} */
function picture(moment, { tensor, range, title, lines = [], lines_title: name = "" }) {
  const { display: { tensors }, timeline } = moment;
  const rows = inSteps(timeline.rows);
  const means = lines.filter((line) => rows.some(({ means: known }) => known[line.tensor] !== undefined));
  return {
    x: overSteps(moment),
    places: inSteps(timeline.entries).map(({ step }) => step),
    panes: [
      { share: means.length ? 0.64 : 1, title: title ?? (tensors[tensor]?.text || spoken(tensor)), range, exact: true },
      ...(means.length ? [{ share: 0.36, title: name, range: rangeOf(means.map((line) => tensors[line.tensor] ?? { low: null, high: null })) }] : []),
    ],
    lines: means.map(({ tensor: key, title: label, colour }) => {
      const known = rows.filter(({ means: some }) => some[key] !== undefined);
      return { key, pane: 1, label, colour, width: 2.25, x: known.map(({ step }) => step), y: known.map(({ means: some }) => some[key]) };
    }),
  };
}

/** @param {ArrayLike<number>} counts @param {(bin: number) => boolean} [which] */
const sum = (counts, which = () => true) => Array.from(counts).reduce((total, one, bin) => total + (which(bin) ? one : 0), 0);

/** @param {PanelMoment} moment @param {DensityShow} show @param {string} id @returns {import("../types").TableData} */
function table({ timeline: { rows } }, { range: [low, high], groups = [], lines = [] }, id) {
  return {
    columns: ["step", ...lines.map(({ title }) => title), ...groups.map(({ name }) => name), "all"],
    rows: inSteps(rows).map(({ step, means, density: { [id]: counts = [] } }) => {
      const middle = (/** @type {number} */ bin) => low + ((bin + 0.5) / counts.length) * (high - low);
      const within = groups.map(({ low: least = -Infinity, high: most = Infinity }) => sum(counts, (bin) => middle(bin) >= least && middle(bin) <= most));
      return [step, ...lines.map(({ tensor }) => (means[tensor] === undefined ? "" : means[tensor])), ...within, sum(counts)];
    }),
  };
}
