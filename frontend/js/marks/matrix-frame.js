/**
 * What stands around the cells of a matrix: names of columns and rows, the scale of colours, marks of rows.
 * @import { Axis, Range, Theme } from "../types"
 * @import { MatrixPart as Part } from "../types-marks"
 * @typedef {object} Arrangement
 * @property {Part[]} parts of the columns
 * @property {boolean} first whether a column of its own stands on the left
 * @property {string} rows what rows are, beside them
 * @property {Axis | undefined} axis of the columns
 * @property {number} columns how many
 * @property {Range} range
 * @property {import("../types").MatrixShow} show
 */

import { count, make, setText } from "../ui/dom.js";
import { tokenColour } from "../display/colours.js";
import { short } from "../display/numbers.js";
import { howMany, memberName } from "../display/read.js";
import { NAMED, paletteOf } from "./matrix-cells.js";
import { followPointer } from "./pointer.js";

const SIGN = 7; // pixels that a digit or a letter takes
const UPRIGHT = 13; // letters of a name that stands upright
const WORDS = 110; // pixels that a group needs to have its whole name below
const CLOSE = 0.09; // of the height of the scale: ticks that are closer to another one are left out
const MOST_PARTS = 12; // groups that have a canvas of their own
/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };

const within = (/** @type {number} */ place, /** @type {number} */ length) => Math.max(0, Math.min(length - 1, place));
const div = (/** @type {string} */ name, /** @type {(Node | string)[]} */ ...children) => make("div", { class: name }, ...children);

/** @param {HTMLElement} element @param {Theme} theme @param {string} about for who does not see it */
export function createMatrixFrame(element, theme, about) {
  const [columns, band, names, side, ramp, labels, unit] = ["columns", "sweep", "names", "side", "ramp", "bar-labels", "unit"].map((name) => div(`heatmap-${name}`));
  const [strip, marks] = [make("canvas"), make("canvas", { class: "heatmap-marks" })];
  const plot = make("div", { class: "heatmap-plot", role: "img", tabindex: "0", "aria-label": about }, columns, marks, band);
  const scale = make("div", { class: "heatmap-bar", "aria-hidden": "true" }, ramp, labels);
  band.hidden = true;
  element.replaceChildren(div("heatmap", side, plot, scale, names, unit));
  const size = { width: 0, height: 0 }; // of the plot, kept: to measure with every frame is to lay out the page
  const measure = () => Object.assign(size, { width: plot.clientWidth, height: plot.clientHeight });
  measure();

  let arranged = "";
  let cells = /** @type {HTMLCanvasElement[]} */ ([]);
  let parts = /** @type {Part[]} */ ([]);
  let walks = /** @type {number[]} */ ([]); // columns of the data, from left to right

  /** @param {number} x of the plot @returns {number | null} column of the data; null on the column of its own */
  function columnAt(x) {
    const i = cells.findIndex(({ offsetLeft, offsetWidth }) => x >= offsetLeft && x <= offsetLeft + offsetWidth);
    if (i < 0) return null;
    const { columns: some } = parts[i];
    return some[within(Math.floor(((x - cells[i].offsetLeft) / cells[i].offsetWidth) * some.length), some.length)];
  }

  return {
    strip,
    plot,
    size,
    measure,
    cells: () => cells,
    palette: (/** @type {Range} */ [low]) => paletteOf(theme.areaScale, low < 0),

    /** Axes and names, redrawn only when they change. @param {string} key of all that the arrangement is made of @param {() => Arrangement} compose */
    arrange(key, compose) {
      if (key === arranged) return;
      const now = compose();
      parts = now.parts.slice(0, MOST_PARTS);
      walks = now.parts.flatMap((part) => [...part.columns]);
      cells = parts.map(() => make("canvas"));
      columns.replaceChildren(...(now.first ? [strip] : []), ...cells);
      const template = [...(now.first ? ["8px"] : []), ...parts.map(({ share }) => `minmax(0, ${share.toFixed(4)}fr)`)].join(" ");
      columns.style.gridTemplateColumns = names.style.gridTemplateColumns = template || "none";
      columns.style.columnGap = names.style.columnGap = now.axis?.names && size.width >= NAMED * now.columns && !now.first ? "0" : "4px";
      setText(side, now.rows);
      names.replaceChildren(...(now.first ? [div("heatmap-s", now.show.first_title ?? "")] : []), ...parts.map((part) => nameOf(part, now, size.width, theme)));
      labelScale(now);
      measure();
      arranged = key;
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
      pen.globalAlpha = 1;
      for (const member of selection) if (member < rowOf.length) for (const x of [0, width - 7 * ratio]) stroke(x, place(member), 7 * ratio);
      pen.globalAlpha = 0.75;
      if (hover !== null && hover < rowOf.length) stroke(0, place(hover), width);
    },

    /**
     * The pointer, or keys, on rows and columns. @param {() => Uint32Array} order the member in each row
     * @param {{ selection(): ReadonlySet<number>, onSelect(members: Set<number>): void }} choice
     * @param {(row: number, column: number | null, x: number | null) => void} onPoint row −1: at none; x: pixels of the plot, null of keys @returns {() => void} stops it
     */
    follow(order, { selection, onSelect }, onPoint) {
      let [row, walked] = [-1, 0];
      let x = /** @type {number | null} */ (null);
      const rowAt = (/** @type {import("../types-marks").Place} */ { y }) => within(Math.floor((y / plot.clientHeight) * order().length), order().length);
      const rows = (/** @type {number[]} */ ends) => order().subarray(Math.min(...ends), Math.max(...ends) + 1);
      /** @param {import("../types-marks").Place} place */
      const find = (place) => {
        ({ x } = place);
        return order()[rowAt(place)] ?? null;
      };
      /** @param {number | null} member */
      const onHover = (member) => {
        row = member === null ? -1 : order().indexOf(member);
        onPoint(row, x === null ? walks[walked] : columnAt(x), x);
      };
      return followPointer(plot, {
        selection, onSelect, onHover, find,
        hover: () => order()[row] ?? null,
        inside: (path) => rows([path[0], path[path.length - 1]].map(rowAt)),
        between: (from, to) => rows([from, to].map((member) => order().indexOf(member))),
        walk(key, shift) {
          const [down, aside] = WAYS[key] ?? [0, 0];
          if (order().length === 0 || down === aside || (shift && aside)) return undefined; // Shift and an arrow aside move the film
          x = null;
          walked = within(walked + aside, walks.length);
          return order()[row < 0 ? 0 : within(row + down, order().length)];
        },
        onDraw(path) {
          band.hidden = path.length === 0;
          if (band.hidden) return;
          onHover(find(path[path.length - 1]));
          const [from, to] = [rowAt(path[0]), row].sort((one, other) => one - other);
          band.style.top = `${(from / order().length) * 100}%`;
          band.style.height = `${((to - from + 1) / order().length) * 100}%`;
        },
      }).destroy;
    },
  };

  /** @param {Arrangement} arrangement */
  function labelScale({ range: [low, high], show: { ticks = [], title = "" } }) {
    const stops = theme.stops.slice(low < 0 ? 0 : theme.stops.length >> 1);
    ramp.style.background = `linear-gradient(to top, ${stops.join(", ")})`;
    const at = (/** @type {number} */ value) => (value - low) / (high - low || 1);
    const ends = [{ value: high, text: short(high, 2), note: "and above" }, { value: low, text: short(low, 2), note: "and below" }];
    const inner = [...ticks, ...(low < 0 && high > 0 ? [{ value: 0, text: "0", note: "" }] : [])].filter(({ value }) => at(value) > CLOSE && at(value) < 1 - CLOSE);
    const apart = inner.filter((one, i) => inner.slice(0, i).every((other) => Math.abs(at(one.value) - at(other.value)) > CLOSE));
    labels.replaceChildren(...[...ends, ...apart].map(({ value, text, note }) => {
      const label = make("div", { title: note ?? "" }, text);
      label.style.top = `${(1 - at(value)) * 100}%`;
      return label;
    }));
    setText(unit, title);
    unit.title = title;
  }
}

/** What stands below a part of the columns: a name for each where there is room, and what they are. @param {Part} part @param {Arrangement} arrangement @param {number} room @param {Theme} theme */
function nameOf({ name, colour, columns, share }, { axis, columns: p, parts }, room, theme) {
  const element = div("heatmap-part");
  if (colour) element.style.borderTopColor = tokenColour(colour, theme);
  const all = [...columns];
  const texts = all.map((column) => axis?.names?.[column] ?? String(axis?.numbers?.[column] ?? column));
  const each = (room * share) / columns.length;
  const level = texts.every((text) => each >= SIGN * theme.em * text.length + 4);
  if (level || (axis?.names && each >= NAMED)) {
    const labels = all.map((column, i) => make("span", { title: axis ? memberName(axis, column) : texts[i] }, level ? texts[i] : axis?.short?.[column] ?? ending(texts[i])));
    element.append(div(level ? "heatmap-numbers" : "heatmap-directions", ...labels));
    if (!level) return element;
  }
  const plural = axis?.plural ?? "columns";
  const whole = axis ? howMany(axis, p) : `${count(p)} ${plural}`;
  const rest = axis && p < axis.total && parts.every((one) => one.share <= share) ? ` · ${whole} shown` : "";
  const grouped = room * share < WORDS * theme.em || !name ? name : `${count(columns.length)} ${name} ${plural}${rest}`;
  const words = parts.length > 1 ? grouped : whole;
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
