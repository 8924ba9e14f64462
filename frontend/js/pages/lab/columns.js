/**
 * The handles between the lab's columns: dragged with a pointer or moved by keys, and kept for the next visit. Used by layout.js.
 * @module
 */

import { make } from "../../ui/dom.js";
import { store, stored } from "../../ui/stored.js";

const KEY = "emergescope.lab.";
const NUDGE = 16;
const HERO = 240; // pixels that the large panel keeps
const GONE = 96; // a column that would be narrower than this is closed

/**
 * @param {HTMLElement} lab whose custom property `--NAME-width` is the width of the column
 * @param {{ name: string, label: string, column: HTMLElement, grows: 1 | -1 }} about grows: 1, if the column is left of the handle
 * @returns {HTMLElement} the handle
 */
export function columnHandle(lab, { name, label, column, grows }) {
  const property = `--${name}-width`;
  const handle = make("div", {
    class: `lab-handle lab-handle-${name}`, role: "separator", tabindex: "0", "aria-orientation": "vertical", "aria-label": label,
    "aria-valuemin": "0", title: "Drag, or press ← and →; Enter: as it was",
  });
  const most = () => Math.max(0, Math.round(lab.clientWidth - HERO - (lab.clientWidth - hero() - width())));
  const hero = () => /** @type {HTMLElement} */ (lab.querySelector(".lab-large")).offsetWidth;
  const width = () => Math.round(column.getBoundingClientRect().width);

  /** @param {number | null} pixels null: as the style sheet has it */
  function set(pixels) {
    if (pixels === null) lab.style.removeProperty(property);
    else lab.style.setProperty(property, `${pixels < GONE ? 0 : Math.min(pixels, Math.max(most(), width()))}px`);
    column.classList.toggle("is-closed", pixels !== null && pixels < GONE);
    told();
  }

  function told() {
    handle.setAttribute("aria-valuenow", String(width()));
    handle.setAttribute("aria-valuemax", String(Math.max(most(), width())));
  }

  /** @param {number | null} pixels */
  function choose(pixels) {
    set(pixels);
    store(KEY + name, pixels === null ? "" : String(width()));
  }

  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    const [start, from] = [event.clientX, width()];
    const move = (/** @type {PointerEvent} */ moved) => set(Math.max(0, from + grows * (moved.clientX - start)));
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", () => {
      handle.removeEventListener("pointermove", move);
      choose(width());
    }, { once: true });
  });
  handle.addEventListener("dblclick", () => choose(null));
  handle.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -NUDGE, ArrowRight: NUDGE }[event.key];
    const to = { Home: 0, End: most(), Enter: null }[event.key];
    if (step === undefined && to === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // arrows move the film elsewhere
    if (to !== undefined) choose(to);
    else if (step) choose(width() === 0 ? GONE : Math.max(0, width() + grows * step));
  });
  new ResizeObserver(told).observe(column);
  const kept = Number(stored(KEY + name) || NaN);
  if (kept >= 0) queueMicrotask(() => set(kept)); // once it is in the page
  return handle;
}
