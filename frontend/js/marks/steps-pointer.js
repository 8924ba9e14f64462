/**
 * The pointer on a chart over steps: a press seeks, a drag zooms, a drag of the cursor or along the axis seeks. Used by steps.js only.
 */

const MOVED = 4; // px that make a press a drag
const NEAR = 6; // px from the cursor that take hold of it

/**
 * @param {HTMLElement} over @param {HTMLElement} drag drawn where a part is chosen
 * @param {{ area: () => import("./steps.js").Box, cursor: () => number | null, seek: (px: number) => void, hover: (px: number | null) => void,
 *   zoom: (left: number, right: number) => void, whole: () => void }} on `cursor`: where it is, if it can be moved; all in pixels of the element
 */
export function followPointer(over, drag, on) {
  /** @type {{ from: number, seeks: boolean, moved: boolean } | null} */
  let press = null;
  const place = (/** @type {PointerEvent} */ event) => event.clientX - over.getBoundingClientRect().left;
  const seeks = (/** @type {PointerEvent} */ event) => {
    const cursor = on.cursor();
    const { top, height } = on.area();
    return cursor !== null && (Math.abs(place(event) - cursor) <= NEAR || event.clientY - over.getBoundingClientRect().top > top + height);
  };
  const show = (/** @type {number} */ to) => {
    const { left, top, width, height } = on.area();
    const [a, b] = [press?.from ?? to, to].map((px) => Math.min(left + width, Math.max(left, px))).sort((one, other) => one - other);
    Object.assign(drag.style, { left: `${a}px`, top: `${top}px`, width: `${b - a}px`, height: `${height}px` });
    drag.hidden = !press?.moved;
    return [a, b];
  };
  drag.hidden = true;

  over.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || /** @type {Element} */ (event.target).closest("button")) return;
    press = { from: place(event), seeks: seeks(event), moved: false };
    over.setPointerCapture(event.pointerId);
    on.hover(null);
    if (press.seeks) on.seek(press.from);
  });
  over.addEventListener("pointermove", (event) => {
    const at = place(event);
    if (!press) {
      over.classList.toggle("is-seeking", seeks(event));
      if (event.pointerType === "mouse") on.hover(/** @type {Element} */ (event.target).closest("button") ? null : at);
    } else if (press.seeks) on.seek(at);
    else {
      press.moved ||= Math.abs(at - press.from) > MOVED;
      show(at);
    }
  });
  over.addEventListener("pointerup", (event) => {
    if (press?.moved) {
      const [left, right] = show(place(event));
      if (right - left > MOVED) on.zoom(left, right);
    } else if (press && !press.seeks) on.seek(press.from);
    press = null;
    drag.hidden = true;
  });
  over.addEventListener("pointercancel", () => {
    press = null;
    drag.hidden = true;
  });
  over.addEventListener("pointerleave", () => on.hover(null));
  over.addEventListener("dblclick", on.whole);
}
