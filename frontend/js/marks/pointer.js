/**
 * Pointing at members on a canvas: hover, click (Shift or Ctrl: add or take away), a lasso where there can be one, and the same by
 * keyboard while it has the focus: keys walk, Enter selects. A finger that starts sideways draws a lasso, one that starts up or
 * down scrolls the page; once the canvas has the focus, after a tap, it draws whichever way it goes.
 * @typedef {{x: number, y: number}} Place in pixels of the canvas
 * @typedef {object} Target
 * @property {(place: Place, finger: boolean) => number | null} find the member at a place
 * @property {(key: string) => number | null | undefined} walk the member that a key leads to; undefined: no such key
 * @property {(loop: Place[]) => Set<number>} [inside] the members in a lasso
 * @property {() => ReadonlySet<number>} selection
 * @property {() => number | null} hover
 * @property {(member: number | null) => void} onHover
 * @property {(members: Set<number>) => void} onSelect
 * @property {() => void} [onDraw] the lasso changed
 */

import { DRAG, adds, listen, picked, placeIn } from "./pick.js";

/** @param {HTMLCanvasElement} canvas @param {Target} target */
export function followPointer(canvas, target) {
  /** @type {Place[]} */
  let lasso = [];
  let pressed = false;

  const find = (/** @type {PointerEvent} */ event) => target.find(placeIn(event, canvas), event.pointerType === "touch");

  function release() {
    pressed = false;
    lasso = [];
    target.onDraw?.();
  }

  const stop = listen(canvas, {
    pointermove(event) {
      if (!pressed) {
        const found = find(event);
        target.onHover(found);
        canvas.style.cursor = found !== null ? "pointer" : target.inside ? "crosshair" : "";
        return;
      }
      const place = placeIn(event, canvas);
      if (!target.inside || (lasso.length === 1 && Math.hypot(place.x - lasso[0].x, place.y - lasso[0].y) <= DRAG)) return;
      lasso.push(place);
      target.onDraw?.();
    },
    pointerdown(event) {
      if (event.isPrimary === false) release(); // a second finger: the page is made larger
      else if (event.button === 0) {
        pressed = true;
        lasso = [placeIn(event, canvas)];
        if (event.pointerType !== "touch") canvas.setPointerCapture(event.pointerId); // a finger is captured as it is
      }
    },
    pointerup(event) {
      if (!pressed) return;
      if (target.inside && lasso.length > 2) target.onSelect(picked(target.selection(), target.inside(lasso), adds(event)));
      else {
        const found = find(event);
        target.onHover(found); // a finger points only by touching
        target.onSelect(found === null ? new Set() : picked(target.selection(), [found], adds(event)));
      }
      release();
    },
    pointercancel: release,
    pointerleave(event) {
      if (event.pointerType !== "touch") target.onHover(null); // what a finger pointed at stays told until it points elsewhere
    },
    keydown(event) {
      const current = target.hover();
      const next = event.shiftKey ? undefined : target.walk(event.key);
      if (next !== undefined) target.onHover(next);
      else if (event.key === "Enter" && current !== null) target.onSelect(picked(target.selection(), [current], true));
      else return;
      event.preventDefault();
      event.stopPropagation(); // arrows of the page move the film
    },
    blur: () => target.onHover(null),
  });

  return { lasso: () => (lasso.length > 1 ? lasso : []), destroy: stop };
}
