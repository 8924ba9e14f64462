/**
 * Named pictures in a strip, beside those of a grid: what they are compared with.
 * @typedef {{ key: string, name: string, colour: string, shape: number[], bytes: Uint8Array }} Item colour: "" for none
 */

import { make } from "../ui/dom.js";
import { paintPictures } from "./image-atlas.js";

const COARSE = 10; // rows, below which each pixel of a picture is shown as a square

/** @param {Uint32Array} palette the pixel of each byte of a grey picture @param {string} about */
export function createStrip(palette, about) {
  const list = make("div", { class: "picture-references", role: "list", tabindex: "0", "aria-label": about });
  /** @type {{ item: Item, figure: HTMLElement, canvas: HTMLCanvasElement }[]} */
  let shown = [];
  /** @type {string | null} */
  let marked = null;

  /** @param {Item} item */
  function figureOf(item) {
    const { shape: [height, width], name, colour } = item;
    const canvas = make("canvas", { class: height < COARSE ? "is-coarse" : "", width: String(width), height: String(height), "aria-hidden": "true" });
    const figure = make("figure", { role: "listitem", title: name }, canvas, make("figcaption", {}, name));
    if (colour) canvas.style.borderTopColor = colour;
    paint(canvas, item);
    return { item, figure, canvas };
  }

  /** @param {HTMLCanvasElement} canvas @param {Item} item */
  function paint(canvas, { bytes, shape }) {
    const image = new ImageData(shape[1], shape[0]);
    paintPictures(new Uint32Array(image.data.buffer), bytes, shape, 1, palette);
    canvas.getContext("2d", { willReadFrequently: true })?.putImageData(image, 0, 0);
  }

  return {
    element: list,

    /** @param {Item[]} items */
    update(items) {
      const same = items.length === shown.length && items.every(({ key, name, shape }, i) => key === shown[i].item.key && name === shown[i].item.name && `${shape}` === `${shown[i].item.shape}`);
      if (!same) {
        shown = items.map(figureOf);
        marked = null;
        list.replaceChildren(...shown.map(({ figure }) => figure));
        return;
      }
      items.forEach((item, i) => {
        if (item.bytes !== shown[i].item.bytes) paint(shown[i].canvas, item);
        shown[i].item = item;
      });
    },

    /** @param {string | null} key of the one that is closest to what is pointed at */
    mark(key) {
      if (key === marked) return;
      marked = key;
      for (const { figure, item } of shown) figure.classList.toggle("is-closest", key !== null && item.key === key);
    },
  };
}
