/**
 * The singular values of the hidden weights, largest first, on a fixed logarithmic scale: one that leaves the others behind
 * is a direction that all neurons share.
 * @module
 */

import { make } from "../ui/dom.js";

/** @typedef {import("../types").Moment} Moment */

export const title = "How many directions do the weights use?";
export const terms = ["singular value"];

const LEFT = 44;
const BOTTOM = 34;
const TOP = 20;
const RIGHT = 12;

/** @type {import("../types").ViewModule["createView"]} */
export function createView(element, context) {
  const { colours, font } = context.theme;
  const canvas = make("canvas", { class: "spectrum", role: "img", "aria-label": "Singular values; the Table button gives the numbers" });
  element.replaceChildren(canvas);
  /** @type {Moment | null} */
  let moment = null;
  /** Powers of ten, of the run so far: the scale only ever widens. */
  let decades = { run: "", low: 0, high: 0 };

  /** @param {ArrayLike<number>} values @param {string} run */
  const widen = (values, run) => {
    if (decades.run !== run) {
      // Room for three powers of ten around the first frame seen, so that most runs never need more.
      const start = Math.floor(Math.log10(positive(values)[0] ?? 1));
      decades = { run, low: start - 2, high: start + 2 };
    }
    for (const value of positive(values)) {
      decades.high = Math.max(decades.high, Math.ceil(Math.log10(value)));
    }
  };

  const draw = () => {
    if (!moment || element.clientWidth === 0) return;
    const values = moment.frame.tensors.singular_values?.data ?? [];
    widen(values, moment.run.id);
    const ratio = devicePixelRatio;
    const [width, height] = [element.clientWidth, element.clientHeight];
    [canvas.width, canvas.height] = [width * ratio, height * ratio];
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    pen.scale(ratio, ratio);
    pen.font = `12px ${font}`;
    const { low, high } = decades;
    const inner = { width: width - LEFT - RIGHT, height: height - TOP - BOTTOM };
    const y = (/** @type {number} */ value) =>
      TOP + inner.height * (1 - (Math.max(low, Math.min(high, Math.log10(value))) - low) / (high - low));
    axes(pen, inner, y);
    const step = inner.width / Math.max(1, values.length);
    const bar = Math.max(1, step - (step > 3 ? 1 : 0));
    for (let i = 0; i < values.length; i++) {
      if (!(values[i] > 0)) continue;
      const top = y(values[i]);
      pen.fillStyle = i === 0 ? colours.ink : colours.background;
      pen.fillRect(LEFT + i * step, top, bar, TOP + inner.height - top);
    }
  };

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {{ width: number, height: number }} inner
   * @param {(value: number) => number} y
   */
  const axes = (pen, { width, height }, y) => {
    pen.fillStyle = colours.inkMuted;
    pen.textBaseline = "middle";
    for (let power = decades.low; power <= decades.high; power++) {
      pen.textAlign = "right";
      const at = y(10 ** power);
      pen.fillText(power < 0 ? String(10 ** power) : (10 ** power).toLocaleString("en"), LEFT - 6, at);
      pen.fillRect(LEFT, Math.round(at), width, 0.25);
    }
    pen.textBaseline = "alphabetic";
    pen.textAlign = "left";
    pen.fillText("singular value", LEFT, TOP - 8);
    const count = moment?.frame.tensors.singular_values?.data.length ?? 0;
    pen.fillText("1", LEFT, TOP + height + 15);
    pen.textAlign = "right";
    pen.fillText(String(count), LEFT + width, TOP + height + 15);
    pen.textAlign = "center";
    const inputs = moment?.run.pictures?.shape.reduce((product, side) => product * side, 1) ?? moment?.run.patterns?.total ?? count;
    const all = Math.min(inputs, moment?.run.neurons?.total ?? count);
    pen.fillText(count < all ? `rank (the ${count} largest of ${all.toLocaleString("en")})` : "rank", LEFT + width / 2, TOP + height + 28);
  };

  return {
    render(next) {
      const same = moment?.frame === next.frame;
      moment = next;
      if (!same) draw();
    },
    resize: draw,
    needs: () => ["singular_values"],
    destroy: () => canvas.remove(),
    caption,
    table,
  };
}

/** @param {ArrayLike<number>} values @returns {number[]} */
function positive(values) {
  return Array.from(values).filter((value) => value > 0 && Number.isFinite(value));
}

/** @param {Moment} moment */
function caption({ frame }) {
  const values = positive(frame.tensors.singular_values?.data ?? []);
  if (values.length === 0) return Array.from(frame.tensors.singular_values?.data ?? []).every((value) => value === 0) ? "All weights are zero." : "The weights are no longer numbers.";
  if (values.length === 1) return "There is one direction alone: all other singular values are zero.";
  const energy = values.reduce((sum, value) => sum + value * value, 0);
  const share = Math.round((100 * values[0] ** 2) / energy);
  const ratio = values[0] / values[1];
  const lead = `${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio).toLocaleString("en")} times the second singular value`;
  const held = `${share} % of the sum of squares`;
  if (ratio < 1.5) return `No direction leads: the first is ${lead}, ${held}.`;
  return `One direction ${share < 50 ? "begins to lead" : "rules"}: ${lead}, ${held}.`;
}

/** @param {Moment} moment @returns {import("../types").TableData} */
function table({ frame }) {
  return {
    columns: ["rank", "singular value"],
    rows: Array.from(frame.tensors.singular_values?.data ?? [], (value, i) => [i + 1, value]),
  };
}
