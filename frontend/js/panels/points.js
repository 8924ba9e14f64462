/**
 * The neuron map: each neuron a dot; where it is, what it points at, and how strongly it counts. Drawn on a canvas.
 * @typedef {import("../types").Moment} Moment
 * @typedef {import("../types").View} View
 * @typedef {import("../types").ViewContext} ViewContext
 * @typedef {import("../marks/points-scene.js").Scene} Scene
 * @typedef {import("../marks/points-scene.js").MapMode} MapMode
 * @typedef {{mode: MapMode, trails: boolean}} MapOptions
 * @typedef {Pick<ViewContext, "controls"> & {options: MapOptions, onOptions(changes: Partial<MapOptions>): void}} ControlsContext
 * @typedef {ViewContext & ControlsContext & {compact?: boolean}} MapContext compact: one of many small maps, whose page has the
 *   controls and the legend once for all
 */

import { button, count, decimal, make } from "../ui/dom.js";
import { methodName, methodOf } from "../methods.js";
import { problemOf, signalWords } from "../problems.js";
import { summarise } from "../statistics.js";
import { isOver } from "../film/status.js";
import { drawEmpty, drawScene, makeFrame } from "../marks/points-draw.js";
import { mapLegend } from "../marks/points-legend.js";
import { followPointer } from "../marks/points-pointer.js";
import { LEAST_RADIUS, LEAST_RADIUS_COMPACT, between, makeScene } from "../marks/points-scene.js";

export const title = "Neurons, by the direction of their weights";
export const terms = ["neuron", "s, the signal", "cosine", "MDS", "stress", "signal plane", "centre", "silhouette"];

const TRAVEL_MS = 150;
const CHANGE_OF_MODE_MS = 400;
/** A page whose pictures come slower than this goes without those in between for a while: the film itself keeps its pace. */
const SLOW_MS = 40;
const SLOW_FOR_MS = 2000;
const TRAIL_FRAMES = 12;
/** Radius of a full dot as a share of the square's side, for a network of USUAL_NEURONS; more neurons get smaller dots. */
const RADIUS_SHARE = 1 / 108;
const LEAST_FULL_RADIUS = 3.2;
const LEAST_FULL_RADIUS_COMPACT = 2.2;
const USUAL_NEURONS = 600;

/** @param {HTMLElement} element @param {MapContext} context @returns {View} */
export function createView(element, context) {
  const { theme, options } = context;
  const canvas = make("canvas", { class: "map-canvas", tabindex: "0", role: "img", "aria-label": `${title}. N and P walk along the neurons, Enter selects.` });
  const tip = make("div", { class: "map-tip", role: "status", hidden: "" });
  element.append(canvas, tip);
  // Drawn by the processor: hundreds of small discs cost a graphics card (or its emulation) far more than one finished picture.
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false, willReadFrequently: true }));
  const legend = context.compact ? null : mapLegend(element, theme, context.onSelect);
  const controls = context.compact ? null : mapControls(context);

  const leastRadius = context.compact ? LEAST_RADIUS_COMPACT : LEAST_RADIUS;
  let width = 0;
  let height = 0;
  /** @type {Moment | null} */
  let moment = null;
  /** @type {Scene | null} what the dots come from */
  let from = null;
  /** @type {Scene | null} what they travel to */
  let target = null;
  /** @type {Scene | null} what is on the canvas */
  let shown = null;
  /** @type {Scene[]} */
  let trail = [];
  let started = 0;
  let drawn = 0;
  let slowUntil = 0;
  let travel = 0;
  let request = 0;
  let outputScale = 0;

  const pointer = followPointer(canvas, {
    /** Positions of the dots in pixels. */
    dots() {
      if (!target) return null;
      const frame = makeFrame(options.mode, width, height);
      return { x: target.x.map((x) => frame.x(x)), y: target.y.map((y) => frame.y(y)), radius: target.radius };
    },
    selection: () => moment?.selection ?? new Set(),
    hover: () => moment?.hover ?? null,
    cosine: () => target?.cosine ?? new Float32Array(),
    onHover: context.onHover,
    onSelect: context.onSelect,
    onDraw: () => schedule(),
  });

  const stageHeight = () => element.clientHeight - (legend?.height() ?? 0);

  function measure() {
    const ratio = devicePixelRatio || 1;
    width = element.clientWidth;
    height = stageHeight();
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawEmpty(ctx, width, height, theme);
  }

  /** The |a| that stands for a full dot stays put while a film plays: it is that of its end, and of one that is not over the
   * largest so far. @param {Moment} now @returns {boolean} whether it is another */
  function updateScale({ run, frame, timeline }) {
    const before = outputScale;
    const last = isOver(run.status) ? timeline.frameAt(timeline.entries.length - 1) : null;
    outputScale = last ? summarise(last).outputScale : Math.max(outputScale, summarise(frame).outputScale);
    return outputScale !== before;
  }

  function radius() {
    const neurons = moment?.run.neurons?.shown ?? USUAL_NEURONS;
    const crowding = Math.max(0.6, Math.min(1.6, (USUAL_NEURONS / Math.max(1, neurons)) ** 0.25));
    return Math.max(context.compact ? LEAST_FULL_RADIUS_COMPACT : LEAST_FULL_RADIUS, Math.min(width, height) * RADIUS_SHARE * crowding);
  }

  /** @param {Moment} now @returns {Scene[]} */
  function makeTrail(now) {
    const scenes = [];
    for (let i = now.index - 1; i >= Math.max(0, now.index - TRAIL_FRAMES); i--) {
      const frame = now.timeline.frameAt(i);
      if (!frame) break;
      scenes.push(makeScene(frame, options.mode, outputScale, radius(), leastRadius));
    }
    return scenes;
  }

  /** @param {Moment} now */
  function render(now) {
    const rescaled = updateScale(now);
    const sameFrame = !rescaled && moment?.frame === now.frame && target?.mode === options.mode;
    const time = performance.now();
    moment = now;
    if (!sameFrame || !target) {
      const changedMode = target !== null && target.mode !== options.mode;
      from = shown;
      target = makeScene(now.frame, options.mode, outputScale, radius(), leastRadius);
      const still = !from || context.reducedMotion || time < slowUntil;
      travel = still ? 0 : changedMode ? CHANGE_OF_MODE_MS : TRAVEL_MS;
      started = drawn = time;
    }
    trail = options.trails ? makeTrail(now) : [];
    controls?.update();
    legend?.update(target, outputScale, radius(), now);
    if (legend && height !== stageHeight()) measure(); // the line broke in two, or is one again
    showTip();
    if (travel > 0 || sameFrame) schedule();
    else draw(time);
  }

  function schedule() {
    request ||= requestAnimationFrame(draw);
  }

  /** @param {number} time */
  function draw(time) {
    cancelAnimationFrame(request);
    request = 0;
    if (!target || !moment || width === 0) return;
    if (travel > 0 && time - drawn > SLOW_MS) slowUntil = time + SLOW_FOR_MS;
    drawn = time;
    const share = travel === 0 || time < slowUntil ? 1 : Math.max(0, Math.min(1, (time - started) / travel));
    shown = from ? between(from, target, 1 - (1 - share) ** 2) : target;
    const marks = { selection: moment.selection, lost: summarise(moment.frame).notFinite === target.n, hover: moment.hover, lasso: pointer.lasso(), trail, words: signalWords(moment.run) };
    drawScene(ctx, makeFrame(options.mode, width, height), shown, marks, theme);
    if (share < 1) schedule();
    else from = null;
  }

  function showTip() {
    const i = moment?.hover ?? null;
    tip.hidden = i === null || !moment || !target || i >= target.n;
    if (tip.hidden || i === null || !moment || !target) return;
    const { signal_cosine, weight_norm, output_weight, bias } = moment.frame.tensors;
    tip.replaceChildren(
      make("strong", {}, `Neuron ${count(i)}`),
      make("span", {}, `cos(w, ${signalWords(moment.run).short}) ${decimal(signal_cosine?.data[i], 3)}`),
      make("span", {}, `|w| ${decimal(weight_norm?.data[i], 2)}   a ${decimal(output_weight?.data[i], 3)}   b ${decimal(bias?.data[i], 3)}`),
    );
    const frame = makeFrame(options.mode, width, height);
    const x = frame.x(target.x[i]);
    const y = frame.y(target.y[i]);
    tip.style.left = `${Math.max(4, Math.min(width - tip.offsetWidth - 4, x + 14))}px`;
    tip.style.top = `${y > height - tip.offsetHeight - 24 ? y - tip.offsetHeight - 14 : y + 14}px`;
  }

  measure();
  return {
    render,
    needs: () => ["signal_cosine", ...(options.mode === "mds" ? ["layout", "landmarks"] : ["background_norm"])],
    caption: (now) => caption(now, options.mode),
    table: neuronTable,
    resize() {
      measure();
      if (!moment) return;
      target = null;
      from = shown = null;
      render(moment);
    },
    destroy() {
      cancelAnimationFrame(request);
      pointer.destroy();
      element.replaceChildren();
      context.controls.replaceChildren();
    },
  };
}

/** @param {ControlsContext} context */
export function mapControls(context) {
  const { options, onOptions } = context;
  const mds = button("MDS", () => onOptions({ mode: "mds" }), { class: "button quiet", title: "Neurons with similar weights are near each other" });
  const plane = button("Signal plane", () => onOptions({ mode: "plane" }), { class: "button quiet", title: "Fixed axes: signal against background" });
  const trails = button("Trails", () => onOptions({ trails: !options.trails }), { class: "button quiet", title: "Where each neuron was in the last 12 frames" });
  context.controls.replaceChildren(make("div", { class: "segments", role: "group", "aria-label": "Map" }, mds, plane), trails);
  return {
    update() {
      mds.setAttribute("aria-pressed", String(options.mode === "mds"));
      plane.setAttribute("aria-pressed", String(options.mode === "plane"));
      trails.setAttribute("aria-pressed", String(options.trails));
    },
  };
}

/** @param {Moment} now @param {MapMode} mode @returns {string} */
function caption(now, mode) {
  const { notFinite, neurons } = summarise(now.frame);
  const { stress } = now.frame.layout;
  const parts = [];
  if (notFinite > 0) parts.push(`${count(notFinite)} of ${count(neurons)} neurons are not a number any more and cannot be drawn`);
  else parts.push(...whereTheyPoint(now));
  if (mode === "mds" && typeof stress === "number") parts.push(`MDS stress ${decimal(stress, 2)}`);
  return parts.join(" · ");
}

/** @param {Moment} now @returns {string[]} */
function whereTheyPoint({ run, frame }) {
  const { aligned, neurons } = summarise(frame);
  const { short, plus, minus } = signalWords(run);
  const share = `${count(aligned)} of ${count(neurons)}`;
  const problem = problemOf(run.config);
  const { cluster_share: near = null, silhouette = null } = frame.metrics;
  if (problem === "two_classes" && near !== null) {
    return [`${Math.round(100 * near)} % of neurons within cos 0.9 of a centre${silhouette === null ? "" : `, silhouette ${decimal(silhouette, 2)}`}`];
  }
  if (problem === "mixture") {
    const whose = frame.phase === "student" ? "The student’s" : "The teacher’s";
    return [`${whose} first layer; colour: cosine with ${short}`];
  }
  const kind = methodOf(run.config);
  if (kind === "network") return [`${share} neurons now point at ${plus} or ${minus} (|cos| > 0.9)`];
  return [`The neurons do not move (${methodName(kind)})`, `${share} at ${plus} or ${minus}`];
}

/** @param {Moment} now @returns {import("../types").TableData} */
function neuronTable(now) {
  const { tensors } = now.frame;
  const names = ["signal_cosine", "background_norm", "weight_norm", "bias", "output_weight"];
  const n = tensors.signal_cosine?.data.length ?? 0;
  const chosen = now.selection.size ? [...now.selection].filter((i) => i < n) : Array.from({ length: n }, (_, i) => i);
  return {
    columns: ["neuron", `cos(w, ${signalWords(now.run).short})`, "background", "|w|", "b", "a"],
    rows: chosen.map((i) => [i, ...names.map((name) => tensors[name]?.data[i] ?? null)]),
  };
}
