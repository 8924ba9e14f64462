/**
 * The alignment heatmap: neurons × patterns, coloured by cosine. Relevant patterns stand first, in wider, named columns;
 * neurons are ordered by their signal cosine. Drawn as pixels on a canvas, since every frame changes every cell.
 * @module
 */

import { colourRange, paintCells, rowOrder, strengths } from "../marks/matrix-cells.js";
import { directionsOf, isOfPatterns, problemOf, signalWords } from "../problems.js";
import { patternName } from "../references.js";
import { createHeatmapFrame } from "../marks/matrix-frame.js";

/** @typedef {import("../types").Moment} Moment */

export const title = "Which pattern does each neuron carry?";
export const terms = ["relevant pattern", "background", "s, the signal", "cosine"];

/** Range of the colours where no neuron is like any of the directions: the first layer of a classifier for many classes. */
const SMALL = 0.6;
const DRAG = 4; // pixels of pointer travel that make a click a sweep over rows

/** @type {import("../types").ViewModule["createView"]} */
export function createView(element, context) {
  const frame = createHeatmapFrame(element, context.theme);
  const { cells, palette } = frame;
  /** @type {Moment | null} */
  let moment = null;
  /** @type {Uint32Array} */
  let order = new Uint32Array();
  /** Position of each neuron in `order`. @type {Uint32Array} */
  let rowOf = new Uint32Array();

  const draw = () => {
    if (!moment) return;
    const { alignment, signal_cosine: cosine } = moment.frame.tensors;
    const [n, p] = alignment.shape;
    const relevant = moment.run.patterns?.relevant.length ?? 0;
    const range = problemOf(moment.run.config) === "mixture" ? SMALL : colourRange(Math.max(1, relevant));
    frame.arrange(moment, relevant, range);
    order = rowOrder(/** @type {Float32Array} */ (cosine.data));
    rowOf = new Uint32Array(n);
    order.forEach((neuron, row) => (rowOf[neuron] = row));
    const lines = Math.max(1, Math.min(n, Math.round(frame.height() * devicePixelRatio)));
    const data = /** @type {Float32Array} */ (alignment.data);
    paint(cells.signal, /** @type {Float32Array} */ (cosine.data), 1, 0, directionsOf(moment.run) ? 0 : 1, 1, lines);
    paint(cells.relevant, data, p, 0, relevant, range, lines);
    paint(cells.background, data, p, relevant, p, range, lines);
    mark();
  };

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Float32Array} data
   * @param {number} p
   * @param {number} from
   * @param {number} to
   * @param {number} range
   * @param {number} lines
   */
  const paint = (canvas, data, p, from, to, range, lines) => {
    canvas.hidden = to <= from;
    if (canvas.hidden) return;
    if (canvas.width !== to - from || canvas.height !== lines) {
      canvas.width = to - from;
      canvas.height = lines;
    }
    const image = new ImageData(to - from, lines);
    paintCells(image, data, p, order, from, to, range, palette);
    canvas.getContext("2d", { willReadFrequently: true })?.putImageData(image, 0, 0);
  };

  const mark = () => {
    if (!moment) return;
    frame.markRows(rowOf, moment.selection, moment.hover);
  };

  /** @param {PointerEvent} event @returns {number} the row under the pointer */
  const rowAt = (event) => {
    const box = frame.plot.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * order.length);
    return Math.max(0, Math.min(order.length - 1, row));
  };

  /** @param {PointerEvent} event */
  const showCell = (event) => {
    if (!moment || order.length === 0) return;
    const row = rowAt(event);
    const neuron = order[row];
    context.onHover(neuron);
    const column = frame.columnAt(event.clientX);
    const { alignment, signal_cosine: cosine } = moment.frame.tensors;
    const relevant = moment.run.patterns?.relevant.length ?? 0;
    const name = column === null ? "s" : patternName(moment.run, column);
    const kind = column === null ? "the signal" : column < relevant ? "relevant" : "background";
    const called = isOfPatterns(moment.run.config) ? `${name} (${kind})` : name;
    const value = column === null ? cosine.data[neuron] : alignment.data[neuron * alignment.shape[1] + column];
    const text = Number.isFinite(value) ? value.toFixed(3).replace("-", "−") : "not a number";
    frame.tip(event, [`neuron ${neuron}`, called, `cos ${text}`]);
  };

  let start = { x: 0, y: 0, row: -1 };
  const { plot } = frame;
  plot.addEventListener("pointermove", (event) => {
    showCell(event);
    if (start.row >= 0 && Math.abs(event.clientY - start.y) > DRAG) frame.sweep(start.row, rowAt(event), order.length);
  });
  plot.addEventListener("pointerleave", () => {
    frame.tip(null, []);
    context.onHover(null);
  });
  plot.addEventListener("pointerdown", (event) => {
    start = { x: event.clientX, y: event.clientY, row: rowAt(event) };
    plot.setPointerCapture(event.pointerId);
  });
  plot.addEventListener("pointercancel", () => {
    start.row = -1;
    frame.sweep(-1, -1, 1);
  });
  plot.addEventListener("pointerup", (event) => {
    if (start.row < 0 || !moment) return;
    const row = rowAt(event);
    const swept = Math.abs(event.clientY - start.y) > DRAG;
    const [low, high] = swept ? [Math.min(row, start.row), Math.max(row, start.row)] : [row, row];
    const rows = new Set(order.subarray(low, high + 1));
    const again = !swept && moment.selection.size === 1 && moment.selection.has(order[row]);
    context.onSelect(again ? new Set() : event.shiftKey ? new Set([...moment.selection, ...rows]) : rows);
    start.row = -1;
    frame.sweep(-1, -1, 1);
  });

  return {
    render(next) {
      const same = moment?.frame === next.frame;
      moment = next;
      if (same) mark();
      else draw();
    },
    resize: draw,
    destroy: () => frame.destroy(),
    needs: () => ["alignment", "signal_cosine"],
    title: ({ run }) => (isOfPatterns(run.config) ? title : "Which direction does each neuron carry?"),
    caption,
    table,
  };
}

/** @param {Moment} moment */
function caption({ frame, run, selection }) {
  const { alignment } = frame.tensors;
  const p = alignment.shape[1];
  const relevant = run.patterns?.relevant.length ?? 0;
  const directions = directionsOf(run);
  if (directions) return closest(/** @type {Float32Array} */ (alignment.data), directions.slice(0, p));
  const notes = selection.size ? ` ${selection.size.toLocaleString("en")} neurons selected (marks at the edge).` : "";
  const { relevant: inside, background } = strengths(/** @type {Float32Array} */ (alignment.data), p, relevant);
  if (!Number.isFinite(inside)) return `The weights are no longer numbers.${notes}`;
  if (background === null) return `Only relevant patterns are shown; mean |cos| ${inside.toFixed(2)}.${notes}`;
  if (background === 0) return `Only the relevant patterns are carried; mean |cos| ${inside.toFixed(2)}.${notes}`;
  const ratio = inside / background;
  const columns = relevant === 1 ? "relevant column" : `${relevant} relevant columns`;
  const numbers = `(mean |cos| ${inside.toFixed(2)}, background ${background.toFixed(2)})`;
  if (ratio < 1.35) return `The ${columns} look like any other ${numbers}.${notes}`;
  if (ratio < 3) return `The ${columns} begin to stand out ${numbers}.${notes}`;
  return `The ${columns} stand out ${Math.round(ratio)} to 1 ${numbers}.${notes}`;
}

/** @param {Float32Array} alignment [n, p] @param {string[]} names [p] @returns {string} which directions neurons have most of */
function closest(alignment, names) {
  const p = names.length;
  const found = names.map((name, column) => {
    let sum = 0;
    for (let index = column; index < alignment.length; index += p) sum += Math.abs(alignment[index]);
    return { name, mean: (sum * p) / alignment.length };
  });
  if (found.some(({ mean }) => !Number.isFinite(mean))) return "The weights are no longer numbers.";
  const [first, second] = found.sort((a, b) => b.mean - a.mean);
  const next = second ? `, then ${withArticle(second.name)} (${second.mean.toFixed(2)})` : "";
  return `Over all neurons, the largest mean |cos| is that with ${withArticle(first.name)} (${first.mean.toFixed(2)})${next}.`;
}

/** @param {string} name of a direction */
const withArticle = (name) => (name.startsWith("principal direction ") ? name : `the ${name}`);

/** @param {Moment} moment @returns {import("../types").TableData} the selected neurons, or all, by signal cosine */
function table({ frame, run, selection }) {
  const { alignment, signal_cosine: cosine } = frame.tensors;
  const p = alignment.shape[1];
  const shown = run.patterns?.shown ?? [];
  const rows = [...rowOrder(/** @type {Float32Array} */ (cosine.data))].filter((i) => !selection.size || selection.has(i));
  return {
    columns: ["neuron", `cos with ${signalWords(run).name}`, ...shown.slice(0, p).map((_, column) => `cos with ${patternName(run, column)}`)],
    rows: rows.map((i) => [i, cosine.data[i], ...alignment.data.subarray(i * p, (i + 1) * p)]),
  };
}
