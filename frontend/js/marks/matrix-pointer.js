/**
 * Pointing at rows of a matrix: hover, click (Shift or Ctrl: add), drag over a range, and the same by keyboard while it has the
 * focus: arrows walk along rows and columns, with Shift they select a range of rows, Enter selects one. A finger taps; once the
 * matrix has the focus, after a tap, it drags over a range, and before that it scrolls the page.
 * @typedef {object} Target
 * @property {() => Uint32Array} order the member in each row
 * @property {() => number} columns how many there are to walk along
 * @property {() => ReadonlySet<number>} selection
 * @property {(row: number, x: number | null, column: number) => void} onPoint x: client coordinate; null: at the column walked to. row −1: at none
 * @property {(members: Set<number>) => void} onSelect
 * @property {(from: number, to: number) => void} onSweep rows that a drag goes over; −1 for none
 */

import { DRAG, adds, listen, picked, placeIn } from "./pick.js";

/** @param {HTMLElement} plot @param {Target} target @returns {() => void} stops it */
export function followRows(plot, target) {
  /** @type {{ y: number, row: number, swept: boolean } | null} */
  let start = null;
  let row = -1; // of the keyboard, or the one that was pointed at last
  let column = 0;
  let anchor = -1; // where a range by keyboard begins

  /** @param {PointerEvent} event */
  const rowAt = (event) => {
    const { length } = target.order();
    return Math.max(0, Math.min(length - 1, Math.floor((placeIn(event, plot).y / plot.clientHeight) * length)));
  };

  /** @param {number} one @param {number} other @returns {Uint32Array} members of the rows from one to the other */
  const between = (one, other) => target.order().subarray(Math.min(one, other), Math.max(one, other) + 1);

  function release() {
    start = null;
    target.onSweep(-1, -1);
  }

  return listen(plot, {
    pointermove(event) {
      if (target.order().length === 0) return;
      row = rowAt(event);
      target.onPoint(row, event.clientX, column);
      if (!start) return;
      start.swept ||= Math.abs(event.clientY - start.y) > DRAG;
      if (start.swept) target.onSweep(start.row, row);
    },
    pointerdown(event) {
      if (event.button !== 0 || event.isPrimary === false || target.order().length === 0) return;
      start = { y: event.clientY, row: rowAt(event), swept: false };
      if (event.pointerType !== "touch") plot.setPointerCapture(event.pointerId);
    },
    pointerup(event) {
      if (!start) return;
      row = anchor = rowAt(event);
      const selection = target.selection();
      const member = target.order()[row];
      if (start.swept) target.onSelect(adds(event) ? new Set([...selection, ...between(start.row, row)]) : new Set(between(start.row, row)));
      else if (!adds(event) && selection.size === 1 && selection.has(member)) target.onSelect(new Set());
      else target.onSelect(picked(selection, [member], adds(event)));
      target.onPoint(row, event.clientX, column);
      release();
    },
    pointercancel: release,
    pointerleave(event) {
      if (event.pointerType !== "touch") target.onPoint(-1, null, column);
    },
    keydown(event) {
      const order = target.order();
      if (order.length === 0) return;
      const down = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      const aside = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (down) {
        if (!event.shiftKey) anchor = -1;
        else if (anchor < 0) anchor = Math.max(0, row);
        row = row < 0 ? 0 : Math.max(0, Math.min(order.length - 1, row + down));
        if (event.shiftKey) target.onSelect(new Set(between(anchor, row)));
      } else if (aside && !event.shiftKey) column = Math.max(0, Math.min(target.columns() - 1, column + aside));
      else if (event.key === "Enter" && row >= 0) target.onSelect(picked(target.selection(), [order[row]], true));
      else return;
      target.onPoint(Math.max(0, row), null, column);
      event.preventDefault();
      event.stopPropagation(); // arrows of the page move the film
    },
    blur() {
      row = anchor = -1;
      target.onPoint(-1, null, column);
    },
  });
}
