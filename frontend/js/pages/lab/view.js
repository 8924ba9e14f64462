/**
 * What the lab shows, and its address: the step, the large panel, open tables, what is selected, and what panels were asked for.
 * Used by lab.js.
 * @typedef {import("../../types").Display} Display
 */

import { heroOf, panelsOf, wholeAxis } from "../../display/read.js";
import { here, replaceAddress } from "../../ui/address.js";
import { ViewState, flag, number, ranges, text, words } from "../../ui/view-state.js";

const FIELDS = {
  step: number(null, { low: 0, whole: true }), // null: where a film opens, or live
  speed: /** @type {import("../../ui/view-state.js").Field<number>} */ (number(1, { low: 0.25, high: 8 })),
  loop: flag(),
  large: text(), // id of a panel; "": the one that the display names
  present: flag(),
  tables: words(),
  theme: text(),
};
const MEMBERS = ranges();

/** Dispatches `change` (detail: names of fields, "panel." and "select." with what follows) as ViewState does. */
export class LabView extends EventTarget {
  #shown = new ViewState(FIELDS, "panel.");
  #selected = new ViewState({}, "select.");
  /** @type {ReadonlyMap<string, ReadonlySet<number>>} by axis, never one that is part of another */
  selection = new Map();

  constructor() {
    super();
    for (const state of [this.#shown, this.#selected]) {
      state.addEventListener("change", (event) => {
        this.#readSelection();
        this.dispatchEvent(new CustomEvent("change", { detail: /** @type {CustomEvent} */ (event).detail }));
      });
    }
    this.#readSelection();
  }

  #readSelection() {
    const axes = Object.entries(this.#selected.opened);
    this.selection = new Map(axes.map(([axis, members]) => [axis, new Set(MEMBERS.read(members))]));
  }

  get value() {
    return this.#shown.value;
  }

  /** @param {Partial<LabView["value"]>} changes @param {{ push?: boolean }} [how] */
  set(changes, how) {
    this.#shown.set(changes, how);
  }

  /** @param {string} axis @param {Iterable<number>} members none: nothing of it is selected */
  select(axis, members) {
    this.#selected.setOpen(axis, MEMBERS.write([...members]));
  }

  /** @param {string} panel @param {string} key @returns {string | null} */
  option(panel, key) {
    return this.#shown.opened[`${panel}.${key}`] ?? null;
  }

  /** @param {string} panel @param {string} key @param {string | null} value */
  setOption(panel, key, value) {
    this.#shown.setOpen(`${panel}.${key}`, value);
  }

  /** Links of earlier versions named what they showed, and not of which panel. @param {Display} display */
  readOldLinks(display) {
    const params = new URLSearchParams(location.search);
    const old = ["neurons", "map", "trails", "pictures", "scale"].map((name) => params.get(name));
    if (old.every((value) => value === null)) return;
    const [members, map, trails, order, scale] = old;
    const first = (/** @type {string} */ kind) => [heroOf(display), ...panelsOf(display)].find((panel) => panel?.kind === kind);
    const { points, images } = { points: first("points"), images: first("images") };
    const axis = heroOf(display)?.show.axis ?? points?.show.axis;
    if (members && axis) this.select(wholeAxis(display, axis), MEMBERS.read(members));
    if (map === "plane" && points?.show.maps[1]) this.setOption(points.id, "map", points.show.maps[1].id);
    if (trails && points) this.setOption(points.id, "trails", trails);
    if (order && images) this.setOption(images.id, "order", order);
    if (scale && images) this.setOption(images.id, "scale", scale);
    for (const name of ["neurons", "map", "trails", "pictures", "scale"]) params.delete(name);
    replaceAddress(`${here()}${params.size ? `?${params}` : ""}${location.hash}`);
    this.flush();
  }

  /** The reader went back or forward. */
  reread() {
    this.#shown.reread();
    this.#selected.reread();
  }

  /** Writes the address now. */
  flush() {
    this.#shown.flush();
    this.#selected.flush();
  }

  destroy() {
    this.#shown.destroy();
    this.#selected.destroy();
  }
}
