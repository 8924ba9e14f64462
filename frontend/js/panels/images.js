/**
 * Members of an axis as pictures, in a grid whose order holds while the film plays, and above it what they are compared with. Drawn on a canvas.
 * @import { ImagesShow, PanelMoment } from "../types"
 * @import { Item } from "../marks/image-atlas.js"
 */

import { count, make, setText } from "../ui/dom.js";
import { isOver } from "../film/status.js";
import { colourOf } from "../display/colours.js";
import { memberName } from "../display/read.js";
import { heldRange, heldSize, memberTable, numbersOf, spoken } from "../display/values.js";
import { EDGE, GAP, MARK, arrange, bytePalette, corner, createStrip, paintPictures, picturesOf, placeAt } from "../marks/image-atlas.js";
import { amount, columnsOf, memberCanvas, optionControls } from "./choices.js";
import { besideOf, closest, isPaired, lastFrame, orderOf, partOf, referencesOf } from "./image-parts.js";

const ATLAS_COLUMNS = 16;
const SHARP = 4; // canvas pixels for one of a picture, from which on squares of unequal size do not show
const SELECTED = 2; // widths of outlines
const HOVERED = 4;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {ImagesShow} show @returns {import("./choices.js").PanelOption[]} */
export const optionsOf = ({ orders = [] }) => [
  ...(orders.length ? [{ key: "order", label: "Order", choices: [
    { value: "given", title: "As given", about: "In the order of the frame" },
    ...orders.map(({ id, title }) => ({ value: id, title, about: "Sorted by the newest frame; press again to sort anew" })),
  ] }] : []),
  { key: "scale", label: "Scale", choices: [{ value: "common", title: "Common scale", about: "One scale for all pictures and steps, set by the largest value at the end of the film" }] },
];

/** @type {import("../types").CreatePanel<ImagesShow>} */
export function createPanel(element, { title, show }, context) {
  const { theme, compact } = context;
  const { orders = [], mark } = show;
  const palette = bytePalette(theme.areaScale);
  const strip = createStrip(palette, `${title}: what they are compared with`);
  const stage = make("div", { class: "pictures-stage" });
  const note = make("p", { class: "picture-note" });
  const head = make("div", { class: "picture-strip" }, note, strip.element);
  head.hidden = compact;
  element.append(make("div", { class: "pictures" }, head, stage));
  const members = memberCanvas(element, stage, context, show.axis, {
    name: "pictures-canvas", about: `${title}. Arrow keys walk along the pictures, Enter selects.`,
    find: ({ x, y }) => order[placeAt(grid, order.length, x, y) ?? -1] ?? null,
    walk(key) {
      if (!(key in ARROWS)) return undefined;
      const place = order.indexOf(members.hover() ?? -1);
      const next = place < 0 ? 0 : place + ARROWS[key][0] + ARROWS[key][1] * grid.columns;
      return order[next] ?? order[place] ?? null;
    },
  });
  const { canvas, pen } = members;
  const atlas = document.createElement("canvas");
  const atlasPen = /** @type {CanvasRenderingContext2D} */ (atlas.getContext("2d", { willReadFrequently: true }));
  const controls = optionControls(context, optionsOf(show), (key) => {
    if (key === "order") sortedAs = "";
    if (members.moment) render(members.moment);
  });
  const largest = heldSize();
  const range = heldRange();
  if (show.references && !compact) context.wantPatterns();

  let image = new ImageData(1, 1);
  /** @type {ReturnType<typeof picturesOf>} */
  let pictures = { bytes: new Uint8Array(), scales: null, shape: [1, 1], count: 0 };
  let [painted, sortedAs, headed] = ["", "", ""];
  let most = 0; // the largest scale so far, of pictures whose scales are made here
  let grid = arrange(0, 0, 0);
  /** Members by place. @type {number[]} */
  let order = [];
  /** @type {number | null} */
  let sortedStep = null;
  let told = -1; // the member of the tip
  let wasOver = false; // when the film was opened: then its last frame may still be on its way
  /** Of the run's patterns, once they are here. @type {{ of: unknown, items: Item[] }} */
  let references = { of: undefined, items: [] };

  const isCommon = () => controls.now("scale") === "common";
  const shownIn = (/** @type {PanelMoment} */ { frame }) => frame.tensors[show.tensor]?.shape[0] ?? 0;

  /** @param {PanelMoment} now */
  function sort(now) {
    const by = controls.now("order");
    const key = [now.run.id, by, shownIn(now), partOf(show, now.frame.phase), wasOver ? lastFrame(now, show).seq : ""].join(" ");
    if (key === sortedAs) return;
    ({ pictures: order, step: sortedStep } = orderOf(now, show, by));
    sortedAs = key;
    measure();
  }

  function measure() {
    grid = arrange(order.length, stage.clientWidth, stage.clientHeight, isPaired(show, order.length));
    members.fit(grid.columns * (grid.side + GAP) - GAP + 2 * EDGE, grid.rows * (grid.side + GAP + MARK) - GAP + 2 * EDGE);
  }

  /** @param {PanelMoment} now @returns {ArrayLike<number> | null} the value that is black or white in each picture */
  const scalesOf = (now) => numbersOf(now, show.scale) ?? pictures.scales;

  /** Pictures as pixels, and what they are compared with: once for a frame. @param {PanelMoment} now */
  function paint(now) {
    const held = largest(now, show.scale);
    const key = [now.run.id, now.frame.seq, isCommon(), isCommon() ? held : "", now.patterns !== null].join(" ");
    if (key === painted) return;
    pictures = picturesOf(now.frame.tensors[show.tensor], now.display.tensors[show.tensor]?.dtype);
    const { bytes, shape, count: all } = pictures;
    compare(now, shape);
    const [height, width] = [Math.ceil(all / ATLAS_COLUMNS) * shape[0], ATLAS_COLUMNS * shape[1]];
    if (bytes.length === 0) return;
    if (image.width !== width || image.height !== height) {
      image = new ImageData(width, height);
      [atlas.width, atlas.height] = [width, height];
    }
    const scales = scalesOf(now);
    if (!show.scale) most = Math.max(most, ...(pictures.scales ?? []));
    const full = (show.scale ? held : most) || 1;
    paintPictures(new Uint32Array(image.data.buffer), bytes, shape, ATLAS_COLUMNS, palette, isCommon() && scales ? (picture) => scales[picture] / full : null);
    atlasPen.putImageData(image, 0, 0);
    painted = key;
  }

  /** @param {PanelMoment} now @param {number[]} shape of a picture */
  function compare(now, shape) {
    if (compact) return;
    const of = now.patterns ?? now.run.id;
    if (references.of !== of) references = { of, items: referencesOf(now, show, shape, theme) };
    const items = [...besideOf(now, show), ...references.items];
    strip.update(items);
    strip.element.hidden = items.length === 0 && (!show.references || now.patterns !== null); // until it is known, its place is kept
  }

  /** What is said above the pictures, which changes seldom: only then is there another room for them. */
  function describe() {
    const by = orders.find(({ id }) => id === controls.now("order"));
    const parts = [isCommon() ? "One scale for all pictures and steps" : "Each picture has its own scale",
      ...(by && sortedStep !== null ? [`sorted ${by.title.charAt(0).toLowerCase()}${by.title.slice(1)} at step ${count(sortedStep)}`] : []),
      ...(mark ? [`the line below: ${mark.title ?? spoken(mark.tensor)}`] : [])];
    const next = [...parts, strip.element.hidden, strip.element.childElementCount].join(" · ");
    if (next === headed) return;
    headed = next;
    setText(note, `${parts.join(" · ")}.`);
    measure();
  }

  /** @param {PanelMoment} now */
  function draw(now) {
    const { shape: [tall, wide], count: all } = pictures;
    const longest = Math.max(tall, wide);
    const zoom = (grid.side * devicePixelRatio) / longest;
    const [width, height] = [(grid.side * wide) / longest, (grid.side * tall) / longest];
    const marked = numbersOf(now, mark?.tensor);
    const colour = mark ? colourOf(mark, range(now, mark), theme) : null;
    members.clear();
    // Whole pixels stay sharp, and large ones; small ones would be of unequal size.
    pen.imageSmoothingEnabled = !Number.isInteger(zoom) && zoom < SHARP;
    order.forEach((member, place) => {
      if (member >= all) return;
      const { x, y } = corner(grid, place);
      pen.drawImage(atlas, (member % ATLAS_COLUMNS) * wide, Math.floor(member / ATLAS_COLUMNS) * tall, wide, tall, x, y, width, height);
      if (!marked || !colour) return;
      pen.fillStyle = colour(marked[member] ?? NaN);
      pen.fillRect(x, y + height, width, MARK);
    });
    pen.strokeStyle = theme.colours.ink;
    for (const [member, thickness] of [...[...members.selection()].map((one) => [one, SELECTED]), [members.hover() ?? NaN, HOVERED]]) {
      const place = order.indexOf(member);
      const { x, y } = corner(grid, place);
      pen.lineWidth = thickness;
      if (place >= 0) pen.strokeRect(x, y, width, height + MARK);
    }
  }

  /** @param {PanelMoment} now */
  function tell(now) {
    const hover = members.hover() ?? -1;
    if (hover < 0 && told < 0) return; // where the stage lies is only asked for a tip
    told = hover;
    const place = order.indexOf(hover);
    const best = place < 0 ? null : closest(now, show, hover);
    strip.mark(best && `axis:${best.member}`);
    const { x, y } = corner(grid, place < 0 ? NaN : place);
    const [half, middle] = [pictures.count / 2, grid.side / 2];
    const twin = isPaired(show, pictures.count) ? [`begins as ${memberName(now.display.axes[show.axis], hover < half ? hover + half : hover - half)} does`] : [];
    members.tell(stage.offsetLeft + canvas.offsetLeft + x + middle, stage.offsetTop + y - stage.scrollTop + middle, middle + 8, () => readouts(now), twin);
  }

  /** What is told of a picture. @param {PanelMoment} now */
  function readouts(now) {
    const scales = scalesOf(now);
    const near = closest(now, show, 0);
    const references = now.display.axes[show.references?.axis ?? ""];
    return [
      ...columnsOf(now, [mark, ...orders.flatMap(({ by, split }) => [{ tensor: by }, { tensor: split }])]),
      ...(scales ? [{ title: "scale", value: (/** @type {number} */ i) => scales[i] }] : []),
      ...(near ? [
        { title: "closest", value: (/** @type {number} */ i) => memberName(references, closest(now, show, i)?.member ?? 0) },
        { title: spoken(near.tensor), value: (/** @type {number} */ i) => closest(now, show, i)?.value },
      ] : []),
    ];
  }

  /** @param {PanelMoment} now */
  function render(now) {
    if (!members.moment) wasOver = isOver(now.run.status);
    members.moment = now;
    controls.update();
    sort(now);
    paint(now);
    describe();
    draw(now);
    tell(now);
  }

  return {
    render,
    needs: () => [show.tensor],
    caption: (now) => `Pictures of ${amount(now.display.axes[show.axis], shownIn(now), "").trim()}.`,
    table: (now) => memberTable(now, show.axis, Array(shownIn(now)).keys(), readouts(now)),
    resize() {
      measure();
      if (members.moment) render(members.moment);
    },
    destroy: members.destroy,
  };
}
