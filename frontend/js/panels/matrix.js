/**
 * A matrix: rows by falling value of a tensor, columns by their groups, cells as colours. Drawn as pixels on canvases, since every frame changes every cell.
 * @import { MatrixShow, Numbers, PanelMoment, Range } from "../types"
 */

import { count } from "../ui/dom.js";
import { inUnit } from "../display/numbers.js";
import { memberName } from "../display/read.js";
import { chosenOn, heldRange, memberTable, numbersOf, spoken } from "../display/values.js";
import { columnParts, paintCells, rowOrder } from "../marks/matrix-cells.js";
import { createMatrixFrame } from "../marks/matrix-frame.js";
import { createTip } from "../marks/tip.js";
import { amount, chooser, columnsOf } from "./choices.js";

const GAP = 14; // pixels between a row that is pointed at and its tip
const WHOLE = Uint32Array.of(0); // the only column of a vector

/** @type {import("../types").CreatePanel<MatrixShow>} */
export function createPanel(element, { title, show }, context) {
  const about = `${title}: a row for each; the table has the numbers. Arrow keys walk along the rows, with Shift they select, Enter selects one.`;
  const frame = createMatrixFrame(element, context.theme, about);
  const tip = createTip(element);
  const [range, firstRange] = [heldRange(), heldRange()];
  const choice = chooser(context, show.rows);
  /** The member in each row, and the row of each member. @type {Uint32Array} */
  let order = new Uint32Array();
  let rowOf = new Uint32Array();
  let marked = false;
  const { first_title: firstTitle = spoken(show.first ?? ""), title: unit = "" } = show;
  const sortedBy = show.order && (show.order === show.first ? firstTitle : spoken(show.order));

  /** @param {PanelMoment} now */
  function draw(now) {
    const { n, p, data } = cellsOf(now, show);
    const limits = signed(range(now, show));
    const first = numbersOf(now, show.first);
    const { [show.rows]: rows, [show.columns]: axis } = now.display.axes;
    order = rowOrder(numbersOf(now, show.order), n);
    rowOf = new Uint32Array(n);
    order.forEach((member, row) => (rowOf[member] = row));
    const { width } = frame.size;
    const parts = columnParts(axis, p, width);
    frame.arrange([now.run.id, n, p, width, ...limits, first !== null].join(" "), () => ({
      parts, axis, columns: p, range: limits, first: first !== null, show,
      rows: `${amount(rows, n, "rows")}${sortedBy && (!rows || n === rows.total) ? `, by ${sortedBy}` : ""}`,
    }));
    frame.cells().forEach((canvas, i) => paint(canvas, data, p, parts[i].columns, limits));
    if (first && show.first) paint(frame.strip, first, 1, WHOLE, signed(firstRange(now, { tensor: show.first })));
  }

  /** @param {HTMLCanvasElement} canvas @param {Numbers} data @param {number} p @param {Uint32Array} columns @param {Range} limits */
  function paint(canvas, data, p, columns, limits) {
    const lines = Math.max(1, Math.min(order.length, Math.round(frame.size.height * devicePixelRatio)));
    if (canvas.width !== columns.length || canvas.height !== lines) [canvas.width, canvas.height] = [columns.length, lines];
    const image = new ImageData(columns.length, lines);
    paintCells(image, data, p, order, columns, limits, frame.palette(limits));
    canvas.getContext("2d", { willReadFrequently: true })?.putImageData(image, 0, 0);
  }

  /** Where nobody is selected or pointed at, and was before, there is nothing to do. */
  function mark() {
    const some = choice.selection().size > 0 || choice.hover() !== null;
    if (some || marked) frame.markRows(rowOf, choice.selection(), choice.hover());
    marked = some;
  }

  function resize() {
    frame.measure();
    if (choice.moment) draw(choice.moment);
    marked = true;
    mark();
  }

  /** @param {number} row −1: none @param {number | null} column null: that of its own @param {number | null} x of the plot; null: of the keyboard */
  function point(row, column, x) {
    const now = choice.moment;
    const member = row < 0 ? null : order[row];
    choice.onHover(member);
    if (!now || member === null) return tip.hide();
    const { p, data } = cellsOf(now, show);
    const { [show.rows]: rows, [show.columns]: axis } = now.display.axes;
    const group = column === null ? undefined : axis?.groups.find(({ members }) => members.includes(column));
    const name = column === null ? firstTitle : memberName(axis, column);
    const value = column === null ? numbersOf(now, show.first)?.[member] : data[member * p + column];
    const outer = element.getBoundingClientRect();
    const box = frame.plot.getBoundingClientRect();
    tip.show([memberName(rows, member), `${name}${group ? ` (${group.name})` : ""}`, `${unit} ${inUnit(value)}`.trim()],
      box.left - outer.left + (x ?? box.width / 2), box.top - outer.top + ((row + 0.5) / order.length) * box.height, GAP);
  }

  /** @param {PanelMoment} now @returns {number[]} columns of the data from left to right */
  const columnsFrom = (now) => columnParts(now.display.axes[show.columns], cellsOf(now, show).p, 0).flatMap(({ columns }) => [...columns]);

  const stop = frame.follow(() => order, choice, point);

  return {
    render(next) {
      const same = choice.moment?.frame === next.frame;
      choice.moment = null; // an exception leaves nothing half drawn to point at, and the next moment is drawn whole
      if (!same) draw(next);
      choice.moment = next;
      mark();
    },
    resize,
    destroy() {
      stop();
      element.replaceChildren();
    },
    needs: () => [show.tensor],
    caption(now) {
      const { n, p } = cellsOf(now, show);
      const { [show.rows]: rows, [show.columns]: columns } = now.display.axes;
      const { size } = chosenOn(now, show.rows).selection;
      const sorted = sortedBy ? `, sorted by ${sortedBy}` : "";
      return `${amount(rows, n, "rows")} by ${amount(columns, p, "columns")}${sorted}.${size ? ` ${count(size)} selected (marks at the edge).` : ""}`;
    },
    table(now) {
      const { n, p, data } = cellsOf(now, show);
      const axis = now.display.axes[show.columns];
      return memberTable(now, show.rows, rowOrder(numbersOf(now, show.order), n), [
        ...columnsOf(now, [{ tensor: show.first, title: firstTitle }]),
        ...columnsFrom(now).map((column) => ({ title: memberName(axis, column), value: (/** @type {number} */ row) => data[row * p + column] })),
      ]);
    },
  };
}

/** @param {PanelMoment} moment @param {MatrixShow} show @returns {{ n: number, p: number, data: Numbers }} */
function cellsOf({ frame }, show) {
  const { shape, data } = frame.tensors[show.tensor] ?? { shape: [], data: new Float32Array() };
  const [n = 0, ...more] = shape;
  return { n, p: more.reduce((product, size) => product * size, 1), data };
}

/** Colours have 0 in their middle, or at their end. @param {Range} range @returns {Range} */
function signed([low, high]) {
  const limit = Math.max(-low, high);
  return low < 0 ? [-limit, limit] : low === high ? [low, low + 1] : [low, high];
}
