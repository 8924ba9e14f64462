/**
 * How the values of a tensor are spread, step by step: the histograms of the index as colours; and below them the means of further tensors.
 * @typedef {import("../types").PanelMoment} PanelMoment
 * @typedef {import("../types").TimelineEntry} TimelineEntry
 * @typedef {import("../types").DensityShow} DensityShow
 */

import { make } from "../ui/dom.js";
import { wholeAxis } from "../display/read.js";
import { inSteps } from "../marks/step-scale.js";
import { createSteps } from "../marks/steps.js";

const CHOSEN_AT_MOST = 200; // values of selected members drawn as ticks at the cursor

/** @type {import("../types").CreatePanel<DensityShow>} */
export const createPanel = (element, { id, title, show }, context) => {
  const { colours, markScale } = context.theme; // the scale for marks: what is near 0 must not vanish on paper
  const [low, high] = show.range;
  const shades = markScale.map(channels).slice(low < 0 && high > 0 ? 0 : 128);
  const paper = channels(colours.paper);
  const cells = make("canvas", { class: "density-cells" });
  const chosen = make("canvas", { class: "density-chosen" });
  /** @type {((step: number) => number) | null} */
  let place = null;
  /** @type {PanelMoment | null} */
  let moment = null;

  const chart = createSteps(element, {
    compact: context.compact,
    label: title,
    option: context.option,
    setOption: context.setOption,
    onSeek: context.onSeek,
    onPeek: context.onPeek,
    decorate({ box, to, layer, under }) {
      const { left, top, width, height } = box(0);
      under.append(cells);
      layer.append(chosen);
      for (const canvas of [cells, chosen]) Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
      cells.width = Math.max(1, Math.round(width));
      chosen.width = Math.round(width * devicePixelRatio);
      chosen.height = Math.round(height * devicePixelRatio);
      place = to;
      if (moment) paint(cells, inSteps(moment.timeline.rows), id, to, shades, paper);
      drawChosen();
    },
  });

  /** The values of the selected members at the cursor. */
  function drawChosen() {
    const pen = /** @type {CanvasRenderingContext2D} */ (chosen.getContext("2d"));
    pen.clearRect(0, 0, chosen.width, chosen.height);
    const values = moment?.frame.tensors[show.tensor]?.data;
    if (!moment || !place || !values) return;
    const x = place(moment.frame.step) * chosen.width;
    const ratio = devicePixelRatio;
    pen.fillStyle = colours.ink;
    for (const member of selected(moment, show).slice(0, CHOSEN_AT_MOST)) {
      pen.fillRect(x - 5 * ratio, ((high - values[member]) / (high - low)) * chosen.height - ratio / 2, 10 * ratio, ratio);
    }
  }

  return {
    render(next) {
      moment = next;
      const { run, timeline: { rows, totalSteps }, frame } = next;
      chart.render({ stamp: [run.id, rows.length, rows.at(-1)?.seq, totalSteps].join(" "), at: frame.step, compose: () => picture(next, show) });
      drawChosen();
    },
    resize: chart.redraw,
    destroy: chart.destroy,
    applies: ({ timeline: { rows } }) => rows.length === 0 || rows[rows.length - 1].density[id] !== undefined || rows[0].density[id] !== undefined,
    caption(now) {
      const count = selected(now, show).length;
      return count > CHOSEN_AT_MOST ? `Marked: ${CHOSEN_AT_MOST} of ${count.toLocaleString("en")} selected.` : "";
    },
    table: (now) => table(now, show, id),
  };
};

/** @param {PanelMoment} moment @param {DensityShow} show @returns {number[]} selected members of the tensor's axis */
function selected({ display, selection, frame }, { tensor }) {
  const axis = display.tensors[tensor]?.shape[0];
  const length = frame.tensors[tensor]?.data.length ?? 0;
  return typeof axis === "string" ? [...(selection.get(wholeAxis(display, axis)) ?? [])].filter((member) => member < length) : [];
}

/** @param {PanelMoment} moment @param {DensityShow} show @returns {import("../types-marks").Picture} */
function picture({ run, display, timeline }, { tensor, range, title, lines = [], lines_title: name = "" }) {
  const rows = inSteps(timeline.rows);
  const capture = /** @type {{ spacing?: "linear" | "geometric" } | undefined} */ (run.config.capture);
  const means = lines.filter((line) => rows.some(({ means: known }) => known[line.tensor] !== undefined));
  const bound = (/** @type {"low" | "high"} */ end, /** @type {(...values: number[]) => number} */ pick) => {
    const ends = means.map((line) => display.tensors[line.tensor]?.[end] ?? null);
    return ends.some((one) => one === null) ? null : pick(.../** @type {number[]} */ (ends));
  };
  return {
    x: { title: "gradient steps", word: "Step", spacing: capture?.spacing ?? "linear", last: timeline.totalSteps || (rows.at(-1)?.step ?? 1) },
    places: inSteps(timeline.entries).map(({ step }) => step),
    panes: [
      { share: means.length ? 0.64 : 1, title: title ?? (display.tensors[tensor]?.text || tensor.replaceAll("_", " ")), range, exact: true },
      ...(means.length ? [{ share: 0.36, title: name, range: /** @type {const} */ ([bound("low", Math.min), bound("high", Math.max)]) }] : []),
    ],
    lines: means.map((line) => {
      const known = rows.filter(({ means: some }) => some[line.tensor] !== undefined);
      return { key: line.tensor, pane: 1, label: line.title, colour: line.colour, width: 2.25, x: known.map(({ step }) => step), y: known.map(({ means: some }) => some[line.tensor]) };
    }),
  };
}

/**
 * One pixel column per pixel of width, one line per bin. The hue is that of the value, its strength the square root of the share in the bin.
 * @param {HTMLCanvasElement} canvas @param {readonly TimelineEntry[]} rows @param {string} id of the panel
 * @param {(step: number) => number} to @param {number[][]} shades of the bins, RGB @param {number[]} paper RGB
 */
function paint(canvas, rows, id, to, shades, paper) {
  const known = rows.filter(({ density }) => density[id] !== undefined);
  const bins = known[0]?.density[id].length ?? 1;
  canvas.height = bins;
  const image = new ImageData(canvas.width, bins);
  const x = known.map(({ step }) => to(step) * canvas.width);
  let column = Math.max(0, Math.floor(x[0] ?? 0));
  known.forEach(({ density: { [id]: counts } }, i) => {
    const end = Math.min(canvas.width, Math.round(i + 1 < x.length ? (x[i] + x[i + 1]) / 2 : x[i] + 1));
    if (column >= end) return;
    const whole = Math.max(1, sum(counts));
    for (; column < end; column++) {
      for (let bin = 0; bin < bins; bin++) {
        if (!counts[bin]) continue;
        const strength = Math.min(1, 0.2 + Math.sqrt(counts[bin] / whole) * 1.6);
        const colour = shades[Math.round((bin / Math.max(1, bins - 1)) * (shades.length - 1))];
        const at = 4 * ((bins - 1 - bin) * canvas.width + column);
        for (let c = 0; c < 3; c++) image.data[at + c] = paper[c] + (colour[c] - paper[c]) * strength;
        image.data[at + 3] = 255;
      }
    }
  });
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/** @param {ArrayLike<number>} counts @param {(bin: number) => boolean} [which] */
function sum(counts, which = () => true) {
  let total = 0;
  for (let bin = 0; bin < counts.length; bin++) if (which(bin)) total += counts[bin];
  return total;
}

/** @param {string} colour rgb() @returns {number[]} */
const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);

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
