/**
 * Neurons as pictures: the weights of each as an image of what it looks for, in a grid whose order holds while the film
 * plays, and above it the directions that neurons are compared with. Drawn on a canvas.
 * @typedef {import("../types").Moment} Moment
 * @typedef {import("../types").View} View
 * @typedef {import("../types").ViewContext} ViewContext
 * @typedef {import("../types").PictureOptions} PictureOptions
 * @typedef {ViewContext & {pictures: PictureOptions, onPictures(changes: Partial<PictureOptions>): void}} PicturesContext
 */

import { button, make } from "../ui/dom.js";
import { summarise } from "../statistics.js";
import { isOver } from "../film/status.js";
import { scaleIndex } from "../ui/theme.js";
import { EDGE, GAP, MARK, arrange, bytePalette, corner, paintPictures, placeAt } from "../marks/image-atlas.js";
import { isPaired, lastFrame, orderOf, stageOf } from "./image-order.js";
import { followPictures } from "../marks/image-pointer.js";
import { createStrip } from "../marks/image-strip.js";
import { bestMatch, caption, table, tipLines } from "./image-words.js";

export const title = "Neurons as pictures";
export const terms = ["neuron", "s, the signal", "cosine", "centre", "silhouette"];

const ATLAS_COLUMNS = 16;
const SHARP = 4; // canvas pixels for a weight, from which on squares of unequal size do not show
const SELECTED = 2; // widths of outlines
const HOVERED = 4;

/** @param {HTMLElement} element @param {PicturesContext} context @returns {View} */
export function createView(element, context) {
  const { theme, pictures: options } = context;
  const palette = bytePalette(theme.areaScale);
  const strip = createStrip(palette);
  const canvas = make("canvas", { class: "pictures-canvas", tabindex: "0", role: "img", "aria-label": `${title}. Arrow keys walk along the neurons, Enter selects.` });
  const stage = make("div", { class: "pictures-stage" }, canvas);
  const tip = make("div", { class: "map-tip", role: "status", hidden: "" });
  element.append(make("div", { class: "pictures" }, strip.element, stage), tip);
  // Both are drawn by the processor: a picture that is new with every frame is not worth a way to the graphics card.
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false, willReadFrequently: true }));
  const atlas = document.createElement("canvas");
  const atlasPen = /** @type {CanvasRenderingContext2D} */ (atlas.getContext("2d", { willReadFrequently: true }));
  const controls = pictureControls(context, () => (orderKey = ""));

  /** @type {Moment | null} */
  let moment = null;
  /** @type {ImageData | null} */
  let image = null;
  let painted = "";
  let grid = arrange(0, 0, 0);
  /** Pictures by place. @type {number[]} */
  let order = [];
  /** Places by row of the frame's tensors. @type {Map<number, number>} */
  let places = new Map();
  let orderKey = "";
  /** @type {number | null} */
  let sortedStep = null;
  /** The largest weight of the film's end, and of one that is not over the largest so far: the common scale holds while it plays. */
  let largest = 0;
  /** Was the run over when it was first shown? Then its film is sorted by its end, which may still be on its way here. */
  let wasOver = false;

  const stopPointer = followPictures(canvas, {
    find: (x, y) => rowAt(placeAt(grid, order.length, x, y)),
    walk(columns, rows) {
      const place = moment?.hover == null ? undefined : places.get(moment.hover);
      if (place === undefined) return rowAt(0);
      const next = place + columns + rows * grid.columns;
      return rowAt(next >= 0 && next < order.length ? next : place);
    },
    selection: () => moment?.selection ?? new Set(),
    hover: () => moment?.hover ?? null,
    onHover: context.onHover,
    onSelect: context.onSelect,
  });

  /** @param {number | null} place @returns {number | null} row of the frame's tensors */
  const rowAt = (place) => (place === null ? null : (moment?.run.pictures?.rows[order[place]] ?? null));

  /** @param {Moment} now */
  function sort(now) {
    const rows = now.run.pictures?.rows ?? [];
    const key = [now.run.id, options.order, rows.length, stageOf(now), wasOver ? lastFrame(now).seq : ""].join(" ");
    if (key === orderKey) return;
    orderKey = key;
    ({ pictures: order, step: sortedStep } = orderOf(now, options.order));
    places = new Map(order.map((picture, place) => [rows[picture], place]));
    measure();
  }

  function measure() {
    const ratio = devicePixelRatio || 1;
    grid = arrange(order.length, stage.clientWidth, stage.clientHeight, moment !== null && isPaired(moment));
    const width = grid.columns * (grid.side + GAP) - GAP + 2 * EDGE;
    const height = grid.rows * (grid.side + GAP + MARK) - GAP + 2 * EDGE;
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  /** @param {Moment} now */
  function paint(now) {
    const { weights, weights_scale: scale } = now.frame.tensors;
    const { shape } = now.run.pictures ?? { shape: [] };
    const last = isOver(now.run.status) ? now.timeline.frameAt(now.timeline.entries.length - 1) : null;
    largest = last ? summarise(last).weightScale : Math.max(largest, summarise(now.frame).weightScale);
    const key = [now.frame.seq, now.run.id, options.scale, options.scale === "common" ? largest : ""].join(" ");
    if (key === painted || !weights) return;
    painted = key;
    const width = ATLAS_COLUMNS * shape[1];
    const height = Math.ceil(weights.shape[0] / ATLAS_COLUMNS) * shape[0];
    if (image?.width !== width || image.height !== height) {
      image = new ImageData(width, height);
      [atlas.width, atlas.height] = [width, height];
    }
    const dim = options.scale === "common" && scale ? (/** @type {number} */ picture) => scale.data[picture] / largest : null;
    paintPictures(new Uint32Array(image.data.buffer), /** @type {Uint8Array} */ (weights.data), shape, ATLAS_COLUMNS, palette, dim);
    atlasPen.putImageData(image, 0, 0);
  }

  /** @param {Moment} now */
  function draw(now) {
    const { rows, shape } = now.run.pictures ?? { rows: [], shape: [1, 1] };
    const cosine = now.frame.tensors.signal_cosine;
    const zoom = (grid.side * devicePixelRatio) / Math.max(shape[0], shape[1]);
    const width = (grid.side * shape[1]) / Math.max(shape[0], shape[1]);
    const height = (grid.side * shape[0]) / Math.max(shape[0], shape[1]);
    pen.fillStyle = theme.colours.paper;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    // Whole pixels stay sharp, and large ones; small ones would be of unequal size.
    pen.imageSmoothingEnabled = !Number.isInteger(zoom) && zoom < SHARP;
    if (!now.frame.tensors.weights) return;
    order.forEach((picture, place) => {
      const { x, y } = corner(grid, place);
      const from = [(picture % ATLAS_COLUMNS) * shape[1], Math.floor(picture / ATLAS_COLUMNS) * shape[0]];
      pen.drawImage(atlas, from[0], from[1], shape[1], shape[0], x, y, width, height);
      pen.fillStyle = theme.markScale[scaleIndex(cosine?.data[rows[picture]] ?? NaN)];
      pen.fillRect(x, y + height, width, MARK);
    });
    for (const row of now.selection) outline(row, width, height, SELECTED);
    if (now.hover !== null) outline(now.hover, width, height, HOVERED);
  }

  /** @param {number} row @param {number} width @param {number} height @param {number} thickness */
  function outline(row, width, height, thickness) {
    const place = places.get(row);
    if (place === undefined) return;
    const { x, y } = corner(grid, place);
    pen.lineWidth = thickness;
    pen.strokeStyle = theme.colours.ink;
    pen.strokeRect(x, y, width, height + MARK);
  }

  /** @param {Moment} now */
  function showTip(now) {
    const place = now.hover === null ? undefined : places.get(now.hover);
    tip.hidden = place === undefined || !now.frame.tensors.weights;
    strip.mark(place === undefined ? null : (bestMatch(now, /** @type {number} */ (now.hover))?.column ?? null));
    if (place === undefined || tip.hidden) return;
    const [name, ...lines] = tipLines(now, /** @type {number} */ (now.hover));
    tip.replaceChildren(make("strong", {}, name), ...lines.map((line) => make("span", {}, line)));
    const { x, y } = corner(grid, place);
    const left = stage.offsetLeft + canvas.offsetLeft + x;
    const top = stage.offsetTop + y - stage.scrollTop;
    const below = top + grid.side + 10;
    tip.style.left = `${Math.max(4, Math.min(element.clientWidth - tip.offsetWidth - 4, left))}px`;
    tip.style.top = `${below + tip.offsetHeight > element.clientHeight ? top - tip.offsetHeight - 8 : below}px`;
  }

  /** @param {Moment} now */
  function render(now) {
    if (!moment) wasOver = isOver(now.run.status);
    moment = now;
    if (!now.run.pictures) return;
    controls.update(now);
    const had = strip.element.hidden;
    strip.update(now);
    if (strip.element.hidden !== had) measure();
    sort(now);
    paint(now);
    draw(now);
    showTip(now);
  }

  return {
    render,
    needs: ({ run }) => (run.pictures ? ["weights"] : []),
    caption: (now) => caption(now, options, sortedStep),
    table,
    resize() {
      measure();
      if (moment) render(moment);
    },
    destroy() {
      stopPointer();
      element.replaceChildren();
      context.controls.replaceChildren();
    },
  };
}

/** @param {PicturesContext} context @param {() => void} onSort to sort anew */
function pictureControls(context, onSort) {
  const { pictures: options, onPictures } = context;
  const names = /** @type {[PictureOptions["order"], string, string][]} */ ([
    ["drawn", "As drawn", "In the order in which the neurons were drawn at the start"],
    ["cosine", "By cosine", "Sorted by the signal cosine of the newest frame; press again to sort anew"],
    ["cluster", "By cluster", "Sorted by the clusters of the newest frame; press again to sort anew"],
  ]);
  const orders = names.map(([order, text, about]) => {
    const sort = () => {
      onSort();
      onPictures({ order });
    };
    return { order, element: button(text, sort, { class: "button quiet", title: about }) };
  });
  const common = button("Common scale", () => onPictures({ scale: options.scale === "own" ? "common" : "own" }), {
    class: "button quiet", title: "One scale for all pictures and steps, set by the largest weight at the end of the film",
  });
  context.controls.replaceChildren(make("div", { class: "segments", role: "group", "aria-label": "Order" }, ...orders.map(({ element }) => element)), common);
  return {
    /** @param {Moment} now */
    update({ frame }) {
      for (const { order, element } of orders) {
        element.setAttribute("aria-pressed", String(options.order === order));
        element.hidden = order === "cluster" && !frame.tensors.cluster;
      }
      common.setAttribute("aria-pressed", String(options.scale === "common"));
    },
  };
}
