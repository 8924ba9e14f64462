/**
 * Emergence: how the neurons' signal cosines are spread, step by step, and how strongly the weights lie along relevant and
 * background patterns.
 * @module
 */

import { make } from "../ui/dom.js";
import { isOfPatterns, problemOf, signalWords } from "../problems.js";
import { lacking } from "../display/lacking.js";
import { alignedIn, mean, summarise } from "../statistics.js";
import { createStepChart } from "../marks/step-chart.js";

/** @typedef {import("../types").Moment} Moment */
/** @typedef {import("../types").TimelineEntry} TimelineEntry */

export const title = "When do the features emerge?";
export const terms = ["neuron", "cosine", "s, the signal", "background"];

const PANEL = "density"; // of the display: whose histograms these are
const CHOSEN_AT_MOST = 200; // cosines of selected neurons drawn as ticks at the cursor

/** @type {import("../types").ViewModule["createView"]} */
export function createView(element, context) {
  const { colours, markScale } = context.theme;
  const scale256 = markScale.map(channels); // the scale for marks: cosines near 0 must not vanish on paper
  const paper = channels(colours.paper);
  const cells = make("canvas", { class: "density-cells" });
  const chosen = make("canvas", { class: "density-chosen" });
  /** @type {((step: number) => number) | null} */
  let place = null;
  /** @type {Moment | null} */
  let moment = null;

  const chart = createStepChart(element, context, (/** @type {Moment} */ now) => compose(now, colours), ({ box, scale, layer, under }, /** @type {Moment} */ now) => {
    const { left, top, width, height } = box(0);
    if (!cells.isConnected) {
      under.append(cells);
      layer.append(chosen);
    }
    for (const canvas of [cells, chosen]) {
      Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
    }
    cells.width = Math.max(1, Math.round(width));
    chosen.width = Math.round(width * devicePixelRatio);
    chosen.height = Math.round(height * devicePixelRatio);
    place = scale.to;
    paintDensity(cells, now.timeline.rows, scale.to, scale256, paper);
    drawChosen();
  });

  /** The selected neurons' cosines at the cursor. */
  const drawChosen = () => {
    const pen = /** @type {CanvasRenderingContext2D} */ (chosen.getContext("2d", { willReadFrequently: true }));
    pen.clearRect(0, 0, chosen.width, chosen.height);
    if (!moment || !place || moment.selection.size === 0) return;
    const cosine = moment.frame.tensors.signal_cosine?.data;
    if (!cosine) return;
    const x = place(moment.frame.step) * chosen.width;
    const ratio = devicePixelRatio;
    pen.fillStyle = colours.ink;
    for (const neuron of [...moment.selection].slice(0, CHOSEN_AT_MOST)) {
      pen.fillRect(x - 5 * ratio, ((1 - cosine[neuron]) / 2) * chosen.height - ratio / 2, 10 * ratio, ratio);
    }
  };

  return {
    render(next) {
      moment = next;
      chart.render(next);
      drawChosen();
    },
    resize: chart.redraw,
    destroy: chart.destroy,
    title: ({ run }) => (problemOf(run.config) === "mixture" ? "How do the weights turn?" : title),
    caption,
    table,
  };
}

/**
 * @param {Moment} moment
 * @param {import("../types").Colours} colours
 * @returns {import("../marks/step-plot.js").Picture}
 */
function compose({ run }, colours) {
  const words = signalWords(run);
  const neurons = { title: words.name === "s" ? "neurons, by cosine with s" : `cosine with the ${words.name}`, range: /** @type {[number, number]} */ ([-1, 1]), ticks: [-1, 0, 1], ticktext: ["−1", "0", "+1"] };
  // The directions of images overlap: there are no two parts whose lengths could be told apart.
  if (!isOfPatterns(run.config)) return { panels: [{ share: 1, ...neurons }], lines: [] };
  return {
    panels: [
      { share: 0.64, ...neurons },
      { share: 0.36, title: "length of w/|w| along patterns", range: [0, 1.02], ticks: [0, 1] },
    ],
    lines: [
      {
        key: "relevant", panel: 1, label: "relevant", colour: colours.positive, width: 2.25,
        value: (entry) => entry.means.relevant_norm,
      },
      {
        key: "background", panel: 1, label: "background", colour: colours.background, width: 2.25,
        value: (entry) => entry.means.background_norm,
      },
    ],
  };
}

/**
 * One pixel column per pixel of width, one line per bin. The hue is that of the cosine (orange near +1, blue near −1), its
 * strength the square root of the share of neurons in the bin.
 * @param {HTMLCanvasElement} canvas
 * @param {readonly TimelineEntry[]} entries
 * @param {(step: number) => number} to
 * @param {number[][]} scale RGB triples
 * @param {number[]} paper RGB
 */
function paintDensity(canvas, entries, to, scale, paper) {
  const bins = entries[0]?.density[PANEL]?.length ?? 1;
  canvas.height = bins;
  const image = new ImageData(canvas.width, bins);
  let column = 0;
  entries.forEach((entry, i) => {
    const next = entries[i + 1];
    const counts = entry.density[PANEL] ?? [];
    const neurons = Math.max(1, sum(counts));
    const end = next ? ((to(entry.step) + to(next.step)) / 2) * canvas.width : to(entry.step) * canvas.width + 1;
    for (; column < Math.min(canvas.width, Math.round(end)); column++) {
      for (let bin = 0; bin < bins; bin++) {
        if (!counts[bin]) continue;
        const share = counts[bin] / neurons;
        const strength = Math.min(1, 0.2 + Math.sqrt(share) * 1.6);
        const colour = scale[Math.round((bin / (bins - 1)) * (scale.length - 1))];
        const at = 4 * ((bins - 1 - bin) * canvas.width + column);
        for (let c = 0; c < 3; c++) image.data[at + c] = paper[c] + (colour[c] - paper[c]) * strength;
        image.data[at + 3] = 255;
      }
    }
  });
  canvas.getContext("2d", { willReadFrequently: true })?.putImageData(image, 0, 0);
}

/** @param {ArrayLike<number>} counts */
function sum(counts) {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i];
  return total;
}

/** @param {string} colour rgb() @returns {number[]} */
function channels(colour) {
  return (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}

/** @param {Moment} moment */
function caption({ run, frame, selection }) {
  const { aligned, neurons, notFinite } = summarise(frame);
  const inside = frame.tensors.relevant_norm ? mean(frame.tensors.relevant_norm.data) : null;
  const outside = mean(frame.tensors.background_norm?.data);
  if (neurons === 0) return lacking(["signal_cosine"], frame.step);
  if (notFinite > 0) return "The weights are no longer numbers: nothing to place.";
  const all = `${aligned.toLocaleString("en")} of ${neurons.toLocaleString("en")} neurons`;
  const marks = selection.size > CHOSEN_AT_MOST ? ` Marked: ${CHOSEN_AT_MOST} of ${selection.size} selected.` : "";
  const { name, both } = signalWords(run);
  if (problemOf(run.config) === "mixture") return `${all} have |cos| > 0.9 with the ${name}.${marks}`;
  if (inside === null || outside === null || !isOfPatterns(run.config)) {
    return aligned > 0.8 * neurons ? `Two bands, at ${both}, hold ${all}.${marks}` : `${all} lie within |cos| > 0.9 of ${both}.${marks}`;
  }
  const against = `${inside.toFixed(2)} of the weights' length lies along relevant patterns, ${outside.toFixed(2)} along background`;
  if (aligned > 0.8 * neurons) return `Two bands, at +s and −s, hold ${all}; ${against}.${marks}`;
  return `${inside > outside ? "The cloud parts" : "One cloud around 0"}: ${against}.${marks}`;
}

/** @param {Moment} moment @returns {import("../types").TableData} */
function table({ run, timeline }) {
  const counted = (/** @type {TimelineEntry} */ { density }) => [alignedIn(density[PANEL] ?? []), sum(density[PANEL] ?? [])];
  if (!isOfPatterns(run.config)) {
    return { columns: ["step", "neurons with |cos| > 0.9", "neurons"], rows: timeline.rows.map((row) => [row.step, ...counted(row)]) };
  }
  return {
    columns: ["step", "mean norm along relevant patterns", "mean norm along background", "neurons with |cos| > 0.9", "neurons"],
    rows: timeline.rows.map((row) => [row.step, row.means.relevant_norm ?? null, row.means.background_norm ?? null, ...counted(row)]),
  };
}
