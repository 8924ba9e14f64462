/**
 * Pointing at what is drawn, the same on maps, pictures, matrices and charts: hover, press, drag; and members of an axis by keyboard, too, while
 * what shows them has the focus. A finger that starts sideways drags, one that starts up or down scrolls the page; once the element has the focus,
 * after a tap, it drags whichever way it goes.
 * @typedef {import("../types-marks").Place} Place in pixels of the element
 * @typedef {object} Gestures
 * @property {(place: Place | null, event: PointerEvent) => void} hover null: nowhere, any more
 * @property {(place: Place) => void} [press]
 * @property {(path: Place[], event?: PointerEvent) => void} [drag] of two places and more; none when it has ended
 * @property {(path: Place[], event: PointerEvent) => void} drop at the end of a drag
 * @property {(place: Place, event: PointerEvent) => void} click
 * @property {(event: KeyboardEvent) => boolean} [key] whether it means something here
 */

const DRAG = 5; // pixels of travel that make a press a drag

/** @param {MouseEvent} event to add to what is selected, or take away */
const adds = (event) => event.shiftKey || event.ctrlKey || event.metaKey;

/** @param {ReadonlySet<number>} selection @param {Iterable<number>} members @param {boolean} add those that are not selected, and take away those that are @returns {Set<number>} */
function picked(selection, members, add) {
  const chosen = new Set(add ? selection : []);
  for (const member of members) {
    if (add && selection.has(member)) chosen.delete(member);
    else chosen.add(member);
  }
  return chosen;
}

/** @param {HTMLElement} element @param {Gestures} on @returns {() => void} stops it */
export function followGestures(element, on) {
  const stop = new AbortController();
  /** @type {Place[]} */
  let path = [];
  /** @param {PointerEvent} event @returns {Place} */
  const placeOf = ({ clientX, clientY }) => {
    const { left, top } = element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const release = () => {
    path = [];
    on.drag?.(path);
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
        on.drag?.(path, event);
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
    blur: (event) => on.key && on.hover(null, event),
    keydown(event) {
      if (!on.key?.(event)) return;
      event.preventDefault();
      event.stopPropagation(); // arrows of the page move the film
    },
  };
  for (const [type, listener] of Object.entries(listeners)) element.addEventListener(type, listener, { signal: stop.signal });
  return () => stop.abort();
}

/**
 * Members on a canvas: click (Shift or Ctrl: add or take away), a lasso where there can be one; keys walk, Enter selects.
 * @param {HTMLCanvasElement} canvas
 * @param {object} target
 * @param {(place: Place, finger: boolean) => number | null} target.find the member at a place
 * @param {(key: string) => number | null | undefined} target.walk the member that a key leads to; undefined: no such key
 * @param {(loop: Place[]) => Set<number>} [target.inside] the members in a lasso
 * @param {() => ReadonlySet<number>} target.selection
 * @param {() => number | null} target.hover
 * @param {(member: number | null) => void} target.onHover
 * @param {(members: Set<number>) => void} target.onSelect
 * @param {() => void} [target.onDraw] the lasso changed
 */
export function followPointer(canvas, target) {
  /** @type {Place[]} */
  let lasso = [];
  /** @type {Gestures["click"]} */
  const click = (place, event) => {
    const found = target.find(place, event.pointerType === "touch");
    target.onHover(found); // a finger points only by touching
    target.onSelect(found === null ? new Set() : picked(target.selection(), [found], adds(event)));
  };
  const destroy = followGestures(canvas, {
    click,
    hover(place, event) {
      const found = place && target.find(place, event.pointerType === "touch");
      target.onHover(found);
      canvas.style.cursor = found !== null ? "pointer" : target.inside ? "crosshair" : "";
    },
    drag(path) {
      lasso = target.inside ? path : [];
      target.onDraw?.();
    },
    drop(path, event) {
      if (target.inside && path.length > 2) target.onSelect(picked(target.selection(), target.inside(path), adds(event)));
      else click(/** @type {Place} */ (path.at(-1)), event);
    },
    key({ key, shiftKey }) {
      const current = target.hover();
      const next = shiftKey ? undefined : target.walk(key);
      if (next !== undefined) target.onHover(next);
      else if (key === "Enter" && current !== null) target.onSelect(picked(target.selection(), [current], true));
      else return false;
      return true;
    },
  });
  return { lasso: () => lasso, destroy };
}

/**
 * Rows of a matrix: click (Shift or Ctrl: add), drag over a range; arrows walk along rows and columns, with Shift they select a range of rows, Enter selects one.
 * @param {HTMLElement} plot
 * @param {object} target
 * @param {() => Uint32Array} target.order the member in each row
 * @param {() => number} target.columns how many there are to walk along
 * @param {() => ReadonlySet<number>} target.selection
 * @param {(row: number, x: number | null, column: number) => void} target.onPoint x: client coordinate; null: at the column walked to. row −1: at none
 * @param {(members: Set<number>) => void} target.onSelect
 * @param {(from: number, to: number) => void} target.onSweep rows that a drag goes over; −1 for none
 */
export function followRows(plot, { order, columns, selection, onPoint, onSelect, onSweep }) {
  let row = -1; // of the keyboard, or the one that was pointed at last
  let column = 0;
  let anchor = -1; // where a range by keyboard begins
  const rowAt = (/** @type {Place} */ { y }) => Math.max(0, Math.min(order().length - 1, Math.floor((y / plot.clientHeight) * order().length)));
  const between = (/** @type {number} */ one, /** @type {number} */ other) => order().subarray(Math.min(one, other), Math.max(one, other) + 1);
  const point = (/** @type {Place} */ place, /** @type {PointerEvent | undefined} */ event) => {
    row = order().length ? rowAt(place) : -1;
    onPoint(row, event?.clientX ?? null, column);
  };

  return followGestures(plot, {
    hover(place, event) {
      if (place) point(place, event);
      else if (event.type === "blur") row = anchor = -1;
      if (!place) onPoint(-1, null, column);
    },
    drag(path, event) {
      if (path.length) point(path[path.length - 1], event);
      onSweep(path.length ? rowAt(path[0]) : -1, path.length ? row : -1);
    },
    drop(path, event) {
      anchor = row;
      onSelect(new Set([...(adds(event) ? selection() : []), ...between(rowAt(path[0]), row)]));
    },
    click(place, event) {
      point(place, event);
      anchor = row;
      const only = !adds(event) && selection().size === 1 && selection().has(order()[row]);
      onSelect(only || row < 0 ? new Set() : picked(selection(), [order()[row]], adds(event)));
    },
    key({ key, shiftKey }) {
      const last = order().length - 1;
      const down = { ArrowDown: 1, ArrowUp: -1 }[key];
      const aside = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (last < 0) return false;
      if (down) {
        if (!shiftKey) anchor = -1;
        else if (anchor < 0) anchor = Math.max(0, row);
        row = row < 0 ? 0 : Math.max(0, Math.min(last, row + down));
        if (shiftKey) onSelect(new Set(between(anchor, row)));
      } else if (aside && !shiftKey) column = Math.max(0, Math.min(columns() - 1, column + aside));
      else if (key === "Enter" && row >= 0) onSelect(picked(selection(), [order()[row]], true));
      else return false;
      onPoint(Math.max(0, row), null, column);
      return true;
    },
  });
}
