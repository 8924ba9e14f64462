/**
 * Pointing at pictures of neurons: hover, click (Shift or Ctrl: add or take away), and the same by keyboard while they have
 * the focus: arrows walk, Enter selects. Used by pictures.js only.
 * @typedef {object} Target
 * @property {(x: number, y: number) => number | null} find the neuron whose picture is under a point of the canvas
 * @property {(columns: number, rows: number) => number | null} walk the neuron so far from the one that is pointed at
 * @property {() => ReadonlySet<number>} selection
 * @property {() => number | null} hover
 * @property {(neuron: number | null) => void} onHover
 * @property {(neurons: Set<number>) => void} onSelect
 */

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {HTMLCanvasElement} canvas @param {Target} target @returns {() => void} stops it */
export function followPictures(canvas, target) {
  /** @param {MouseEvent} event */
  function find(event) {
    const box = canvas.getBoundingClientRect();
    return target.find(event.clientX - box.left, event.clientY - box.top);
  }

  /** @param {number | null} neuron */
  function point(neuron) {
    if (neuron !== target.hover()) target.onHover(neuron);
  }

  /** @param {number | null} neuron @param {boolean} add */
  function select(neuron, add) {
    if (neuron === null) {
      target.onSelect(new Set());
      return;
    }
    const chosen = new Set(add ? target.selection() : []);
    if (add && chosen.has(neuron)) chosen.delete(neuron);
    else chosen.add(neuron);
    target.onSelect(chosen);
  }

  /** @param {PointerEvent} event */
  function move(event) {
    const found = find(event);
    canvas.style.cursor = found === null ? "" : "pointer";
    point(found);
  }

  /** @param {MouseEvent} event */
  function click(event) {
    const found = find(event);
    point(found); // a finger points only by touching
    select(found, event.shiftKey || event.ctrlKey || event.metaKey);
  }

  const leave = () => point(null);

  /** @param {KeyboardEvent} event */
  function key(event) {
    const arrow = ARROWS[event.key];
    const current = target.hover();
    if (arrow && !event.shiftKey) point(target.walk(...arrow));
    else if (event.key === "Enter" && current !== null) select(current, true);
    else return;
    event.preventDefault();
    event.stopPropagation(); // the lab's arrows move the film
  }

  const listeners = /** @type {[string, any][]} */ ([
    ["pointermove", move], ["pointerleave", leave], ["click", click], ["keydown", key], ["blur", leave],
  ]);
  for (const [type, listener] of listeners) canvas.addEventListener(type, listener);
  return () => {
    for (const [type, listener] of listeners) canvas.removeEventListener(type, listener);
  };
}
