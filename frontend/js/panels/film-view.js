/**
 * What a page with films shows, and its address: the step, speed and loop, what is selected, what panels were asked for, and what
 * the page has besides. Used by the lab and the compare page.
 * @typedef {import("../types").Display} Display
 */

import { heroOf, panelsOf, wholeAxis } from "../display/read.js";
import { here, replaceAddress } from "../ui/address.js";
import { ViewState, flag, number, ranges, text, words } from "../ui/view-state.js";

const FIELDS = {
  step: number(null, { low: 0, whole: true }), // null: where a film opens, or live
  speed: /** @type {import("../ui/view-state.js").Field<number>} */ (number(1, { low: 0.25, high: 8 })),
  loop: flag(),
  tables: words(), // ids of the panels whose tables are open
  theme: text(),
};
/** @typedef {{ step: number | null, speed: number, loop: boolean, tables: readonly string[], theme: string }} Film */
const MEMBERS = ranges();

/**
 * Dispatches `change` (detail: names of fields, "panel." and "select." with what follows) as ViewState does.
 * @template {Record<string, any>} V
 */
export class FilmView extends EventTarget {
  /** @type {ViewState<Film & V>} */
  #shown;
  #selected = new ViewState({}, "select.");
  /** @type {ReadonlyMap<string, ReadonlySet<number>>} by axis, never one that is part of another */
  selection = new Map();

  /** @param {{ [K in keyof V]: import("../ui/view-state.js").Field<V[K]> }} fields of the page */
  constructor(fields) {
    super();
    this.#shown = new ViewState(/** @type {any} */ ({ ...FIELDS, ...fields }), "panel.");
    const read = () => (this.selection = new Map(Object.entries(this.#selected.opened).map(([axis, members]) => [axis, new Set(MEMBERS.read(members))])));
    this.#selected.addEventListener("change", read);
    for (const state of [this.#shown, this.#selected]) state.addEventListener("change", (event) => this.dispatchEvent(new CustomEvent("change", event)));
    read();
  }

  get value() {
    return this.#shown.value;
  }

  /** All options of panels: another object whenever one of them is another. */
  get options() {
    return this.#shown.opened;
  }

  /** @param {Partial<Film & V>} changes @param {{ push?: boolean }} [how] */
  set(changes, how) {
    if (how?.push) this.#selected.flush();
    this.#shown.set(changes, how);
  }

  /** @param {string} axis @param {Iterable<number>} members none: nothing of it is selected */
  select(axis, members) {
    this.#selected.setOpen(axis, MEMBERS.write([...members]));
  }

  /** @param {string} panel @param {string} key @returns {string | null} */
  option(panel, key) {
    return this.options[`${panel}.${key}`] ?? null;
  }

  /** @param {string} panel @param {string} key @param {string | null} value */
  setOption(panel, key, value) {
    this.#shown.setOpen(`${panel}.${key}`, value);
  }

  /** Links of earlier versions named what they showed, and not of which panel. @param {Display} display */
  readOldLinks(display) {
    const params = new URLSearchParams(location.search);
    const [members, map, trails, order, scale] = ["neurons", "map", "trails", "pictures", "scale"].map((name) => {
      const value = params.get(name);
      params.delete(name);
      return value;
    });
    if ([members, map, trails, order, scale].every((value) => value === null)) return;
    const [points, images] = ["points", "images"].map((kind) => [heroOf(display), ...panelsOf(display)].find((panel) => panel?.kind === kind));
    const axis = heroOf(display)?.show.axis ?? points?.show.axis;
    if (members && axis) this.select(wholeAxis(display, axis), MEMBERS.read(members));
    if (map === "plane" && points?.show.maps[1]) this.setOption(points.id, "map", points.show.maps[1].id);
    if (trails && points) this.setOption(points.id, "trails", trails);
    if (order && images) this.setOption(images.id, "order", order);
    if (scale && images) this.setOption(images.id, "scale", scale);
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
