/** What pointing at members of an axis has in common, on maps, matrices and pictures. Pure. */

export const DRAG = 5; // pixels of travel that make a click or a tap a drag

/** @param {MouseEvent | KeyboardEvent} event @returns {boolean} to add to what is selected, or take away */
export const adds = (event) => event.shiftKey || event.ctrlKey || event.metaKey;

/** @param {ReadonlySet<number>} selection @param {Iterable<number>} members @param {boolean} add those that are not selected, and take away those that are @returns {Set<number>} */
export function picked(selection, members, add) {
  const chosen = new Set(add ? selection : []);
  for (const member of members) {
    if (add && selection.has(member)) chosen.delete(member);
    else chosen.add(member);
  }
  return chosen;
}

/** @param {MouseEvent} event @param {Element} element @returns {{x: number, y: number}} in pixels of the element */
export function placeIn(event, element) {
  const box = element.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

/** @param {EventTarget} target @param {Record<string, (event: any) => void>} listeners by type @returns {() => void} stops them */
export function listen(target, listeners) {
  const all = Object.entries(listeners);
  for (const [type, listener] of all) target.addEventListener(type, listener);
  return () => {
    for (const [type, listener] of all) target.removeEventListener(type, listener);
  };
}
