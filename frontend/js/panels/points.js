/**
 * Members of an axis as points: where each is on one of several maps, its value as a colour and how much it counts as an area. Drawn on a canvas.
 * @import { FrameData, PanelMoment, PointMap, PointsShow, Range } from "../types"
 * @import { Scene } from "../types-marks"
 */

import { count } from "../ui/dom.js";
import { colourOf, tokenColour } from "../display/colours.js";
import { short } from "../display/numbers.js";
import { declaredEnds, groupsOf, heldRange, heldSize, memberTable, membersOf, numbersOf, seenIn, spoken } from "../display/values.js";
import { drawScene } from "../marks/points-draw.js";
import { pointsLegend } from "../marks/points-legend.js";
import { LEAST_RADIUS, LEAST_RADIUS_COMPACT, between, heldBox, inside, makeFrame, makeScene, nearest } from "../marks/points-scene.js";
import { amount, columnsOf, memberCanvas, optionControls } from "./choices.js";

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

/** @param {PointsShow} show @returns {import("./choices.js").PanelOption[]} */
export const optionsOf = ({ maps, trails }) => [
  ...(maps.length > 1 ? [{ key: "map", label: "Map", choices: maps.map(({ id, title, text }) => ({ value: id, title, about: text })) }] : []),
  ...(trails ? [{ key: "trails", label: "Trails", choices: [{ value: "1", title: "Trails", about: `Where each was in the last ${TRAIL_FRAMES} frames` }] }] : []),
];

/** @type {import("../types").CreatePanel<PointsShow>} */
export function createPanel(element, { title, show }, context) {
  const { theme, compact } = context;
  const { colour: by, landmarks } = show;
  const sizeBy = typeof show.size === "string" ? { tensor: show.size } : show.size;
  const members = memberCanvas(element, element, context, show.axis, {
    name: "map-canvas", about: `${title}. N and P walk along the points, Enter selects.`,
    find: ({ x, y }, finger) => scenes.target && nearest(scenes.target, x, y, finger ? FINGER_REACH : undefined),
    walk: (key) => (key === "n" || key === "p" ? nextByValue(scenes.target, members.hover(), key === "n" ? 1 : -1) : undefined),
    inside: (loop) => (scenes.target ? inside(scenes.target, loop) : new Set()),
    onDraw: schedule,
  });
  const legend = compact ? null : pointsLegend(element, theme, members.onSelect, () => element.clientHeight - height !== legend?.height() && resize());
  const controls = optionControls(context, optionsOf(show));
  const full = heldSize(FULL);
  const range = heldRange();
  const box = heldBox();

  let [width, height] = [0, 0];
  /** What the dots come from, what they travel to, and what is on the canvas. @type {{ from: Scene | null, target: Scene | null, shown: Scene | null, trail: Scene[] }} */
  let scenes = { from: null, target: null, shown: null, trail: [] };
  let [started, drawn, slowUntil, travel, request] = [0, 0, 0, 0, 0];
  let drawnAs = "";
  let frame = makeFrame({ id: "", title: "" }, { x: [0, 1], y: [0, 1] }, 1, 1);
  /** @type {Range} */
  let values = [-1, 1];

  const mapNow = () => show.maps.find(({ id }) => id === controls.now("map")) ?? show.maps[0];

  /** Only when something is as large as it was not: asking for it in every frame would cost one more layout in each. */
  function resize() {
    [width, height] = [element.clientWidth, element.clientHeight - (legend?.height() ?? 0)];
    members.fit(width, height);
    scenes = { from: null, target: null, shown: null, trail: [] };
    if (members.moment) render(members.moment);
  }

  /** @param {FrameData} data @param {PointMap} map @param {number} size of a full dot @param {number} radius */
  function sceneOf(data, map, size, radius) {
    const of = (/** @type {string | undefined} */ name) => numbersOf({ frame: data }, name);
    const marks = landmarks?.at?.[map.id] ?? (map === show.maps[0] ? pairsOf(of(landmarks?.tensor) ?? []) : []);
    const stars = marks.map(([x, y], i) => ({ x, y, name: landmarks?.names[i] ?? "", colour: (landmarks?.colours ?? SIGNS)[i] ?? "ink-soft" }));
    const points = { ...positionsOf(map, data), value: of(by?.tensor), size: of(sizeBy?.tensor), full: size, stars };
    return makeScene(points, frame, radius, compact ? LEAST_RADIUS_COMPACT : LEAST_RADIUS);
  }

  /** @param {PanelMoment} now */
  function render(now) {
    const map = mapNow();
    members.moment = now;
    const { x, y } = positionsOf(map, now.frame);
    const size = full(now, sizeBy?.tensor);
    const crowding = Math.max(0.6, Math.min(1.6, (USUAL / Math.max(1, x.length)) ** 0.25));
    const radius = Math.max(compact ? LEAST_FULL_RADIUS_COMPACT : LEAST_FULL_RADIUS, Math.min(width, height) * RADIUS_SHARE * crowding);
    const said = [map.x, map.y].map((name, i) => map.ranges?.[i] ?? declaredEnds(now.display, name));
    frame = makeFrame(map, box(map, said, [seenIn(x), seenIn(y)]), width, height, theme.em);
    if (by) values = range(now, by);
    const as = [now.run.id, now.frame.seq, map.id, size, JSON.stringify(frame.box), width, height].join(" ");
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
    const length = controls.now("trails") ? Math.min(now.index, TRAIL_FRAMES) : 0;
    scenes.trail = Array.from({ length }, (_, i) => now.timeline.frameAt(now.index - 1 - i)).flatMap((data) => (data ? [sceneOf(data, map, size, radius)] : []));
    if (length) now.timeline.bring?.(now.index - length, length).then((more) => more && members.moment === now && render(now), () => {}); // without them the trail is short
    controls.update();
    legend?.update(legendOf(now, x.length, size, radius));
    const { target } = scenes;
    const hover = members.hover() ?? -1;
    members.tell(target?.x[hover] ?? NaN, target?.y[hover] ?? NaN, (target?.radius[hover] ?? 0) + 10, () => readouts(now));
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
    if (!target || width === 0) return;
    if (travel > 0 && time - drawn > SLOW_MS) slowUntil = time + SLOW_FOR_MS;
    drawn = time;
    const share = travel === 0 || time < slowUntil ? 1 : Math.max(0, Math.min(1, (time - started) / travel));
    scenes.shown = from ? between(from, target, 1 - (1 - share) ** 2) : target;
    const [low, high] = values;
    drawScene(members.pen, frame, mapNow(), scenes.shown, {
      selection: members.selection(), hover: members.hover(), lasso: members.lasso(), trail, colour: colourNow(),
      nothing: target.n > 0 ? "None of these places is a number." : "Nothing is here.",
      level: (value) => (by?.scale === "categories" ? value : low + (Math.round((TRAIL_LEVELS * (value - low)) / (high - low || 1)) / TRAIL_LEVELS) * (high - low)),
    }, theme);
    if (share < 1) schedule();
    else scenes.from = null;
  }

  /** @returns {(value: number) => string} */
  const colourNow = () => (by ? colourOf(by, values, theme) : () => theme.colours.inkMuted);

  /** @param {PanelMoment} now @param {number} shown how many @param {number} size @param {number} radius @returns {import("../types-marks").MapLegend} */
  function legendOf(now, shown, size, radius) {
    const data = numbersOf(now, by?.tensor);
    const groups = groupsOf(by, data);
    const found = membersOf(groups, data);
    const valueColour = colourNow();
    const axis = now.display.axes[show.axis];
    return {
      groups: groups.map(({ name, colour, low = values[0], high = values[1] }, i) => {
        const typical = low === values[0] ? low : high === values[1] ? high : (low + high) / 2;
        return { name, colour: colour ? tokenColour(colour, theme) : valueColour(typical), members: found[i] };
      }),
      bar: by && groups.length === 0 && data ? { title: by.title ?? spoken(by.tensor), low: short(values[0], 2), high: short(values[1], 2) } : null,
      part: axis && shown < axis.total ? `${count(shown)} of ${count(axis.total)} shown` : "",
      selected: members.selection().size,
      size: sizeBy && size > 0 ? `area ∝ ${sizeBy.title ?? spoken(sizeBy.tensor)}, full at ${short(size, 2)}` : "",
      radius,
    };
  }

  /** What is told of a point: what is said, or all that it is drawn by. @param {PanelMoment} now */
  function readouts(now) {
    const { x, y, titles } = mapNow();
    return columnsOf(now, show.readouts ?? [by, sizeBy, ...[x, y].map((tensor, i) => ({ tensor, title: titles?.[i] }))]);
  }

  resize();
  return {
    render,
    resize,
    needs: () => tensorsOf(mapNow()),
    caption(now) {
      const { x, y } = positionsOf(mapNow(), now.frame);
      const lost = x.filter((value, i) => !Number.isFinite(value + y[i])).length;
      const all = amount(now.display.axes[show.axis], x.length, "points");
      if (lost > 0) return `${count(lost)} of ${all} are not a number and cannot be drawn.`;
      const data = numbersOf(now, by?.tensor);
      const groups = groupsOf(by, data);
      const parts = membersOf(groups, data).map((found, i) => `${count(found.length)} ${groups[i].name}`);
      return `${all}${parts.length ? `: ${parts.join(", ")}` : ""}.`;
    },
    table(now) {
      const columns = readouts(now);
      const { x, y } = positionsOf(mapNow(), now.frame);
      const places = Object.entries({ x, y }).map(([name, data]) => ({ title: name, value: (/** @type {number} */ i) => data[i] }));
      return memberTable(now, show.axis, x.keys(), columns.length ? columns : places);
    },
    destroy() {
      cancelAnimationFrame(request);
      members.destroy();
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

/** @param {PointMap} map @returns {string[]} what positions are read from: one of pairs, or two */
const tensorsOf = ({ positions, x = "", y = "" }) => (positions ? [positions] : [x, y]);

/** @param {ArrayLike<number>} data @returns {[number, number][]} */
const pairsOf = (data) => Array.from({ length: data.length / 2 }, (_, i) => [data[2 * i], data[2 * i + 1]]);

/** @param {PointMap} map @param {FrameData} frame @returns {{x: Float64Array, y: Float64Array}} in units of the map */
function positionsOf(map, frame) {
  const [first, second] = tensorsOf(map).map((name) => new Float64Array(numbersOf({ frame }, name) ?? []));
  if (!map.positions) return { x: first, y: second };
  const [x, y] = [new Float64Array(first.length / 2), new Float64Array(first.length / 2)];
  for (let i = 0; i < first.length; i++) (i % 2 ? y : x)[i >> 1] = first[i];
  return { x, y };
}
