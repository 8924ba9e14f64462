/** What a page with films shows, and its address: the step, speed and loop, what is selected, what panels were asked for, and what the page has besides. */

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

/** @template {Record<string, any>} V @extends {ViewState<Film & V>} */
export class FilmView extends ViewState {
  #read = /** @type {{ of: object | null, members: ReadonlyMap<string, ReadonlySet<number>> }} */ ({ of: null, members: new Map() });

  /** @param {{ [K in keyof V]: import("../ui/view-state.js").Field<V[K]> }} fields of the page */
  constructor(fields) {
    super(/** @type {any} */ ({ ...FIELDS, ...fields }), ["panel.", "select."]);
  }

  /** What is selected, by axis, never one that is part of another. */
  get selection() {
    const { opened } = this;
    if (this.#read.of !== opened) {
      const found = Object.entries(opened).filter(([name]) => name.startsWith("select."));
      this.#read = { of: opened, members: new Map(found.map(([name, members]) => [name.slice("select.".length), new Set(MEMBERS.read(members))])) };
    }
    return this.#read.members;
  }

  /** @param {string} axis @param {Iterable<number>} members none: nothing of it is selected */
  select(axis, members) {
    this.setOpen(`select.${axis}`, MEMBERS.write([...members]));
  }

  /** @param {string} panel @param {string} key @returns {string | null} */
  option(panel, key) {
    return this.opened[`panel.${panel}.${key}`] ?? null;
  }

  /** @param {string} panel @param {string} key @param {string | null} value */
  setOption(panel, key, value) {
    this.setOpen(`panel.${panel}.${key}`, value);
  }
}
