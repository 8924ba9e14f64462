/**
 * The state of the interface and the page's address, one the image of the other: a copied link opens this very view.
 * Used by the lab. What equals its default is left out of the address.
 * @typedef {"mds" | "plane"} MapMode
 * @typedef {object} UiState
 * @property {number | null} step null: the end of the film, or live
 * @property {MapMode} map
 * @property {number[]} selection rows of shown neurons, rising
 * @property {boolean} trails
 * @property {number} speed
 * @property {boolean} loop
 * @property {import("../types").PictureOptions["order"]} order of pictures
 * @property {import("../types").PictureOptions["scale"]} scale of pictures
 */

import { here, replaceAddress } from "./address.js";
import { readNumber } from "./numbers.js";

/** @type {UiState} */
const DEFAULTS = { step: null, map: "mds", selection: [], trails: false, speed: 1, loop: false, order: "drawn", scale: "own" };
const ORDERS = /** @type {const} */ (["drawn", "cosine", "cluster"]);
const WRITE_EVERY_MS = 400; // browsers refuse more than about 100 changes of the address in 30 s

/** @param {string} search of a URL @returns {UiState} what cannot be read falls back to its default */
export function readState(search) {
  const params = new URLSearchParams(search);
  const step = readNumber(params.get("step") ?? "", { whole: true }).value;
  const speed = readNumber(params.get("speed") ?? "").value ?? NaN;
  return {
    step: step !== null && step >= 0 ? step : DEFAULTS.step,
    map: params.get("map") === "plane" ? "plane" : "mds",
    selection: readRanges(params.get("neurons") ?? ""),
    trails: params.get("trails") === "1",
    speed: speed >= 0.25 && speed <= 8 ? speed : DEFAULTS.speed,
    loop: params.get("loop") === "1",
    order: ORDERS.find((order) => order === params.get("pictures")) ?? DEFAULTS.order,
    scale: params.get("scale") === "common" ? "common" : "own",
  };
}

/** @param {UiState} state @param {string} [search] parameters of others are kept @returns {string} "" or "?…" */
export function writeState(state, search = "") {
  const params = new URLSearchParams(search);
  const set = (/** @type {string} */ key, /** @type {string | null} */ value) =>
    value === null ? params.delete(key) : params.set(key, value);
  set("step", state.step === null ? null : String(state.step));
  set("map", state.map === DEFAULTS.map ? null : state.map);
  set("neurons", state.selection.length ? writeRanges(state.selection) : null);
  set("trails", state.trails ? "1" : null);
  set("speed", state.speed === DEFAULTS.speed ? null : String(state.speed));
  set("loop", state.loop ? "1" : null);
  set("pictures", state.order === DEFAULTS.order ? null : state.order);
  set("scale", state.scale === DEFAULTS.scale ? null : state.scale);
  const text = params.toString().replaceAll("%2C", ",");
  return text ? `?${text}` : "";
}

/** Holds the state; dispatches `change` (detail: the keys that changed) and keeps the address up to date. */
export class UrlState extends EventTarget {
  #timer = 0;

  constructor() {
    super();
    this.value = readState(location.search);
  }

  /** @param {Partial<UiState>} changes */
  set(changes) {
    const changed = Object.entries(changes).filter(([key, value]) => this.value[/** @type {keyof UiState} */ (key)] !== value);
    if (changed.length === 0) return;
    this.value = { ...this.value, ...changes };
    this.#timer ||= window.setTimeout(() => this.flush(), WRITE_EVERY_MS);
    this.dispatchEvent(new CustomEvent("change", { detail: changed.map(([key]) => key) }));
  }

  /** Writes the address now. */
  flush() {
    this.destroy();
    replaceAddress(here() + writeState(this.value, location.search) + location.hash);
  }

  /** The reader goes elsewhere: the address is no longer ours to write. */
  destroy() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }
}

/** @param {string} text such as "0-3,7" @returns {number[]} */
function readRanges(text) {
  /** @type {Set<number>} */
  const found = new Set();
  for (const part of text.split(",")) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    if (!match) continue;
    for (let i = Number(match[1]); i <= Number(match[2] ?? match[1]); i++) found.add(i);
  }
  return [...found].sort((a, b) => a - b);
}

/** @param {number[]} numbers rising @returns {string} */
function writeRanges(numbers) {
  /** @type {[number, number][]} */
  const ranges = [];
  for (const number of numbers) {
    const open = ranges.at(-1);
    if (open && open[1] === number - 1) open[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}
