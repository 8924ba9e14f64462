/**
 * Pointing at points: hover, click (Shift or Ctrl: add), lasso, and the same by keyboard while the map has the focus: N and P
 * walk along the members by their value, Enter selects. A finger that starts sideways draws a lasso, one that starts up or down
 * scrolls the page; once the map has the focus, after a tap, it draws whichever way it goes.
 * @typedef {object} Target
 * @property {() => import("./points-scene.js").Scene | null} scene
 * @property {() => ReadonlySet<number>} selection
 * @property {() => number | null} hover
 * @property {(member: number | null) => void} onHover
 * @property {(members: Set<number>) => void} onSelect
 * @property {() => void} onDraw the lasso changed
 */

import { DRAG, adds, listen, picked, placeIn } from "./pick.js";
import { inside, nearest } from "./points-scene.js";

const FINGER_REACH = 16; // pixels around a dot that a tap still means

/** @param {HTMLCanvasElement} canvas @param {Target} target */
export function followPointer(canvas, target) {
  /** @type {{x: number, y: number}[]} */
  let lasso = [];
  let pressed = false;

  /** @param {PointerEvent} event */
  const find = (event) => {
    const scene = target.scene();
    const { x, y } = placeIn(event, canvas);
    return scene && nearest(scene, x, y, event.pointerType === "touch" ? FINGER_REACH : undefined);
  };

  /** @param {number | null} member */
  const point = (member) => {
    if (member !== target.hover()) target.onHover(member);
  };

  function release() {
    pressed = false;
    lasso = [];
    target.onDraw();
  }

  /** @param {PointerEvent} event */
  function up(event) {
    const scene = target.scene();
    if (!pressed || !scene) return;
    if (lasso.length > 2) target.onSelect(picked(target.selection(), inside(scene, lasso), adds(event)));
    else {
      const found = find(event);
      if (event.pointerType === "touch") point(found);
      target.onSelect(found === null ? new Set() : picked(target.selection(), [found], adds(event)));
    }
    release();
  }

  const stop = listen(canvas, {
    pointermove(event) {
      if (!pressed) {
        const found = find(event);
        point(found);
        canvas.style.cursor = found === null ? "crosshair" : "pointer";
        return;
      }
      const place = placeIn(event, canvas);
      if (lasso.length === 1 && Math.hypot(place.x - lasso[0].x, place.y - lasso[0].y) <= DRAG) return;
      lasso.push(place);
      target.onDraw();
    },
    pointerdown(event) {
      if (event.isPrimary === false) release(); // a second finger: the page is made larger
      else if (event.button === 0) {
        pressed = true;
        lasso = [placeIn(event, canvas)];
        if (event.pointerType !== "touch") canvas.setPointerCapture(event.pointerId); // a finger is captured as it is
      }
    },
    pointerup: up,
    pointercancel: release,
    pointerleave(event) {
      if (event.pointerType !== "touch") point(null); // what a finger pointed at stays told until it points elsewhere
    },
    keydown(event) {
      const current = target.hover();
      if (event.key === "n" || event.key === "p") {
        const value = target.scene()?.value ?? new Float64Array();
        const key = (/** @type {number} */ i) => (Number.isNaN(value[i]) ? Infinity : value[i]);
        const order = Array.from(value, (_, i) => i).sort((a, b) => key(a) - key(b) || a - b);
        if (order.length === 0) return;
        const next = current === null ? 0 : order.indexOf(current) + (event.key === "n" ? 1 : -1);
        point(order[(next + order.length) % order.length]);
      } else if (event.key === "Enter" && current !== null) target.onSelect(picked(target.selection(), [current], true));
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    blur: () => point(null),
  });

  return { lasso: () => (lasso.length > 1 ? lasso : []), destroy: stop };
}
