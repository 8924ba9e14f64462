/**
 * Reads `run.display` (docs/display.md): axes, names of their members, and the panels, with default ones where none are declared.
 * Pure; used by panels and pages.
 * @import { Axis, Display, PanelDeclaration } from "../types"
 */

import { count } from "../ui/dom.js";

/** @param {Display} display @param {string} id of an axis @returns {string} of the axis that it is a part of: selections belong to that one */
export const wholeAxis = (display, id) => display.axes[id]?.part_of ?? id;

/** @param {Axis | undefined} axis @param {number} member its place among those shown @returns {string} "pattern 17", "mean of 0", "neuron 3" */
export function memberName(axis, member) {
  if (!axis) return String(member);
  return axis.names?.[member] ?? `${axis.noun} ${axis.numbers?.[member] ?? member}`;
}

/** @param {Axis} axis @param {number} shown in the frame @returns {string} "200 of 1,000 neurons", "600 neurons" */
export const howMany = (axis, shown) =>
  `${count(shown)}${shown < axis.total ? ` of ${count(axis.total)}` : ""} ${axis.total === 1 ? axis.noun : axis.plural}`;

/** @param {Display} display @returns {PanelDeclaration[]} in order; one made for each tensor where none are declared */
export const panelsOf = (display) => (display.panels.length ? display.panels : defaultPanels(display));

/** @param {Display} display @returns {PanelDeclaration | undefined} the one that is largest at first */
export const heroOf = (display) => panelsOf(display).find(({ hero }) => hero) ?? panelsOf(display)[0];

/** @param {Display} display @returns {PanelDeclaration[]} */
function defaultPanels({ metrics, tensors, axes }) {
  const panel = (/** @type {string} */ id, /** @type {PanelDeclaration["kind"]} */ kind, /** @type {string} */ title, /** @type {any} */ show) =>
    ({ id, kind, title, show, hero: false, text: "", words: [] });
  const named = Object.keys(metrics);
  const panes = [...new Set(named.map((name) => metrics[name].group))].map((group) => named.filter((name) => metrics[name].group === group));
  const pictures = Object.entries(tensors).flatMap(([name, { shape, low, high, text }]) => {
    const [first, second] = shape;
    const axis = typeof first === "string" && first in axes ? first : "";
    const title = text || name.replaceAll("_", " ");
    if (shape.length === 1) return panel(name, "bars", title, { tensor: name, ...(axis ? { axis } : {}) });
    if (shape.length === 2 && second === 2 && axis) return panel(name, "points", title, { axis, maps: [{ id: "map", title, positions: name }] });
    if (shape.length === 2) return panel(name, "matrix", title, { tensor: name, rows: first, columns: second, ...(low !== null && high !== null ? { range: [low, high] } : {}) });
    return shape.length === 3 || (shape.length === 4 && shape[3] === 3) ? panel(name, "images", title, { tensor: name, axis: first }) : [];
  });
  return [...(named.length ? [panel("curves", "curves", "Curves", { panes })] : []), ...pictures];
}
