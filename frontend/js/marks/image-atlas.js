/**
 * Pictures as pixels: where each picture of a grid lies, and the colours of what the frame holds; and named ones in a strip beside, what they are compared with.
 * @typedef {{ columns: number, rows: number, side: number }} Grid side: of the square that a picture fills, in CSS pixels
 * @typedef {{ key: string, name: string, colour: string, shape: number[], bytes: Uint8Array }} Item of the strip; colour: "" for none
 */

import { make } from "../ui/dom.js";
import { paletteOf } from "./matrix-cells.js";

export const GAP = 3; // between pictures, in CSS pixels
export const MARK = 2; // height of the line under a picture
export const EDGE = 2; // around the grid: room for outlines
const LEAST_SIDE = 18;
const OPAQUE = 0xff000000;
const COARSE = 10; // rows, below which each pixel of a picture of the strip is shown as a square
const ZERO = 128; // the byte of weight 0; 1 and 255 are the ends

/**
 * The grid with the largest pictures; where they would be too small to read, one that is higher than there is room.
 * @param {number} count @param {number} width @param {number} height @param {boolean} [paired] neighbours stay in one row @returns {Grid}
 */
export function arrange(count, width, height, paired = false) {
  const step = paired ? 2 : 1;
  const sideFor = (/** @type {number} */ columns) => Math.floor((width - 2 * EDGE + GAP) / columns) - GAP;
  let best = { columns: step, rows: Math.ceil(count / step), side: 0 };
  for (let columns = step; columns < count + step; columns += step) {
    const rows = Math.ceil(count / columns);
    const side = Math.min(sideFor(columns), Math.floor((height - 2 * EDGE + GAP) / rows) - GAP - MARK);
    if (side > best.side) best = { columns, rows, side };
  }
  if (best.side >= LEAST_SIDE || count === 0) return best;
  const columns = Math.max(step, Math.floor((width - 2 * EDGE + GAP) / (LEAST_SIDE + GAP) / step) * step);
  return { columns, rows: Math.ceil(count / columns), side: Math.max(1, sideFor(columns)) };
}

/** @param {Grid} grid @param {number} place @returns {{x: number, y: number}} its upper left corner, in CSS pixels */
export const corner = ({ columns, side }, place) =>
  ({ x: EDGE + (place % columns) * (side + GAP), y: EDGE + Math.floor(place / columns) * (side + GAP + MARK) });

/** @param {Grid} grid @param {number} count @param {number} x @param {number} y @returns {number | null} the place under a point */
export function placeAt({ columns, side }, count, x, y) {
  const column = Math.floor((x - EDGE) / (side + GAP));
  const row = Math.floor((y - EDGE) / (side + GAP + MARK));
  const place = row * columns + column;
  return column >= 0 && row >= 0 && column < columns && place < count ? place : null;
}

/** @param {Uint8ClampedArray} scale 256 RGB triples over [-1, 1] @returns {Uint32Array} the pixel of each byte of a weight */
export function bytePalette(scale) {
  const palette = paletteOf(scale, true);
  return Uint32Array.from({ length: 256 }, (_, byte) => palette[Math.round((Math.max(0, byte - 1) / 254) * 255)]);
}

/**
 * Pictures side by side, `columns` in a line.
 * @param {Uint32Array} pixels as wide as `columns` pictures @param {Uint8Array} bytes [q, H, W] or [q, H, W, 3] @param {readonly number[]} shape (H, W) or (H, W, 3)
 * @param {number} columns @param {Uint32Array} palette for grey weights; colour weights are their own colours around mid-grey
 * @param {((picture: number) => number) | null} [dim] in [0, 1]: how far the weights of a picture go from 0; null: all the way
 */
export function paintPictures(pixels, bytes, shape, columns, palette, dim = null) {
  const [height, width, channels = 1] = shape;
  const size = height * width;
  const line = columns * width;
  const count = bytes.length / (size * channels);
  for (let picture = 0; picture < count; picture++) {
    const factor = dim ? dim(picture) : 1;
    const table = factor === 1 ? null : dimmed(factor);
    const origin = Math.floor(picture / columns) * height * line + (picture % columns) * width;
    let from = picture * size * channels;
    for (let y = 0; y < height; y++) {
      let to = origin + y * line;
      for (let x = 0; x < width; x++, to++, from += channels) {
        if (channels === 1) pixels[to] = palette[table ? table[bytes[from]] : bytes[from]];
        else pixels[to] = table ? rgb(table[bytes[from]], table[bytes[from + 1]], table[bytes[from + 2]]) : rgb(bytes[from], bytes[from + 1], bytes[from + 2]);
      }
    }
  }
}

/** @param {number} red @param {number} green @param {number} blue */
const rgb = (red, green, blue) => (OPAQUE | (blue << 16) | (green << 8) | red) >>> 0;

/** @param {number} factor what is not a number leaves nothing @returns {Uint8Array} the byte that each byte becomes */
const dimmed = (factor) => Uint8Array.from({ length: 256 }, (_, byte) => Math.round(ZERO + (byte - ZERO) * (Number.isFinite(factor) ? factor : 0)));

/** @param {ArrayLike<number>} values @returns {{ bytes: Uint8Array, scale: number }} as those of a frame, scaled by the largest entry */
export function bytesOf(values) {
  let scale = 0;
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) scale = Math.max(scale, Math.abs(values[i]));
  const share = (/** @type {number} */ value) => Math.max(-1, Math.min(1, value / (scale || 1))) || 0; // what is not a number leaves nothing
  return { bytes: Uint8Array.from(values, (value) => Math.round(ZERO + 127 * share(value))), scale };
}

/**
 * @param {import("../types").Tensor} tensor [q, ...shape] @param {string} [dtype] that is declared of it
 * @returns {{ bytes: Uint8Array, scales: Float64Array | null, shape: number[], count: number }} scales: of numbers that are no bytes yet, the largest entry of each
 */
export function picturesOf({ shape: [count = 0, ...shape], data }, dtype) {
  if (data instanceof Uint8Array && dtype !== "BOOL") return { bytes: data, scales: null, shape, count };
  const size = count ? data.length / count : 0;
  const each = Array.from({ length: count }, (_, i) => bytesOf(data.subarray(i * size, (i + 1) * size)));
  const bytes = new Uint8Array(data.length);
  each.forEach((picture, i) => bytes.set(picture.bytes, i * size));
  return { bytes, scales: Float64Array.from(each, ({ scale }) => scale), shape, count };
}

/** @param {Uint32Array} palette the pixel of each byte of a grey picture @param {string} about */
export function createStrip(palette, about) {
  const list = make("div", { class: "picture-references", role: "list", tabindex: "0", "aria-label": about });
  /** @type {{ key: string, figure: HTMLElement, canvas: HTMLCanvasElement, bytes: Uint8Array | null }[]} */
  let shown = [];
  let [made, marked] = ["", ""];

  /** @param {Item} item */
  function figureOf({ key, name, colour, shape: [height, width] }) {
    const canvas = make("canvas", { class: height < COARSE ? "is-coarse" : "", width: String(width), height: String(height), "aria-hidden": "true" });
    canvas.style.borderTopColor = colour;
    return { key, canvas, bytes: null, figure: make("figure", { role: "listitem", title: name }, canvas, make("figcaption", {}, name)) };
  }

  return {
    element: list,

    /** @param {Item[]} items */
    update(items) {
      const next = JSON.stringify(items.map(({ key, name, shape }) => [key, name, shape]));
      if (next !== made) {
        [made, marked] = [next, ""];
        shown = items.map(figureOf);
        list.replaceChildren(...shown.map(({ figure }) => figure));
      }
      items.forEach(({ bytes, shape }, i) => {
        if (bytes === shown[i].bytes) return;
        shown[i].bytes = bytes;
        const image = new ImageData(shape[1], shape[0]);
        paintPictures(new Uint32Array(image.data.buffer), bytes, shape, 1, palette);
        shown[i].canvas.getContext("2d", { willReadFrequently: true })?.putImageData(image, 0, 0);
      });
    },

    /** @param {string | null} closest key of the one that is closest to what is pointed at */
    mark(closest) {
      if (closest === (marked || null)) return;
      marked = closest ?? "";
      for (const { key, figure } of shown) figure.classList.toggle("is-closest", key === closest);
    },
  };
}
