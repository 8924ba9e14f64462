/**
 * Pointing at what is drawn, the same on maps, pictures, matrices and charts: hover, press, drag; and members of an axis by keyboard, too, while
 * what shows them has the focus. A finger that starts sideways drags, one that starts up or down scrolls the page; once the element has the focus,
 * after a tap, it drags whichever way it goes.
 * @import { Place } from "../types-marks"
 * @typedef {object} Gestures
 * @property {(place: Place | null, event: PointerEvent) => void} hover null: nowhere, any more
 * @property {(place: Place) => void} [press]
 * @property {(path: Place[]) => void} drag of two places and more; none when it has ended
 * @property {(path: Place[], event: PointerEvent) => void} drop at the end of a drag
 * @property {(place: Place, event: PointerEvent) => void} click
 * @property {(event: KeyboardEvent) => boolean} key whether it means something here
 */

const DRAG = 5; // pixels of travel that make a press a drag

/** @param {HTMLElement} element @param {Gestures} on @returns {() => void} stops it */
export function followGestures(element, on) {
  const stop = new AbortController();
  let path = /** @type {Place[]} */ ([]);
  /** @param {PointerEvent} event @returns {Place} */
  const placeOf = ({ clientX, clientY }) => {
    const { left, top } = element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const release = () => {
    path = [];
    on.drag(path);
  };
  /** @type {Record<string, (event: any) => void>} */
  const listeners = {
    pointerdown(event) {
      if (event.isPrimary === false) release(); // a second finger: the page is made larger
      else if (event.button === 0 && !event.target.closest("button")) {
        path = [placeOf(event)];
        if (event.pointerType !== "touch") element.setPointerCapture(event.pointerId); // a finger is captured as it is
        on.press?.(path[0]);
      }
    },
    pointermove(event) {
      const place = placeOf(event);
      if (path.length === 0) on.hover(place, event);
      else if (path.length > 1 || Math.hypot(place.x - path[0].x, place.y - path[0].y) > DRAG) {
        path.push(place);
        on.drag(path);
      }
    },
    pointerup(event) {
      if (path.length > 1) on.drop(path, event);
      else if (path.length > 0) on.click(placeOf(event), event);
      release();
    },
    pointercancel: release,
    pointerleave(event) {
      if (event.pointerType !== "touch") on.hover(null, event); // what a finger pointed at stays told until it points elsewhere
    },
    blur: (event) => on.hover(null, event),
    keydown(event) {
      if (!on.key(event)) return;
      event.preventDefault();
      event.stopPropagation(); // arrows of the page move the film
    },
  };
  for (const [type, listener] of Object.entries(listeners)) element.addEventListener(type, listener, { signal: stop.signal });
  return () => stop.abort();
}

/**
 * Members of an axis: click (Shift or Ctrl: add or take away), drag around or over several where that can be; keys walk, Enter selects, Shift and a key
 * select those between. Who is alone selected is not, once clicked again.
 * @param {HTMLElement} element @param {object} target
 * @param {(place: Place, finger: boolean) => number | null} target.find the member at a place
 * @param {(key: string, shift: boolean) => number | null | undefined} target.walk the member that a key leads to; undefined: no such key
 * @param {(path: Place[]) => Iterable<number>} [target.inside] the members that a drag selects
 * @param {(from: number, to: number) => Iterable<number>} [target.between] the members from one to the other
 * @param {() => ReadonlySet<number>} target.selection
 * @param {() => number | null} target.hover
 * @param {(member: number | null) => void} target.onHover
 * @param {(members: Set<number>) => void} target.onSelect
 * @param {(path: Place[]) => void} [target.onDraw] the drag goes on; [] where it ends
 */
export function followPointer(element, target) {
  let lasso = /** @type {Place[]} */ ([]);
  let anchor = /** @type {number | null} */ (null); // where a range by keys begins
  /** @param {Iterable<number>} found @param {boolean} add those that are not selected, and take away those that are */
  const select = (found, add) => {
    const [before, members] = [target.selection(), new Set(found)];
    target.onSelect(new Set(add ? [...before, ...members].filter((one) => !before.has(one) || !members.has(one)) : members));
  };
  const adds = (/** @type {MouseEvent} */ event) => event.shiftKey || event.ctrlKey || event.metaKey;
  const point = (/** @type {Place | null} */ place, /** @type {PointerEvent} */ event) => {
    const found = place && target.find(place, event.pointerType === "touch");
    element.classList.toggle("is-over", found !== null);
    target.onHover(found);
    return found;
  };
  /** @type {Gestures["click"]} */
  const click = (place, event) => {
    const found = point(place, event); // a finger points only by touching
    const again = found !== null && target.selection().size === 1 && target.selection().has(found);
    anchor = null;
    select(found === null || (again && !adds(event)) ? [] : [found], found !== null && adds(event));
  };
  const destroy = followGestures(element, {
    click,
    hover: point,
    drag(path) {
      lasso = target.inside ? path : [];
      target.onDraw?.(path);
    },
    drop(path, event) {
      if (target.inside) select(target.inside(path), adds(event));
      else click(path[path.length - 1], event);
    },
    key({ key, shiftKey }) {
      const current = target.hover();
      const next = shiftKey && !target.between ? undefined : target.walk(key, shiftKey);
      if (next !== undefined) target.onHover(next);
      else if (key !== "Enter" || current === null) return false;
      else select([current], true);
      anchor = shiftKey ? (anchor ?? current ?? next ?? null) : null;
      if (anchor !== null && target.between && typeof next === "number" && next !== current) select(target.between(anchor, next), false);
      return true;
    },
  });
  return { lasso: () => lasso, destroy };
}
