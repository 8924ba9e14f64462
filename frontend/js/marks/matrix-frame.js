/**
 * What stands around the heatmap's cells: axes with names, colour bar, marks of rows, readout. Used by heatmap.js only.
 * @module
 */

import { make } from "../ui/dom.js";
import { directionsOf, shortName } from "../problems.js";
import { patternName } from "../references.js";

/** @typedef {import("../types").Moment} Moment */

const COLUMN = 25; // px that a relevant column gets where there is room
const NAMED = 14; // px that a column needs to have its name below

const div = (/** @type {string} */ name, /** @type {(Node | string)[]} */ ...children) => make("div", { class: name }, ...children);

/**
 * @param {HTMLElement} element
 * @param {import("../types").Theme} theme
 */
export function createHeatmapFrame(element, theme) {
  const cells = {
    signal: document.createElement("canvas"),
    relevant: document.createElement("canvas"),
    background: document.createElement("canvas"),
  };
  const palette = pixels(theme.areaScale);
  const columns = div("heatmap-columns", ...Object.values(cells));
  const marks = document.createElement("canvas");
  marks.className = "heatmap-marks";
  const band = div("heatmap-sweep");
  const plot = div("heatmap-plot", columns, marks, band);
  const names = div("heatmap-names");
  const side = div("heatmap-side");
  const bar = colourBar(palette);
  const readout = div("view-tip");
  const root = div("heatmap", side, plot, bar.element, names, div("heatmap-unit", "cos"), readout);
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", "Heatmap of cosines, a row for each neuron; the Table button gives the numbers");
  band.hidden = true;
  readout.hidden = true;
  element.replaceChildren(root);

  let arranged = "";
  let relevantColumns = 0;
  let allColumns = 0;

  return {
    cells,
    palette,
    plot,
    height: () => plot.clientHeight,
    destroy: () => root.remove(),

    /** Axes and names, redrawn only when they change. @param {Moment} moment @param {number} relevant @param {number} range */
    arrange(moment, relevant, range) {
      const { run } = moment;
      const p = moment.frame.tensors.alignment.shape[1];
      const key = `${moment.run.id} ${p} ${relevant} ${plot.clientWidth}`;
      if (key === arranged) return;
      arranged = key;
      [relevantColumns, allColumns] = [relevant, p];
      // Relevant columns get room for their numbers, but never more than half.
      const named = directionsOf(run);
      // Where all columns have names, they are alike, and the signal is one of them.
      const part = named ? relevant / p : p > relevant ? Math.min(0.5, Math.max(relevant / p, (relevant * COLUMN) / plot.clientWidth)) : 1;
      root.classList.toggle("is-named", named !== null);
      root.style.setProperty("--relevant", `${part}fr`);
      root.style.setProperty("--background-columns", p > relevant ? `${1 - part}fr` : "0");
      const n = moment.frame.tensors.signal_cosine.data.length;
      side.textContent = `${share(n, moment.run.neurons?.total ?? n)} neurons${n < (moment.run.neurons?.total ?? n) ? "" : ", by cosine"}`;
      if (named) nameDirections(names, named.slice(0, p), plot.clientWidth / p);
      else nameColumns(names, moment, relevant, (plot.clientWidth * part) / relevant);
      bar.label(range, named ? 1 : relevant);
    },

    /** @param {number} x client coordinate @returns {number | null} column of the alignment; null on the strip of s */
    columnAt(x) {
      for (const [canvas, from, count] of /** @type {[HTMLCanvasElement, number, number][]} */ ([
        [cells.relevant, 0, relevantColumns],
        [cells.background, relevantColumns, allColumns - relevantColumns],
      ])) {
        const box = canvas.getBoundingClientRect();
        if (count > 0 && x >= box.left && x <= box.right) {
          return from + Math.min(count - 1, Math.floor(((x - box.left) / box.width) * count));
        }
      }
      return null;
    },

    /** @param {Uint32Array} rowOf @param {ReadonlySet<number>} selection @param {number | null} hover */
    markRows(rowOf, selection, hover) {
      const ratio = devicePixelRatio;
      const [width, height] = [plot.clientWidth * ratio, plot.clientHeight * ratio];
      if (marks.width !== Math.round(width) || marks.height !== Math.round(height)) {
        [marks.width, marks.height] = [Math.round(width), Math.round(height)];
      }
      const pen = /** @type {CanvasRenderingContext2D} */ (marks.getContext("2d", { willReadFrequently: true }));
      pen.clearRect(0, 0, width, height);
      const place = (/** @type {number} */ neuron) => ((rowOf[neuron] + 0.5) / rowOf.length) * height;
      pen.fillStyle = theme.colours.ink;
      for (const neuron of selection) {
        for (const x of [0, width - 7 * ratio]) pen.fillRect(x, place(neuron) - ratio / 2, 7 * ratio, ratio);
      }
      if (hover !== null && hover < rowOf.length) {
        pen.globalAlpha = 0.75;
        pen.fillRect(0, place(hover) - ratio / 2, width, ratio);
        pen.globalAlpha = 1;
      }
    },

    /** @param {number} from row, −1 for none @param {number} to @param {number} rows */
    sweep(from, to, rows) {
      band.hidden = from < 0;
      band.style.top = `${(Math.min(from, to) / rows) * 100}%`;
      band.style.height = `${((Math.abs(to - from) + 1) / rows) * 100}%`;
    },

    /** @param {PointerEvent | null} event @param {string[]} lines */
    tip(event, lines) {
      readout.hidden = event === null;
      if (!event) return;
      readout.textContent = lines.join(" · ");
      const box = root.getBoundingClientRect();
      const room = box.width - readout.offsetWidth;
      readout.style.left = `${Math.max(0, Math.min(room, event.clientX - box.left - readout.offsetWidth / 2))}px`;
      const above = event.clientY - box.top - readout.offsetHeight - 12;
      readout.style.top = `${above < 0 ? above + readout.offsetHeight + 32 : above}px`;
    },
  };
}

/**
 * @param {HTMLElement} names
 * @param {Moment} moment
 * @param {number} relevant
 * @param {number} width of a relevant column, in pixels
 */
function nameColumns(names, { run, frame }, relevant, width) {
  const numbers = (run.patterns?.shown ?? []).slice(0, relevant);
  const total = run.patterns?.total ?? 0;
  const background = frame.tensors.alignment.shape[1] - relevant;
  const each = div("heatmap-numbers");
  const fits = width >= 8 * String(Math.max(...numbers)).length + 4;
  if (fits) for (const [column, number] of numbers.entries()) each.append(make("span", { title: patternName(run, column) }, String(number)));
  const word = div("heatmap-relevant", width * relevant < 110 ? "relevant" : "relevant patterns");
  word.title = run.patterns?.names ? run.patterns.names.slice(0, relevant).join(", ") : `relevant patterns ${numbers.join(", ")}`;
  const rest = div("heatmap-background", `${share(background, total - relevant)} background patterns`);
  names.replaceChildren(div("heatmap-s", "s"), div("heatmap-relevant-names", each, word), rest);
  rest.hidden = background <= 0;
}

/**
 * @param {HTMLElement} element
 * @param {string[]} names of what neurons are compared with, the signal first
 * @param {number} width of a column, in pixels
 */
function nameDirections(element, names, width) {
  const each = div("heatmap-directions", ...names.map((name) => make("span", { title: name }, width < NAMED ? "" : shortName(name))));
  element.replaceChildren(each);
}

/** Says so where not all are shown. @param {number} shown @param {number} total */
function share(shown, total) {
  return shown < total ? `${shown.toLocaleString("en")} of ${total.toLocaleString("en")}` : shown.toLocaleString("en");
}

/** @param {Uint32Array} palette */
function colourBar(palette) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [1, palette.length];
  const image = new ImageData(1, palette.length);
  new Uint32Array(image.data.buffer).set(palette.toReversed());
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  const labels = div("heatmap-bar-labels");
  const element = div("heatmap-bar", canvas, labels);
  element.setAttribute("aria-hidden", "true");
  return {
    element,
    /** @param {number} range @param {number} k */
    label(range, k) {
      const whole = 1 / Math.sqrt(k);
      /** @type {[number, string, string][]} */
      const ticks = [
        [range, `${range}`, range < 1 ? "and above" : ""],
        [whole, "1/√k", "what a neuron that points at +s has with each relevant pattern"],
        [0, "0", ""],
        [-whole, "−1/√k", "what a neuron that points at −s has with each relevant pattern"],
        [-range, `−${range}`, range < 1 ? "and below" : ""],
      ];
      labels.replaceChildren(
        ...ticks
          .filter(([, text]) => k > 1 || !text.includes("√"))
          .filter(([value]) => Math.abs(value) === range || Math.abs(value) < 0.85 * range)
          .map(([value, text, note]) => {
            const label = make("div", { title: note }, text);
            label.style.top = `${(1 - (value / range + 1) / 2) * 100}%`;
            return label;
          }),
      );
    },
  };
}

/**
 * @param {Uint8ClampedArray} scale RGB triples
 * @returns {Uint32Array} opaque pixels, as ImageData stores them on little-endian machines (all that browsers run on)
 */
function pixels(scale) {
  const result = new Uint32Array(scale.length / 3);
  for (let i = 0; i < result.length; i++) {
    result[i] = (255 << 24) | (scale[3 * i + 2] << 16) | (scale[3 * i + 1] << 8) | scale[3 * i];
  }
  return result;
}
