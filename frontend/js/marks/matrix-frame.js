/**
 * What stands around the cells of a matrix: names of columns and rows, the scale of colours, marks of rows.
 * @typedef {import("../types").Axis} Axis
 * @typedef {import("../types").Range} Range
 * @typedef {import("./matrix-cells.js").Part} Part
 * @typedef {object} Arrangement
 * @property {Part[]} parts of the columns
 * @property {boolean} first whether a column of its own stands on the left
 * @property {string} firstTitle
 * @property {string} rows what rows are, beside them
 * @property {Axis | undefined} axis of the columns
 * @property {number} columns how many
 * @property {Range} range
 * @property {{value: number, text: string, note?: string}[]} ticks
 * @property {string} unit below the scale
 */

import { make, setText } from "../ui/dom.js";
import { tokenColour } from "../display/colours.js";
import { short } from "../display/numbers.js";
import { howMany, memberName } from "../display/read.js";
import { NAMED, paletteOf } from "./matrix-cells.js";

const SIGN = 7; // pixels that a digit or a letter takes
const UPRIGHT = 13; // letters of a name that stands upright
const WORDS = 110; // pixels that a group needs to have its whole name below
const CLOSE = 0.09; // of the height of the scale: ticks that are closer to another one are left out
const MOST_PARTS = 12; // groups that have a canvas of their own

const div = (/** @type {string} */ name, /** @type {(Node | string)[]} */ ...children) => make("div", { class: name }, ...children);

/** @param {HTMLElement} element @param {import("../types").Theme} theme @param {string} about for who does not see it */
export function createMatrixFrame(element, theme, about) {
  const strip = document.createElement("canvas");
  const columns = div("heatmap-columns");
  const marks = make("canvas", { class: "heatmap-marks" });
  const band = div("heatmap-sweep");
  const plot = make("div", { class: "heatmap-plot", role: "img", tabindex: "0", "aria-label": about }, columns, marks, band);
  const names = div("heatmap-names");
  const side = div("heatmap-side");
  const bar = document.createElement("canvas");
  const labels = div("heatmap-bar-labels");
  const unit = div("heatmap-unit");
  const scale = make("div", { class: "heatmap-bar", "aria-hidden": "true" }, bar, labels);
  const root = div("heatmap", side, plot, scale, names, unit);
  band.hidden = true;
  element.replaceChildren(root);
  /** Of the plot, kept: to measure with every frame is to lay out the page. */
  const size = { width: plot.clientWidth, height: plot.clientHeight };
  const measure = () => Object.assign(size, { width: plot.clientWidth, height: plot.clientHeight });

  let arranged = "";
  /** @type {HTMLCanvasElement[]} */
  let cells = [];
  /** @type {Part[]} */
  let parts = [];

  return {
    strip,
    plot,
    size,
    measure,
    cells: () => cells,
    palette: (/** @type {Range} */ [low]) => paletteOf(theme.areaScale, low < 0),

    /** Axes and names, redrawn only when they change. @param {string} key of all that the arrangement is made of @param {() => Arrangement} make */
    arrange(key, make) {
      if (key === arranged) return;
      const now = make();
      parts = now.parts.slice(0, MOST_PARTS);
      cells = parts.map(() => document.createElement("canvas"));
      columns.replaceChildren(...(now.first ? [strip] : []), ...cells);
      const template = [...(now.first ? ["8px"] : []), ...parts.map(({ share }) => `minmax(0, ${share.toFixed(4)}fr)`)].join(" ");
      columns.style.gridTemplateColumns = names.style.gridTemplateColumns = template || "none";
      columns.style.columnGap = names.style.columnGap = now.axis?.names && size.width >= NAMED * now.columns && !now.first ? "0" : "4px";
      setText(side, now.rows);
      names.replaceChildren(...(now.first ? [div("heatmap-s", now.firstTitle)] : []), ...parts.map((part) => nameOf(part, now, size.width, theme)));
      labelScale(now);
      measure();
      arranged = key;
    },

    /** @param {number} x client coordinate @returns {number | null} column of the data; null on the column of its own */
    columnAt(x) {
      for (const [i, canvas] of cells.entries()) {
        const box = canvas.getBoundingClientRect();
        const { length } = parts[i].columns;
        if (x >= box.left && x <= box.right) return parts[i].columns[Math.min(length - 1, Math.floor(((x - box.left) / box.width) * length))];
      }
      return null;
    },

    /** @param {Uint32Array} rowOf @param {ReadonlySet<number>} selection @param {number | null} hover */
    markRows(rowOf, selection, hover) {
      const ratio = devicePixelRatio;
      const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
      if (marks.width !== width || marks.height !== height) [marks.width, marks.height] = [width, height];
      const pen = /** @type {CanvasRenderingContext2D} */ (marks.getContext("2d", { willReadFrequently: true }));
      pen.clearRect(0, 0, width, height);
      const place = (/** @type {number} */ member) => ((rowOf[member] + 0.5) / rowOf.length) * height;
      const stroke = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ length) => {
        // on paper of its own: ink alone is lost on dark cells
        pen.fillStyle = theme.colours.paper;
        pen.fillRect(x, y - 1.5 * ratio, length, 3 * ratio);
        pen.fillStyle = theme.colours.ink;
        pen.fillRect(x, y - ratio / 2, length, ratio);
      };
      for (const member of selection) if (member < rowOf.length) for (const x of [0, width - 7 * ratio]) stroke(x, place(member), 7 * ratio);
      if (hover === null || hover >= rowOf.length) return;
      pen.globalAlpha = 0.75;
      stroke(0, place(hover), width);
      pen.globalAlpha = 1;
    },

    /** @param {number} from row, −1 for none @param {number} to @param {number} rows */
    sweep(from, to, rows) {
      band.hidden = from < 0;
      band.style.top = `${(Math.min(from, to) / rows) * 100}%`;
      band.style.height = `${((Math.abs(to - from) + 1) / rows) * 100}%`;
    },
  };

  /** @param {Arrangement} arrangement */
  function labelScale({ range: [low, high], ticks, unit: words }) {
    const palette = paletteOf(theme.areaScale, low < 0);
    [bar.width, bar.height] = [1, palette.length];
    const image = new ImageData(1, palette.length);
    new Uint32Array(image.data.buffer).set(palette.toReversed());
    bar.getContext("2d")?.putImageData(image, 0, 0);
    const at = (/** @type {number} */ value) => (value - low) / (high - low || 1);
    const ends = [{ value: high, text: short(high, 2), note: "and above" }, { value: low, text: short(low, 2), note: "and below" }];
    const inner = [...ticks, ...(low < 0 && high > 0 ? [{ value: 0, text: "0", note: "" }] : [])].filter(({ value }) => at(value) > CLOSE && at(value) < 1 - CLOSE);
    const apart = inner.filter((one, i) => inner.slice(0, i).every((other) => Math.abs(at(one.value) - at(other.value)) > CLOSE));
    labels.replaceChildren(...[...ends, ...apart].map(({ value, text, note }) => {
      const label = make("div", { title: note ?? "" }, text);
      label.style.top = `${(1 - at(value)) * 100}%`;
      return label;
    }));
    setText(unit, words);
    unit.title = words;
  }
}

/** What stands below a part of the columns: a name for each where there is room, and what they are. @param {Part} part @param {Arrangement} arrangement @param {number} room @param {import("../types").Theme} theme */
function nameOf({ name, colour, columns, share }, { axis, columns: p, parts }, room, theme) {
  const element = div("heatmap-part");
  if (colour) element.style.borderTopColor = tokenColour(colour, theme);
  const all = [...columns];
  const texts = all.map((column) => axis?.names?.[column] ?? String(axis?.numbers?.[column] ?? column));
  const longest = texts.reduce((most, text) => Math.max(most, text.length), 0);
  const each = (room * share) / columns.length;
  const level = each >= SIGN * longest + 4;
  if (level || (axis?.names && each >= NAMED)) {
    const labels = all.map((column, i) => make("span", { title: axis ? memberName(axis, column) : texts[i] }, level ? texts[i] : axis?.short?.[column] ?? ending(texts[i])));
    element.append(div(level ? "heatmap-numbers" : "heatmap-directions", ...labels));
    if (!level) return element;
  }
  const plural = axis?.plural ?? "columns";
  const brief = parts.length > 1 && (room * share < WORDS || !name);
  const rest = axis && p < axis.total && share === Math.max(...parts.map((one) => one.share)) ? ` · ${howMany(axis, p)} shown` : "";
  const words = brief ? name : parts.length > 1 ? `${columns.length.toLocaleString("en")} ${name} ${plural}${rest}` : axis ? howMany(axis, p) : `${p.toLocaleString("en")} ${plural}`;
  const line = div("heatmap-words", words);
  line.title = `${words}: ${texts.slice(0, 40).join(", ")}${texts.length > 40 ? ", …" : ""}`;
  element.append(line);
  return element;
}

/** @param {string} name @returns {string} its last words, as many as have room: they tell names apart that begin alike */
function ending(name) {
  const words = name.split(" ");
  while (words.length > 1 && words.join(" ").length > UPRIGHT) words.shift();
  return words.join(" ");
}
