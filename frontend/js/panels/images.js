/**
 * Members of an axis as pictures, in a grid whose order holds while the film plays, and above it what they are compared with.
 * Drawn on a canvas.
 * @typedef {import("../types").PanelMoment} PanelMoment
 * @typedef {import("../types").ImagesShow} ImagesShow
 */

import { count, make, setText } from "../ui/dom.js";
import { isOver } from "../film/status.js";
import { colourOf } from "../display/colours.js";
import { inUnit } from "../display/numbers.js";
import { howMany, memberName } from "../display/read.js";
import { heldRange, heldSize, memberTable, numbersOf, spoken } from "../display/values.js";
import { EDGE, GAP, MARK, arrange, bytePalette, corner, createStrip, paintPictures, picturesOf, placeAt } from "../marks/image-atlas.js";
import { followPointer } from "../marks/pointer.js";
import { createTip } from "../marks/tip.js";
import { chooser } from "./chooser.js";
import { besideOf, closest, referencesOf } from "./image-compared.js";
import { isPaired, lastFrame, orderOf, partOf } from "./image-order.js";
import { chosen, optionControls } from "./options.js";

const ATLAS_COLUMNS = 16;
const SHARP = 4; // canvas pixels for one of a picture, from which on squares of unequal size do not show
const SELECTED = 2; // widths of outlines
const HOVERED = 4;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const NO_PICTURES = { bytes: new Uint8Array(), scales: null, shape: [1, 1], count: 0 };

/** @param {ImagesShow} show @returns {import("./options.js").PanelOption[]} */
export const imagesOptions = ({ orders = [] }) => [
  ...(orders.length ? [{ key: "order", label: "Order", choices: [
    { value: "given", title: "As given", about: "In the order of the frame" },
    ...orders.map(({ id, title }) => ({ value: id, title, about: "Sorted by the newest frame; press again to sort anew" })),
  ] }] : []),
  { key: "scale", label: "Scale", choices: [{ value: "common", title: "Common scale", about: "One scale for all pictures and steps, set by the largest value at the end of the film" }] },
];

/** @type {import("../types").CreatePanel<ImagesShow>} */
export function createPanel(element, { title, show }, context) {
  const { theme, compact } = context;
  const palette = bytePalette(theme.areaScale);
  const strip = createStrip(palette, `${title}: what they are compared with`);
  const canvas = make("canvas", { class: "pictures-canvas", tabindex: "0", role: "img", "aria-label": `${title}. Arrow keys walk along the pictures, Enter selects.` });
  const stage = make("div", { class: "pictures-stage" }, canvas);
  const note = make("p", { class: "picture-note" });
  const head = make("div", { class: "picture-strip" }, note, strip.element);
  head.hidden = compact;
  element.append(make("div", { class: "pictures" }, head, stage));
  const tip = createTip(element);
  // Both are drawn by the processor: a picture that is new with every frame is not worth a way to the graphics card.
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false, willReadFrequently: true }));
  const atlas = document.createElement("canvas");
  const atlasPen = /** @type {CanvasRenderingContext2D} */ (atlas.getContext("2d", { willReadFrequently: true }));
  const options = imagesOptions(show);
  const controls = compact ? null : optionControls(context, options, (key) => {
    if (key === "order") sortedAs = "";
    if (moment) render(moment);
  });
  const optionNow = (/** @type {string} */ key) => options.filter((option) => option.key === key).map((option) => chosen(context, option))[0] ?? "";
  const largest = heldSize();
  const range = heldRange();
  if (show.references && !compact) context.wantPatterns();

  /** @type {PanelMoment | null} */
  let moment = null;
  /** @type {ImageData | null} */
  let image = null;
  /** @type {ReturnType<typeof picturesOf>} */
  let pictures = NO_PICTURES;
  let [painted, sortedAs] = ["", ""];
  let most = 0; // the largest scale so far, of pictures whose scales are made here
  let grid = arrange(0, 0, 0);
  /** Members by place, and places by member. @type {number[]} */
  let order = [];
  /** @type {Map<number, number>} */
  let places = new Map();
  /** @type {number | null} */
  let sortedStep = null;
  /** Was the run over when it was first shown? Then its film is sorted by its end, which may still be on its way here. */
  let wasOver = false;
  /** What the pictures of references are made of, and they. @type {{ of: unknown, items: import("../marks/image-atlas.js").Item[] }} */
  let references = { of: undefined, items: [] };

  const choice = chooser(context, show.axis, () => moment);
  const at = (/** @type {number | null} */ place) => (place === null ? null : (order[place] ?? null));
  const pointer = followPointer(canvas, {
    ...choice,
    find: ({ x, y }) => at(placeAt(grid, order.length, x, y)),
    walk(key) {
      if (!(key in ARROWS)) return undefined;
      const place = places.get(choice.hover() ?? -1);
      const next = place === undefined ? 0 : place + ARROWS[key][0] + ARROWS[key][1] * grid.columns;
      return at(next >= 0 && next < order.length ? next : (place ?? 0));
    },
  });

  /** @param {PanelMoment} now */
  function sort(now) {
    const members = now.frame.tensors[show.tensor]?.shape[0] ?? 0;
    const by = optionNow("order");
    const key = [now.run.id, by, members, partOf(show, now.frame.phase), wasOver ? lastFrame(now, show).seq : ""].join(" ");
    if (key === sortedAs) return;
    ({ pictures: order, step: sortedStep } = orderOf(now, show, by));
    places = new Map(order.map((member, place) => [member, place]));
    sortedAs = key;
    measure();
  }

  function measure() {
    const ratio = devicePixelRatio || 1;
    grid = arrange(order.length, stage.clientWidth, stage.clientHeight, isPaired(show, order.length));
    const width = grid.columns * (grid.side + GAP) - GAP + 2 * EDGE;
    const height = grid.rows * (grid.side + GAP + MARK) - GAP + 2 * EDGE;
    [canvas.width, canvas.height] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
    [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  /** @param {PanelMoment} now @returns {ArrayLike<number> | null} the value that is black or white in each picture */
  const scalesOf = (now) => numbersOf(now, show.scale) ?? pictures.scales;

  /** @param {PanelMoment} now */
  function paint(now) {
    const common = optionNow("scale") === "common";
    const held = largest(now, show.scale);
    const key = [now.run.id, now.frame.seq, common, common ? held : ""].join(" ");
    if (key === painted) return;
    const tensor = now.frame.tensors[show.tensor];
    pictures = tensor ? picturesOf(tensor, now.display.tensors[show.tensor]?.dtype) : NO_PICTURES;
    const { bytes, shape, count: members } = pictures;
    const [height, width] = [Math.ceil(members / ATLAS_COLUMNS) * shape[0], ATLAS_COLUMNS * shape[1]];
    if (bytes.length === 0) return;
    if (image?.width !== width || image.height !== height) {
      image = new ImageData(width, height);
      [atlas.width, atlas.height] = [width, height];
    }
    const scales = scalesOf(now);
    if (!show.scale) most = Math.max(most, ...(pictures.scales ?? []));
    const full = (show.scale ? held : most) || 1;
    paintPictures(new Uint32Array(image.data.buffer), bytes, shape, ATLAS_COLUMNS, palette, common && scales ? (picture) => scales[picture] / full : null);
    atlasPen.putImageData(image, 0, 0);
    painted = key;
  }

  /** @param {PanelMoment} now */
  function draw(now) {
    const { shape: [tall, wide], count: members } = pictures;
    const longest = Math.max(tall, wide);
    const zoom = (grid.side * devicePixelRatio) / longest;
    const [width, height] = [(grid.side * wide) / longest, (grid.side * tall) / longest];
    const marked = numbersOf(now, show.mark?.tensor);
    const colour = show.mark ? colourOf(show.mark, range(now, show.mark), theme) : null;
    pen.fillStyle = theme.colours.paper;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    // Whole pixels stay sharp, and large ones; small ones would be of unequal size.
    pen.imageSmoothingEnabled = !Number.isInteger(zoom) && zoom < SHARP;
    order.forEach((member, place) => {
      if (member >= members) return;
      const { x, y } = corner(grid, place);
      pen.drawImage(atlas, (member % ATLAS_COLUMNS) * wide, Math.floor(member / ATLAS_COLUMNS) * tall, wide, tall, x, y, width, height);
      if (!marked || !colour) return;
      pen.fillStyle = colour(marked[member] ?? NaN);
      pen.fillRect(x, y + height, width, MARK);
    });
    const [selection, hover] = [choice.selection(), choice.hover()];
    for (const [member, thickness] of [...[...selection].map((one) => [one, SELECTED]), ...(hover === null ? [] : [[hover, HOVERED]])]) {
      const place = places.get(member);
      if (place === undefined) continue;
      const { x, y } = corner(grid, place);
      pen.lineWidth = thickness;
      pen.strokeStyle = theme.colours.ink;
      pen.strokeRect(x, y, width, height + MARK);
    }
  }

  /** @param {PanelMoment} now */
  function compare(now) {
    if (compact) return;
    const { shape } = pictures;
    const of = now.patterns ?? now.run.id;
    if (references.of !== of) references = { of, items: now.patterns ? referencesOf(now, show, shape, theme) : [] };
    const items = [...besideOf(now, show), ...references.items];
    strip.update(items);
    const hidden = items.length === 0 && (!show.references || now.patterns !== null); // until it is known, its place is kept
    const common = optionNow("scale") === "common";
    const by = show.orders?.find(({ id }) => id === optionNow("order"));
    const parts = [common ? "One scale for all pictures and steps" : "Each picture has its own scale",
      ...(by && sortedStep !== null ? [`sorted ${by.title.charAt(0).toLowerCase()}${by.title.slice(1)} at step ${count(sortedStep)}`] : []),
      ...(show.mark ? [`the line below: ${show.mark.title ?? spoken(show.mark.tensor)}`] : [])];
    const said = `${parts.join(" · ")}.`;
    if (note.textContent === said && strip.element.hidden === hidden) return; // to measure with every frame is to lay out the page
    const before = head.offsetHeight;
    setText(note, said);
    strip.element.hidden = hidden;
    if (head.offsetHeight !== before) measure();
  }

  /** @param {PanelMoment} now */
  function showTip(now) {
    const hover = choice.hover();
    const place = hover === null || hover >= pictures.count ? undefined : places.get(hover);
    const best = hover === null || place === undefined ? null : closest(now, show, hover);
    strip.mark(best && `axis:${best.member}`);
    if (place === undefined || hover === null) {
      tip.hide();
      return;
    }
    const axis = now.display.axes[show.axis];
    const name = axis ? memberName(axis, hover) : `picture ${hover}`;
    const half = pictures.count / 2;
    const lines = columnsOf(now).map((column) => ({ ...column, found: column.value(hover) })).filter(({ found }) => found !== null && found !== undefined)
      .map(({ title: label, found }) => `${label} ${typeof found === "number" ? inUnit(found) : found}`);
    if (isPaired(show, pictures.count)) lines.push(`begins as ${memberName(axis, hover < half ? hover + half : hover - half)} does`);
    const { x, y } = corner(grid, place);
    tip.show([name.charAt(0).toUpperCase() + name.slice(1), ...lines],
      stage.offsetLeft + canvas.offsetLeft + x + grid.side / 2, stage.offsetTop + y - stage.scrollTop + grid.side / 2, grid.side / 2 + 8);
  }

  /** What is told of a picture, in its tip and in the table. @param {PanelMoment} now */
  function columnsOf(now) {
    /** @type {Map<string, string>} */
    const names = new Map((show.orders ?? []).flatMap(({ by, split }) => (split ? [by, split] : [by])).map((name) => [name, spoken(name)]));
    if (show.mark) names.set(show.mark.tensor, show.mark.title ?? spoken(show.mark.tensor));
    const tensors = [...names].flatMap(([name, label]) => {
      const data = numbersOf(now, name);
      return data ? [{ title: label, value: (/** @type {number} */ i) => /** @type {string | number | undefined} */ (data[i]) }] : [];
    });
    const scales = scalesOf(now);
    const near = closest(now, show, 0);
    const reader = near ? [
      { title: "closest", value: (/** @type {number} */ i) => memberName(now.display.axes[show.references?.axis ?? ""], closest(now, show, i)?.member ?? 0) },
      { title: spoken(near.tensor), value: (/** @type {number} */ i) => closest(now, show, i)?.value },
    ] : [];
    return [...tensors, ...(scales ? [{ title: "scale", value: (/** @type {number} */ i) => scales[i] }] : []), ...reader];
  }

  /** @param {PanelMoment} now */
  function render(now) {
    if (!moment) wasOver = isOver(now.run.status);
    moment = now;
    controls?.update();
    sort(now);
    paint(now);
    compare(now);
    draw(now);
    showTip(now);
  }

  return {
    render,
    needs: () => [show.tensor],
    caption(now) {
      const axis = now.display.axes[show.axis];
      const shown = now.frame.tensors[show.tensor]?.shape[0] ?? 0;
      return `Pictures of ${axis ? howMany(axis, shown) : count(shown)}.`;
    },
    table: (now) => memberTable(now, show.axis, Array(now.frame.tensors[show.tensor]?.shape[0] ?? 0).keys(), columnsOf(now)),
    resize() {
      measure();
      if (moment) render(moment);
    },
    destroy() {
      pointer.destroy();
      element.replaceChildren();
      if (controls) context.controls.replaceChildren();
    },
  };
}
