/**
 * Members of an axis as points: where each is on one of several maps, its value as a colour and how much it counts as an area.
 * Drawn on a canvas.
 * @typedef {import("../types").PanelMoment} PanelMoment
 * @typedef {import("../types").PointsShow} PointsShow
 * @typedef {import("../types").PointMap} PointMap
 * @typedef {import("../types").FrameData} FrameData
 * @typedef {import("../types").Range} Range
 * @typedef {import("../types-marks").Scene} Scene
 */

import { count, make } from "../ui/dom.js";
import { colourOf, tokenColour } from "../display/colours.js";
import { inUnit, short } from "../display/numbers.js";
import { howMany, memberName } from "../display/read.js";
import { declaredEnds, groupsOf, heldRange, heldSize, memberTable, membersOf, numbersOf, seenIn, spoken } from "../display/values.js";
import { drawEmpty, drawScene } from "../marks/points-draw.js";
import { pointsLegend } from "../marks/points-legend.js";
import { followPointer } from "../marks/pointer.js";
import { LEAST_RADIUS, LEAST_RADIUS_COMPACT, between, heldBox, inside, makeFrame, makeScene, nearest } from "../marks/points-scene.js";
import { createTip } from "../marks/tip.js";
import { chooser } from "./chooser.js";
import { chosen, optionControls } from "./options.js";

const TRAVEL_MS = 150;
const CHANGE_OF_MAP_MS = 400;
/** A page whose pictures come slower than this goes without those in between for a while: the film itself keeps its pace. */
const SLOW_MS = 40;
const SLOW_FOR_MS = 2000;
const TRAIL_FRAMES = 12;
const TRAIL_LEVELS = 6;
/** The share of sizes below that of a full dot. */
const FULL = 0.95;
/** Radius of a full dot as a share of the square's side, for USUAL points; more points get smaller dots. */
const RADIUS_SHARE = 1 / 108;
const LEAST_FULL_RADIUS = 3.2;
const LEAST_FULL_RADIUS_COMPACT = 2.2;
const USUAL = 600;
const FINGER_REACH = 16; // pixels around a dot that a tap still means
const SIGNS = ["positive", "negative"];

/** @param {PointsShow} show @returns {import("./options.js").PanelOption[]} */
export const pointsOptions = ({ maps, trails }) => [
  ...(maps.length > 1 ? [{ key: "map", label: "Map", choices: maps.map(({ id, title, text }) => ({ value: id, title, about: text })) }] : []),
  ...(trails ? [{ key: "trails", label: "Trails", choices: [{ value: "1", title: "Trails", about: `Where each was in the last ${TRAIL_FRAMES} frames` }] }] : []),
];

/** @type {import("../types").CreatePanel<PointsShow>} */
export function createPanel(element, { title, show }, context) {
  const { theme, compact } = context;
  const canvas = make("canvas", { class: "map-canvas", tabindex: "0", role: "img", "aria-label": `${title}. N and P walk along the points, Enter selects.` });
  element.append(canvas);
  // Drawn by the processor: hundreds of small discs cost a graphics card (or its emulation) far more than one finished picture.
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false, willReadFrequently: true }));
  const choice = chooser(context, show.axis, () => moment);
  const tip = createTip(element);
  const legend = compact ? null : pointsLegend(element, theme, choice.onSelect, () => moment && height !== stageHeight() && measured(moment));
  const options = pointsOptions(show);
  const controls = compact ? null : optionControls(context, options);
  const full = heldSize(FULL);
  const range = heldRange();
  const box = heldBox();

  let [width, height] = [0, 0];
  /** @type {PanelMoment | null} */
  let moment = null;
  /** What the dots come from, what they travel to, and what is on the canvas. @type {{ from: Scene | null, target: Scene | null, shown: Scene | null, trail: Scene[] }} */
  let scenes = { from: null, target: null, shown: null, trail: [] };
  let [started, drawn, slowUntil, travel, request] = [0, 0, 0, 0, 0];
  let drawnAs = "";
  /** @type {ReturnType<typeof makeFrame> | null} */
  let frame = null;
  /** @type {Range} */
  let values = [-1, 1];

  const mapNow = () => show.maps.find(({ id }) => id === context.option("map")) ?? show.maps[0];
  const trailsNow = () => options.some((option) => option.key === "trails" && chosen(context, option) !== "");
  const sizeBy = typeof show.size === "string" ? { tensor: show.size } : show.size;
  const stageHeight = () => element.clientHeight - (legend?.height() ?? 0);

  const pointer = followPointer(canvas, {
    ...choice,
    find: ({ x, y }, finger) => scenes.target && nearest(scenes.target, x, y, finger ? FINGER_REACH : undefined),
    walk: (key) => (key === "n" || key === "p" ? nextByValue(scenes.target, choice.hover(), key === "n" ? 1 : -1) : undefined),
    inside: (loop) => (scenes.target ? inside(scenes.target, loop) : new Set()),
    onDraw: () => schedule(),
  });

  function measure() {
    const ratio = devicePixelRatio || 1;
    [width, height] = [element.clientWidth, stageHeight()];
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== across || canvas.height !== down) {
      [canvas.width, canvas.height] = [across, down];
      [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
    }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawEmpty(ctx, width, height, theme);
  }

  /** @param {PanelMoment} now */
  function measured(now) {
    measure();
    render(now);
  }

  /** @param {number} points how many there are */
  function radiusFor(points) {
    const crowding = Math.max(0.6, Math.min(1.6, (USUAL / Math.max(1, points)) ** 0.25));
    return Math.max(compact ? LEAST_FULL_RADIUS_COMPACT : LEAST_FULL_RADIUS, Math.min(width, height) * RADIUS_SHARE * crowding);
  }

  /** @param {FrameData} data @param {PointMap} map @param {number} size of a full dot @param {number} radius */
  function sceneOf(data, map, size, radius) {
    const at = { frame: data };
    const colours = show.landmarks?.colours ?? SIGNS;
    const stars = landmarksOf(show, map, data).map(([x, y], i) => ({ x, y, name: show.landmarks?.names[i] ?? "", colour: colours[i] ?? "ink-soft" }));
    const points = { ...positionsOf(map, data), value: numbersOf(at, show.colour?.tensor), size: numbersOf(at, sizeBy?.tensor), full: size, stars };
    return makeScene(points, /** @type {NonNullable<typeof frame>} */ (frame), radius, compact ? LEAST_RADIUS_COMPACT : LEAST_RADIUS);
  }

  /** @param {PanelMoment} now */
  function render(now) {
    const map = mapNow();
    moment = now;
    if (!map) return;
    const { x, y } = positionsOf(map, now.frame);
    const size = full(now, sizeBy?.tensor);
    const radius = radiusFor(x.length);
    const said = [map.x, map.y].map((name, i) => map.ranges?.[i] ?? declaredEnds(now.display, name));
    frame = makeFrame(map, box(map, said, [seenIn(x), seenIn(y)]), width, height);
    values = show.colour ? range(now, show.colour) : [-1, 1];
    const as = [now.run.id, now.frame.seq, map.id, size, JSON.stringify(frame.box), width, height].join(" ");
    const first = drawnAs === "";
    const same = as === drawnAs && scenes.target !== null;
    const time = performance.now();
    if (!same) {
      const { target, shown } = scenes;
      const from = target && target.map !== map.id ? shown : shown?.n === x.length ? shown : null;
      const still = !from || context.reducedMotion || time < slowUntil;
      travel = still ? 0 : target?.map !== map.id ? CHANGE_OF_MAP_MS : TRAVEL_MS;
      started = drawn = time;
      scenes = { ...scenes, from, target: sceneOf(now.frame, map, size, radius) };
      drawnAs = as;
    }
    scenes.trail = [];
    if (trailsNow()) {
      scenes.trail = framesBefore(now).map((data) => sceneOf(data, map, size, radius));
      const first = Math.max(0, now.index - TRAIL_FRAMES);
      now.timeline.bring?.(first, now.index - first).then((more) => more && moment === now && render(now), () => {}); // without them the trail is short
    }
    controls?.update();
    legend?.update(legendOf(now, size, radius));
    if (first && height !== stageHeight()) return measured(now); // the line broke in two
    showTip();
    if (travel > 0 || same) schedule();
    else draw(time);
  }

  function schedule() {
    request ||= requestAnimationFrame(draw);
  }

  /** @param {number} time */
  function draw(time) {
    cancelAnimationFrame(request);
    request = 0;
    const { from, target, trail } = scenes;
    if (!target || !moment || !frame || width === 0) return;
    if (travel > 0 && time - drawn > SLOW_MS) slowUntil = time + SLOW_FOR_MS;
    drawn = time;
    const share = travel === 0 || time < slowUntil ? 1 : Math.max(0, Math.min(1, (time - started) / travel));
    scenes.shown = from ? between(from, target, 1 - (1 - share) ** 2) : target;
    const [low, high] = values;
    drawScene(ctx, frame, mapNow(), scenes.shown, {
      selection: choice.selection(), hover: choice.hover(), lasso: pointer.lasso(), trail, colour: colourNow(),
      nothing: target.n > 0 ? "None of these places is a number." : "Nothing is here.",
      level: (value) => (show.colour?.scale === "categories" ? value : low + (Math.round((TRAIL_LEVELS * (value - low)) / (high - low || 1)) / TRAIL_LEVELS) * (high - low)),
    }, theme);
    if (share < 1) schedule();
    else scenes.from = null;
  }

  /** @returns {(value: number) => string} */
  const colourNow = () => (show.colour ? colourOf(show.colour, values, theme) : () => theme.colours.inkMuted);

  /** @param {PanelMoment} now @param {number} size @param {number} radius @returns {import("../types-marks").MapLegend} */
  function legendOf(now, size, radius) {
    const by = show.colour;
    const data = numbersOf(now, by?.tensor);
    const groups = groupsOf(by, data);
    const members = membersOf(groups, data);
    const colour = colourNow();
    const axis = now.display.axes[show.axis];
    const shown = positionsOf(mapNow(), now.frame).x.length;
    const middle = (/** @type {{low?: number, high?: number}} */ { low = values[0], high = values[1] }) => (low === values[0] ? low : high === values[1] ? high : (low + high) / 2);
    return {
      groups: groups.map((group, i) => ({ name: group.name, colour: group.colour ? tokenColour(group.colour, theme) : colour(middle(group)), members: members[i] })),
      bar: by && groups.length === 0 && data ? { title: by.title ?? spoken(by.tensor), low: short(values[0], 2), high: short(values[1], 2) } : null,
      part: axis && shown < axis.total ? `${count(shown)} of ${count(axis.total)} shown` : "",
      selected: choice.selection().size,
      size: sizeBy && size > 0 ? `area ∝ ${sizeBy.title ?? spoken(sizeBy.tensor)}, full at ${short(size, 2)}` : "",
      radius,
    };
  }

  function showTip() {
    const hover = choice.hover();
    const { target } = scenes;
    if (hover === null || !moment || !target || !(hover < target.n) || !Number.isFinite(target.x[hover] + target.y[hover])) {
      tip.hide();
      return;
    }
    const { frame: data, display } = moment;
    const name = memberName(display.axes[show.axis], hover);
    const lines = readouts().map((one) => ({ ...one, values: data.tensors[one.tensor]?.data })).filter((one) => one.values)
      .map((one) => `${one.title} ${inUnit(one.values?.[hover])}`);
    tip.show([name.charAt(0).toUpperCase() + name.slice(1), ...lines], target.x[hover], target.y[hover], target.radius[hover] + 10);
  }

  /** What is told of a point: what is said, or all that it is drawn by. */
  function readouts() {
    if (show.readouts) return show.readouts;
    const [by, map] = [show.colour, mapNow()];
    const found = [
      ...(by ? [{ tensor: by.tensor, title: by.title ?? spoken(by.tensor) }] : []),
      ...(sizeBy ? [{ tensor: sizeBy.tensor, title: sizeBy.title ?? spoken(sizeBy.tensor) }] : []),
      ...[map?.x, map?.y].flatMap((tensor, i) => (tensor ? [{ tensor, title: map.titles?.[i] ?? spoken(tensor) }] : [])),
    ];
    return found.filter(({ tensor }, i) => found.findIndex((other) => other.tensor === tensor) === i);
  }

  measure();
  return {
    render,
    needs() {
      const map = mapNow();
      return [map?.positions ?? [map?.x, map?.y]].flat().filter((name) => name !== undefined);
    },
    caption(now) {
      const { x, y } = positionsOf(mapNow(), now.frame);
      const lost = x.reduce((sum, value, i) => sum + (Number.isFinite(value + y[i]) ? 0 : 1), 0);
      const axis = now.display.axes[show.axis];
      const all = axis ? howMany(axis, x.length) : `${count(x.length)} points`;
      if (lost > 0) return `${count(lost)} of ${all} are not a number and cannot be drawn.`;
      const data = numbersOf(now, show.colour?.tensor);
      const groups = groupsOf(show.colour, data);
      const parts = membersOf(groups, data).map((members, i) => `${count(members.length)} ${groups[i].name}`);
      return `${all}${parts.length ? `: ${parts.join(", ")}` : ""}.`;
    },
    table(now) {
      const columns = readouts().map(({ tensor, title: name }) => ({ title: name, value: (/** @type {number} */ i) => now.frame.tensors[tensor]?.data[i] }));
      const { x, y } = positionsOf(mapNow(), now.frame);
      const places = mapNow()?.positions ? [{ title: "x", value: (/** @type {number} */ i) => x[i] }, { title: "y", value: (/** @type {number} */ i) => y[i] }] : [];
      return memberTable(now, show.axis, x.keys(), columns.length ? columns : places);
    },
    resize() {
      measure();
      scenes = { from: null, target: null, shown: null, trail: [] };
      if (moment) render(moment);
    },
    destroy() {
      cancelAnimationFrame(request);
      pointer.destroy();
      element.replaceChildren();
      if (controls) context.controls.replaceChildren();
    },
  };
}

/** @param {Scene | null} scene @param {number | null} member @param {1 | -1} way @returns {number | null} the one with the next value; where there is none, the least */
function nextByValue(scene, member, way) {
  const value = scene?.value ?? new Float64Array();
  const key = (/** @type {number} */ i) => (Number.isNaN(value[i]) ? Infinity : value[i]);
  const order = Array.from(value, (_, i) => i).sort((a, b) => key(a) - key(b) || a - b);
  const next = member === null ? 0 : order.indexOf(member) + way;
  return order.length ? order[(next + order.length) % order.length] : null;
}

/** @param {PointMap | undefined} map @param {FrameData} frame @returns {{x: Float64Array, y: Float64Array}} in units of the map */
function positionsOf(map, frame) {
  const of = (/** @type {string | undefined} */ name) => numbersOf({ frame }, name);
  const pairs = of(map?.positions);
  const [x, y] = pairs ? [0, 1].map((offset) => Float64Array.from({ length: Math.floor(pairs.length / 2) }, (_, i) => pairs[2 * i + offset]))
    : [Float64Array.from(of(map?.x) ?? []), Float64Array.from(of(map?.y) ?? [])];
  const n = Math.min(x.length, y.length);
  return { x: x.subarray(0, n), y: y.subarray(0, n) };
}

/** @param {PointsShow} show @param {PointMap} map @param {FrameData} frame @returns {[number, number][]} where landmarks are on this map */
function landmarksOf({ landmarks, maps }, map, frame) {
  const said = landmarks?.at?.[map.id];
  if (said || map !== maps[0]) return said ?? [];
  const found = numbersOf({ frame }, landmarks?.tensor);
  return found ? Array.from({ length: Math.floor(found.length / 2) }, (_, i) => [found[2 * i], found[2 * i + 1]]) : [];
}

/** @param {PanelMoment} moment @returns {FrameData[]} those before it that are here, the newest first */
function framesBefore({ index, timeline }) {
  const found = [];
  for (let i = index - 1; i >= Math.max(0, index - TRAIL_FRAMES); i--) {
    const frame = timeline.frameAt(i);
    if (!frame) break;
    found.push(frame);
  }
  return found;
}
