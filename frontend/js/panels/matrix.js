/**
 * A matrix: rows by falling value of a tensor, columns by their groups, cells as colours. Drawn as pixels on canvases, since every
 * frame changes every cell.
 * @typedef {import("../types").PanelMoment} PanelMoment
 * @typedef {import("../types").MatrixShow} MatrixShow
 * @typedef {import("../types").Range} Range
 */

import { count } from "../ui/dom.js";
import { inUnit } from "../display/numbers.js";
import { howMany, memberName } from "../display/read.js";
import { chosenOn, heldRange, memberTable, numbersOf, spoken } from "../display/values.js";
import { columnParts, paintCells, rowOrder } from "../marks/matrix-cells.js";
import { createMatrixFrame } from "../marks/matrix-frame.js";
import { createTip } from "../marks/tip.js";
import { chooser } from "./chooser.js";

const GAP = 14; // pixels between a row that is pointed at and its tip
const WHOLE = Uint32Array.of(0); // the only column of a vector

/** @type {import("../types").CreatePanel<MatrixShow>} */
export function createPanel(element, { title, show }, context) {
  const about = `${title}: a row for each; the table has the numbers. Arrow keys walk along the rows, with Shift they select, Enter selects one.`;
  const frame = createMatrixFrame(element, context.theme, about);
  const tip = createTip(element);
  const range = heldRange();
  const firstRange = heldRange();
  /** @type {PanelMoment | null} */
  let moment = null;
  /** The member in each row, and the row of each member. @type {Uint32Array} */
  let order = new Uint32Array();
  let rowOf = new Uint32Array();
  const choice = chooser(context, show.rows, () => moment);

  /** @param {PanelMoment} now */
  function draw(now) {
    const { n, p, data } = cellsOf(now, show);
    const limits = signed(range(now, show));
    const first = numbersOf(now, show.first);
    const axis = now.display.axes[show.columns];
    const rows = now.display.axes[show.rows];
    const { width, height } = frame.size;
    order = rowOrder(numbersOf(now, show.order), n);
    rowOf = new Uint32Array(n);
    order.forEach((member, row) => (rowOf[member] = row));
    const parts = columnParts(axis, p, width);
    frame.arrange([now.run.id, n, p, width, ...limits, first !== null].join(" "), () => ({
      parts, axis, columns: p, range: limits, first: first !== null, show,
      rows: `${rows ? howMany(rows, n) : `${count(n)} rows`}${show.order && (!rows || n === rows.total) ? `, by ${sortedBy(show)}` : ""}`,
    }));
    const lines = Math.max(1, Math.min(n, Math.round(height * devicePixelRatio)));
    const palette = frame.palette(limits);
    frame.cells().forEach((canvas, i) => paint(canvas, data, p, parts[i].columns, limits, palette, lines));
    if (first && show.first) {
      const own = signed(firstRange(now, { tensor: show.first }));
      paint(frame.strip, first, 1, WHOLE, own, frame.palette(own), lines);
    }
  }

  /**
   * @param {HTMLCanvasElement} canvas @param {import("../types").Numbers} data @param {number} p @param {Uint32Array} columns
   * @param {Range} limits @param {Uint32Array} palette @param {number} lines
   */
  function paint(canvas, data, p, columns, limits, palette, lines) {
    if (columns.length === 0 || order.length === 0) return;
    if (canvas.width !== columns.length || canvas.height !== lines) [canvas.width, canvas.height] = [columns.length, lines];
    const image = new ImageData(columns.length, lines);
    paintCells(image, data, p, order, columns, limits, palette);
    canvas.getContext("2d", { willReadFrequently: true })?.putImageData(image, 0, 0);
  }

  const mark = () => frame.markRows(rowOf, choice.selection(), choice.hover());

  /** @param {number} row −1: none @param {number | null} column null: that of its own @param {number | null} x of the plot; null: of the keyboard */
  function point(row, column, x) {
    if (!moment) return;
    const member = row < 0 ? null : order[row];
    choice.onHover(member);
    if (member === null) {
      tip.hide();
      return;
    }
    const { p, data } = cellsOf(moment, show);
    const { axes } = moment.display;
    const first = numbersOf(moment, show.first);
    const group = column === null ? undefined : axes[show.columns]?.groups.find(({ members }) => members.includes(column));
    const name = column === null ? (show.first_title ?? spoken(show.first ?? "")) : memberName(axes[show.columns], column);
    const value = column === null ? first?.[member] : data[member * p + column];
    const outer = element.getBoundingClientRect();
    const box = frame.plot.getBoundingClientRect();
    tip.show(
      [memberName(axes[show.rows], member), `${name}${group ? ` (${group.name})` : ""}`, `${show.title ?? ""} ${inUnit(value)}`.trim()],
      box.left - outer.left + (x ?? box.width / 2), box.top - outer.top + ((row + 0.5) / order.length) * box.height, GAP);
  }

  /** @param {PanelMoment} now @returns {number[]} columns of the data from left to right */
  const columnsOf = (now) => columnParts(now.display.axes[show.columns], cellsOf(now, show).p, 0).flatMap(({ columns }) => [...columns]);

  const stop = frame.follow(() => order, choice, point);

  return {
    render(next) {
      const same = moment?.frame === next.frame;
      moment = null; // an exception leaves nothing half drawn to point at, and the next moment is drawn whole
      if (!same) draw(next);
      moment = next;
      mark();
    },
    resize() {
      frame.measure();
      if (moment) draw(moment);
      mark();
    },
    destroy() {
      stop();
      element.replaceChildren();
    },
    needs: () => [show.tensor],
    caption(now) {
      const { n, p } = cellsOf(now, show);
      const { [show.rows]: rows, [show.columns]: columns } = now.display.axes;
      const { selection } = chosenOn(now, show.rows);
      const size = `${rows ? howMany(rows, n) : `${count(n)} rows`} by ${columns ? howMany(columns, p) : `${count(p)} columns`}`;
      return `${size}${show.order ? `, sorted by ${sortedBy(show)}` : ""}.${selection.size ? ` ${count(selection.size)} selected (marks at the edge).` : ""}`;
    },
    table(now) {
      const { n, p, data } = cellsOf(now, show);
      const axis = now.display.axes[show.columns];
      const first = numbersOf(now, show.first);
      return memberTable(now, show.rows, rowOrder(numbersOf(now, show.order), n), [
        ...(first ? [{ title: show.first_title ?? spoken(show.first ?? ""), value: (/** @type {number} */ row) => first[row] }] : []),
        ...columnsOf(now).map((column) => ({ title: axis ? memberName(axis, column) : String(column), value: (/** @type {number} */ row) => data[row * p + column] })),
      ]);
    },
  };
}

/** @param {PanelMoment} moment @param {MatrixShow} show @returns {{ n: number, p: number, data: import("../types").Numbers }} */
function cellsOf({ frame }, show) {
  const { shape, data } = frame.tensors[show.tensor] ?? { shape: [0, 0], data: new Float32Array() };
  return { n: shape[0] ?? 0, p: shape.slice(1).reduce((product, size) => product * size, 1), data };
}

/** @param {MatrixShow} show @returns {string} */
const sortedBy = ({ order = "", first, first_title: title }) => (title && order === first ? title : spoken(order));

/** Colours have 0 in their middle, or at their end. @param {Range} range @returns {Range} */
function signed([low, high]) {
  const limit = Math.max(-low, high);
  return low < 0 ? [-limit, limit] : low === high ? [low, low + 1] : [low, high];
}
