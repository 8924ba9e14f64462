/**
 * What neurons are compared with, as a strip of named pictures: the centres of two clusters, and the run's references.
 * Used by pictures.js only.
 * @typedef {import("../types").Moment} Moment
 * @typedef {{name: string, column: number | null, relevant: boolean, bytes: Uint8Array}} Item
 */

import { make } from "../ui/dom.js";
import { bytesOf, paintPictures } from "./image-atlas.js";

const COARSE = 10; // rows, below which each pixel of a picture is shown as a square

/** @param {Uint32Array} palette the pixel of each byte of a grey weight */
export function createStrip(palette) {
  const list = make("div", { class: "picture-references", role: "list", tabindex: "0", "aria-label": "What neurons are compared with" });
  const element = make("div", { class: "picture-strip" }, 
    make("p", {}, make("span", {}, "What neurons are compared with"), make("span", {}, "line below: colour on the map")), list);
  /** @type {{figure: HTMLElement, canvas: HTMLCanvasElement, column: number | null}[]} */
  let shown = [];
  /** @type {unknown} */
  let references = null;
  /** @type {unknown} */
  let centres = null;

  /** @param {Item} item @param {readonly number[]} shape */
  function figureOf(item, shape) {
    const canvas = make("canvas", { class: shape[0] < COARSE ? "is-coarse" : "", width: String(shape[1]), height: String(shape[0]), "aria-hidden": "true" });
    paint(canvas, item.bytes, shape);
    const figure = make("figure", { class: item.relevant ? "is-relevant" : "", role: "listitem", title: item.name }, canvas, make("figcaption", {}, item.name));
    return { figure, canvas, column: item.column };
  }

  /** @param {HTMLCanvasElement} canvas @param {Uint8Array} bytes @param {readonly number[]} shape */
  function paint(canvas, bytes, shape) {
    const image = new ImageData(shape[1], shape[0]);
    paintPictures(new Uint32Array(image.data.buffer), bytes, shape, 1, palette);
    canvas.getContext("2d", { willReadFrequently: true })?.putImageData(image, 0, 0);
  }

  return {
    element,

    /** @param {Moment} moment */
    update(moment) {
      const shape = moment.run.pictures?.shape ?? [1, 1];
      const tensor = moment.frame.tensors.centres;
      const known = moment.references ?? null;
      if (known !== references || Boolean(tensor) !== Boolean(centres)) {
        const items = (known?.items ?? []).map(({ values, ...item }) => ({ ...item, bytes: bytesOf(values) }));
        shown = [...centresOf(tensor), ...items].map((item) => figureOf(item, shape));
        list.replaceChildren(...shown.map(({ figure }) => figure));
        element.hidden = known !== null && shown.length === 0; // until it is known, its place is kept
      } else if (tensor && tensor !== centres) {
        centresOf(tensor).forEach(({ bytes }, i) => paint(shown[i].canvas, bytes, shape));
      }
      references = known;
      centres = tensor;
    },

    /** @param {number | null} column of the alignment that is closest to the neuron pointed at */
    mark(column) {
      for (const { figure, column: own } of shown) figure.classList.toggle("is-closest", column !== null && own === column);
    },
  };
}

/** @param {import("../types").Tensor | undefined} tensor U8 [2, H, W] or [2, H, W, 3] @returns {Item[]} */
function centresOf(tensor) {
  if (!tensor) return [];
  const size = tensor.data.length / 2;
  return [0, 1].map((i) => ({
    name: `centre of cluster ${i + 1}`, column: null, relevant: false,
    bytes: /** @type {Uint8Array} */ (tensor.data).subarray(i * size, (i + 1) * size),
  }));
}
