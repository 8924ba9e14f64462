/**
 * What a page shows and its address, one the image of the other: a copied link opens this very view. A page names its fields; what
 * equals its default is left out of the address, and parameters of others are kept.
 * @template T
 * @typedef {{ read(text: string | null): T, write(value: T): string | null }} Field null: not in the address
 */

import { here, pushAddress, replaceAddress, unwritten } from "./address.js";
import { readNumber } from "./numbers.js";

const WRITE_EVERY_MS = 400; // browsers refuse more than about 100 changes of the address in 30 s

/** @param {string} [usual] @returns {Field<string>} */
export const text = (usual = "") => ({ read: (found) => found ?? usual, write: (value) => (value === usual ? null : value) });

/** @template {string} T @param {readonly T[]} values the first is the default @returns {Field<T>} */
export const oneOf = (...values) => ({
  read: (found) => values.find((value) => value === found) ?? values[0],
  write: (value) => (value === values[0] ? null : value),
});

/** @returns {Field<boolean>} */
export const flag = () => ({ read: (found) => found === "1", write: (value) => (value ? "1" : null) });

/** @param {number | null} usual @param {{ low?: number, high?: number, whole?: boolean }} [bounds] @returns {Field<number | null>} */
export const number = (usual, { low = -Infinity, high = Infinity, whole = false } = {}) => ({
  read(found) {
    const { value } = readNumber(found ?? "", { whole });
    return value !== null && value >= low && value <= high ? value : usual;
  },
  write: (value) => (value === usual || value === null ? null : String(value)),
});

/** @returns {Field<readonly string[]>} separated by commas */
export const words = () => ({ read: (found) => (found ?? "").split(",").filter(Boolean), write: (value) => value.join(",") || null });

/** @returns {Field<readonly number[]>} whole numbers, rising, as "0-3,7" */
export const ranges = () => ({
  read(found) {
    const ends = [...(found ?? "").matchAll(/(?<=^|,)(\d{1,6})(?:-(\d{1,6}))?(?=,|$)/g)].map(([, from, to = from]) => [Number(from), Number(to)]);
    const members = ends.flatMap(([from, to]) => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i));
    return [...new Set(members)].sort((a, b) => a - b);
  },
  write(value) {
    const rising = [...value].sort((a, b) => a - b);
    const starts = rising.filter((one, i) => one - 1 !== rising[i - 1]);
    const ends = rising.filter((one, i) => one + 1 !== rising[i + 1]);
    return starts.map((from, i) => (from === ends[i] ? from : `${from}-${ends[i]}`)).join() || null;
  },
});

/** @param {Record<string, any>} before @param {Record<string, any>} after @returns {string[]} names of what differs */
const differing = (before, after) => Object.keys({ ...before, ...after }).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));

/** Dispatches `change` (detail: names of what changed), also when the reader went back or forward. @template {Record<string, any>} V */
export class ViewState extends EventTarget {
  #timer = 0;
  #search = "";
  #flush = () => this.flush();

  /**
   * @param {{ [K in keyof V]: Field<V[K]> }} fields by the name of their parameter
   * @param {string[]} [open] beginnings of parameters that anything may be kept under, as "panel."
   */
  constructor(fields, open = []) {
    super();
    this.fields = fields;
    this.open = open;
    const { value, opened } = this.#read();
    this.value = value;
    /** by parameter, of those that anything may be kept under */
    this.opened = opened;
  }

  #isOpen = (/** @type {string} */ name) => this.open.some((beginning) => name.startsWith(beginning));

  /** @returns {{ value: V, opened: Record<string, string> }} what the address says */
  #read() {
    this.#search = location.search;
    const params = new URLSearchParams(location.search);
    const value = Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, field.read(params.get(name))]));
    const opened = [...params].flatMap(([name, kept]) => (this.#isOpen(name) ? [[name, kept]] : []));
    return { value: /** @type {V} */ (value), opened: Object.fromEntries(opened) };
  }

  /** @param {Partial<V>} changes @param {{ push?: boolean }} [how] push: a new place in the reader's history, so that Back undoes it */
  set(changes, { push = false } = {}) {
    this.#take({ value: { ...this.value, ...changes }, opened: this.opened }, push ? "push" : "soon");
  }

  /** @param {string} name with its beginning @param {string | null} value null: not in the address */
  setOpen(name, value) {
    const { [name]: _, ...rest } = this.opened;
    this.#take({ value: this.value, opened: value === null ? rest : { ...rest, [name]: value } }, "soon");
  }

  /** The reader went back or forward within the page: what differs is told. */
  reread() {
    this.destroy();
    if (location.search !== this.#search) this.#take(this.#read());
  }

  /** @param {{ value: V, opened: Record<string, string> }} next @param {"push" | "soon"} [write] how the address is told */
  #take(next, write) {
    const names = [...differing(this.value, next.value), ...differing(this.opened, next.opened)];
    if (names.length === 0) return;
    if (write === "push") this.flush();
    Object.assign(this, next);
    if (write === "push") {
      pushAddress(this.address);
      this.#search = location.search;
    } else if (write === "soon") {
      this.#timer ||= window.setTimeout(this.#flush, WRITE_EVERY_MS);
      unwritten.add(this.#flush);
    }
    this.dispatchEvent(new CustomEvent("change", { detail: names }));
  }

  /** @returns {string} the path and parameters of this view */
  get address() {
    const params = new URLSearchParams(location.search);
    for (const name of [...params.keys()]) if (this.#isOpen(name)) params.delete(name);
    for (const [name, value] of Object.entries(this.opened)) params.set(name, value);
    for (const [name, field] of Object.entries(this.fields)) {
      const written = field.write(this.value[name]);
      if (written === null) params.delete(name);
      else params.set(name, written);
    }
    const search = params.toString().replaceAll("%2C", ",");
    return here() + (search ? `?${search}` : "");
  }

  /** Writes the address now. */
  flush() {
    this.destroy();
    replaceAddress(this.address + location.hash);
    this.#search = location.search;
  }

  /** The reader goes elsewhere: the address is no longer ours to write. */
  destroy() {
    unwritten.delete(this.#flush);
    clearTimeout(this.#timer);
    this.#timer = 0;
  }
}
