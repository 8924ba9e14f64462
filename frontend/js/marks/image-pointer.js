/**
 * Pointing at pictures: hover, click (Shift or Ctrl: add or take away), and the same by keyboard while they have the focus: arrows
 * walk, Enter selects.
 * @typedef {object} Target
 * @property {(x: number, y: number) => number | null} find the member whose picture is under a point of the canvas
 * @property {(columns: number, rows: number) => number | null} walk the member so far from the one that is pointed at
 * @property {() => ReadonlySet<number>} selection
 * @property {() => number | null} hover
 * @property {(member: number | null) => void} onHover
 * @property {(members: Set<number>) => void} onSelect
 */

import { adds, listen, picked, placeIn } from "./pick.js";

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {HTMLCanvasElement} canvas @param {Target} target @returns {() => void} stops it */
export function followPictures(canvas, target) {
  /** @param {MouseEvent} event */
  const find = (event) => {
    const { x, y } = placeIn(event, canvas);
    return target.find(x, y);
  };

  /** @param {number | null} member */
  const point = (member) => {
    if (member !== target.hover()) target.onHover(member);
  };

  return listen(canvas, {
    pointermove(event) {
      const found = find(event);
      canvas.style.cursor = found === null ? "" : "pointer";
      point(found);
    },
    pointerleave(event) {
      if (event.pointerType !== "touch") point(null);
    },
    click(event) {
      const found = find(event);
      point(found); // a finger points only by touching
      target.onSelect(found === null ? new Set() : picked(target.selection(), [found], adds(event)));
    },
    keydown(event) {
      const arrow = ARROWS[event.key];
      const current = target.hover();
      if (arrow && !event.shiftKey) point(target.walk(...arrow));
      else if (event.key === "Enter" && current !== null) target.onSelect(picked(target.selection(), [current], true));
      else return;
      event.preventDefault();
      event.stopPropagation(); // arrows of the page move the film
    },
    blur: () => point(null),
  });
}
