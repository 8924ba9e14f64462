/**
 * Pointing at neurons: hover, click (Shift or Ctrl: add), lasso, and the same by keyboard while the map has the focus:
 * N and P walk along the neurons by signal cosine, Enter selects. Used by views/map.js only.
 * @typedef {object} Target
 * @property {() => {x: Float32Array, y: Float32Array, radius: Float32Array} | null} dots in pixels
 * @property {() => ReadonlySet<number>} selection
 * @property {() => number | null} hover
 * @property {() => Float32Array} cosine
 * @property {(neuron: number | null) => void} onHover
 * @property {(neurons: Set<number>) => void} onSelect
 * @property {() => void} onDraw the lasso changed
 */

import { inside, nearest } from "./points-scene.js";

const DRAG_PIXELS = 5;

/** @param {HTMLCanvasElement} canvas @param {Target} target */
export function followPointer(canvas, target) {
  /** @type {{x: number, y: number}[]} */
  let lasso = [];
  let pressed = false;

  const at = (/** @type {PointerEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  /** @param {{x: number, y: number}} point */
  function find(point) {
    const dots = target.dots();
    return dots ? nearest(dots.x, dots.y, dots.radius, point.x, point.y) : null;
  }

  /** @param {Iterable<number>} neurons @param {boolean} add */
  function select(neurons, add) {
    const chosen = new Set(add ? target.selection() : []);
    for (const i of neurons) {
      if (add && chosen.has(i)) chosen.delete(i);
      else chosen.add(i);
    }
    target.onSelect(chosen);
  }

  /** @param {PointerEvent} event */
  function move(event) {
    const point = at(event);
    if (!pressed) {
      const found = find(point);
      if (found !== target.hover()) target.onHover(found);
      canvas.style.cursor = found === null ? "crosshair" : "pointer";
      return;
    }
    const start = lasso[0];
    if (lasso.length > 1 || Math.hypot(point.x - start.x, point.y - start.y) > DRAG_PIXELS) {
      lasso.push(point);
      target.onDraw();
    }
  }

  /** @param {PointerEvent} event */
  function down(event) {
    if (event.button !== 0 || event.pointerType === "touch") return; // a finger on the map scrolls the page; a tap still selects
    pressed = true;
    lasso = [at(event)];
    canvas.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  function up(event) {
    const add = event.shiftKey || event.ctrlKey || event.metaKey;
    const dots = target.dots();
    if (lasso.length > 2 && dots) select(inside(dots.x, dots.y, lasso), add);
    else if (pressed || event.pointerType === "touch") {
      const found = find(at(event));
      select(found === null ? [] : [found], add && found !== null);
    }
    pressed = false;
    lasso = [];
    target.onDraw();
  }

  function cancel() {
    pressed = false;
    lasso = [];
    target.onDraw();
  }

  const leave = () => {
    if (target.hover() !== null) target.onHover(null);
  };

  /** @param {KeyboardEvent} event */
  function key(event) {
    const cosine = target.cosine();
    const current = target.hover();
    if (event.key === "n" || event.key === "p") {
      const order = Array.from(cosine, (_, i) => i).sort((a, b) => cosine[a] - cosine[b]);
      if (order.length === 0) return;
      const next = current === null ? 0 : order.indexOf(current) + (event.key === "n" ? 1 : -1);
      target.onHover(order[(next + order.length) % order.length]);
    } else if (event.key === "Enter" && current !== null) {
      select([current], true);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  const listeners = /** @type {[string, any][]} */ ([
    ["pointermove", move], ["pointerdown", down], ["pointerup", up], ["pointercancel", cancel], ["pointerleave", leave],
    ["keydown", key], ["blur", leave],
  ]);
  for (const [type, listener] of listeners) canvas.addEventListener(type, listener);
  return {
    lasso: () => (lasso.length > 1 ? lasso : []),
    destroy() {
      for (const [type, listener] of listeners) canvas.removeEventListener(type, listener);
    },
  };
}
