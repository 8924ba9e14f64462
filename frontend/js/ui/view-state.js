/**
 * What a page shows and its address, one the image of the other: a copied link opens this very view. A page names its fields; what
 * equals its default is left out of the address, and parameters of others are kept.
 *
 * Dispatches `change` (detail: the names that changed) when the page sets something, and when the reader went back or forward.
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

/**
 * @param {number | null} usual @param {{ low?: number, high?: number, whole?: boolean }} [bounds]
 * @returns {Field<number | null>}
 */
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
export const ranges = () => ({ read: (found) => readRanges(found ?? ""), write: (value) => writeRanges([...value].sort((a, b) => a - b)) || null });

/** @template {Record<string, any>} V */
export class ViewState extends EventTarget {
  #timer = 0;
  #search = "";

  /**
   * @param {{ [K in keyof V]: Field<V[K]> }} fields by the name of their parameter
   * @param {string} [open] prefix of parameters that anything may be kept under, as "panel."
   */
  constructor(fields, open = "") {
    super();
    this.fields = fields;
    this.open = open;
    /** @type {V} */
    this.value = /** @type {any} */ ({});
    /** @type {Record<string, string>} by what follows the prefix */
    this.opened = {};
    this.#read();
  }

  #read() {
    this.#search = location.search;
    const params = new URLSearchParams(location.search);
    for (const name of Object.keys(this.fields)) {
      const key = /** @type {keyof V} */ (name);
      this.value = { ...this.value, [key]: this.fields[key].read(params.get(name)) };
    }
    this.opened = Object.fromEntries([...params].flatMap(([name, value]) => (this.open && name.startsWith(this.open) ? [[name.slice(this.open.length), value]] : [])));
  }

  /** @param {Partial<V>} changes @param {{ push?: boolean }} [how] push: a new place in the reader's history, so that Back undoes it */
  set(changes, { push = false } = {}) {
    const changed = Object.keys(changes).filter((name) => JSON.stringify(this.value[name]) !== JSON.stringify(changes[name]));
    if (changed.length === 0) return;
    if (push) this.flush();
    this.value = { ...this.value, ...changes };
    this.#write(push);
    this.#tell(changed);
  }

  /** @param {string} name below the prefix @param {string | null} value null: not in the address */
  setOpen(name, value) {
    if ((this.opened[name] ?? null) === value) return;
    const { [name]: _, ...rest } = this.opened;
    this.opened = value === null ? rest : { ...rest, [name]: value };
    this.#write(false);
    this.#tell([this.open + name]);
  }

  /** The reader went back or forward within the page: what differs is told. */
  reread() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (location.search === this.#search) return;
    const [value, opened] = [this.value, this.opened];
    this.#read();
    const differ = Object.keys(this.fields).filter((name) => JSON.stringify(value[name]) !== JSON.stringify(this.value[name]));
    const names = new Set([...Object.keys(opened), ...Object.keys(this.opened)]);
    const open = [...names].filter((name) => opened[name] !== this.opened[name]).map((name) => this.open + name);
    if (differ.length + open.length > 0) this.#tell([...differ, ...open]);
  }

  /** @returns {string} the path and parameters of this view */
  get address() {
    const params = new URLSearchParams(location.search);
    const set = (/** @type {string} */ name, /** @type {string | null} */ value) => (value === null ? params.delete(name) : params.set(name, value));
    for (const name of Object.keys(this.fields)) set(name, this.fields[name].write(this.value[name]));
    if (this.open) for (const name of [...params.keys()]) if (name.startsWith(this.open)) params.delete(name);
    for (const [name, value] of Object.entries(this.opened)) params.set(this.open + name, value);
    const search = params.toString().replaceAll("%2C", ",");
    return here() + (search ? `?${search}` : "");
  }

  /** Writes the address now. */
  flush() {
    this.destroy();
    replaceAddress(this.address + location.hash);
    this.#search = location.search;
  }

  #flush = () => this.flush();

  /** The reader goes elsewhere: the address is no longer ours to write. */
  destroy() {
    unwritten.delete(this.#flush);
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  /** @param {boolean} push */
  #write(push) {
    if (!push) {
      this.#timer ||= window.setTimeout(this.#flush, WRITE_EVERY_MS);
      unwritten.add(this.#flush);
      return;
    }
    pushAddress(this.address);
    this.#search = location.search;
  }

  /** @param {string[]} names */
  #tell(names) {
    this.dispatchEvent(new CustomEvent("change", { detail: names }));
  }
}

/** @param {string} found such as "0-3,7" @returns {number[]} */
function readRanges(found) {
  /** @type {Set<number>} */
  const numbers = new Set();
  for (const part of found.split(",")) {
    const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part);
    if (!match) continue;
    for (let i = Number(match[1]); i <= Number(match[2] ?? match[1]); i++) numbers.add(i);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** @param {readonly number[]} rising @returns {string} */
function writeRanges(rising) {
  /** @type {[number, number][]} */
  const found = [];
  for (const one of rising) {
    const open = found.at(-1);
    if (open && open[1] === one - 1) open[1] = one;
    else found.push([one, one]);
  }
  return found.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}
