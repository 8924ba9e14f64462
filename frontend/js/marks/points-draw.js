/**
 * Draws a scene of points on a 2D canvas (600 dots in about 2 ms, with no graphics card).
 * @typedef {import("../types").Theme} Theme
 * @typedef {import("../types").PointMap} PointMap
 * @typedef {import("./points-scene.js").Scene} Scene
 * @typedef {import("./points-frame.js").Frame} Frame
 * @typedef {object} Marks
 * @property {ReadonlySet<number>} selection
 * @property {number | null} hover
 * @property {{x: number, y: number}[]} lasso in pixels
 * @property {Scene[]} trail scenes of earlier frames, the newest first
 * @property {string} nothing what to say where no dot can be drawn
 * @property {(value: number) => string} colour
 * @property {(value: number) => number} level the same value for those that are alike: of a trail
 */

import { tokenColour } from "../display/colours.js";
import { short } from "../display/numbers.js";
import { TINY, ticksIn } from "./points-frame.js";

const LEAST_SCALED = 160; // pixels of the side, below which there is no room for a scale
const CROSS = 0.93; // of the side: the lines through the middle of a map without axes

/** @param {CanvasRenderingContext2D} ctx @param {number} width @param {number} height @param {Theme} theme */
export function drawEmpty(ctx, width, height, theme) {
  ctx.fillStyle = theme.colours.paper;
  ctx.fillRect(0, 0, width, height);
}

/** @param {CanvasRenderingContext2D} ctx @param {Frame} frame @param {PointMap} map @param {Scene} scene @param {Marks} marks @param {Theme} theme */
export function drawScene(ctx, frame, map, scene, marks, theme) {
  drawEmpty(ctx, frame.width, frame.height, theme);
  if (!scene.x.some((x, i) => Number.isFinite(x + scene.y[i]))) {
    ctx.font = `12px ${theme.font}`;
    write(ctx, fitted(ctx, marks.nothing, frame.width), frame.width / 2, frame.height / 2, theme);
    return;
  }
  ctx.lineWidth = 1;
  if (frame.square) drawCross(ctx, frame, map, theme);
  else drawAxes(ctx, frame, map, theme);
  drawTrails(ctx, scene, marks);
  drawDots(ctx, scene, marks, theme);
  drawStars(ctx, frame, scene, theme);
  const i = marks.hover ?? -1;
  if (i >= 0 && i < scene.n) {
    ctx.beginPath();
    ctx.arc(scene.x[i], scene.y[i], scene.radius[i] + 2.5, 0, 2 * Math.PI);
    ctx.lineWidth = 2;
    ctx.strokeStyle = theme.colours.ink;
    ctx.stroke();
  }
  drawLasso(ctx, marks.lasso, theme);
}

/** @param {CanvasRenderingContext2D} ctx @param {Frame} frame @param {PointMap} map @param {Theme} theme */
function drawCross(ctx, frame, { scale }, theme) {
  const { width, height } = frame;
  const reach = (CROSS * frame.side) / 2;
  ctx.strokeStyle = theme.colours.hairline;
  line(ctx, width / 2 - reach, height / 2, width / 2 + reach, height / 2);
  line(ctx, width / 2, height / 2 - reach, width / 2, height / 2 + reach);
  if (!scale || frame.side < LEAST_SCALED) return;
  // a scale bar, as on any map: positions mean nothing here, distances do
  const from = width / 2 - reach;
  const to = from + scale.length * frame.unit;
  const y = height / 2 + reach - 6;
  ctx.strokeStyle = theme.colours.inkMuted;
  line(ctx, from, y, to, y);
  line(ctx, from, y - 3, from, y + 3);
  line(ctx, to, y - 3, to, y + 3);
  ctx.font = `12px ${theme.font}`;
  const [brief] = scale.text.split(" · "); // what is said after the first part is for where there is room
  write(ctx, fitted(ctx, ctx.measureText(scale.text).width < width - from ? scale.text : brief, width - from), from, y - 10, theme, { align: "left" });
}

/** @param {CanvasRenderingContext2D} ctx @param {Frame} frame @param {PointMap} map @param {Theme} theme */
function drawAxes(ctx, frame, { bound, titles = ["", ""] }, theme) {
  const { box: { x: [lowX, highX], y: [lowY, highY] }, width } = frame;
  ctx.strokeStyle = theme.colours.hairline;
  const bottom = frame.y(lowY) + 12;
  const left = frame.x(lowX) - 16;
  line(ctx, frame.x(lowX), bottom, frame.x(highX), bottom);
  line(ctx, left, frame.y(lowY), left, frame.y(highY));
  if (lowX < 0 && highX > 0) line(ctx, frame.x(0), frame.y(lowY), frame.x(0), frame.y(highY));
  if (lowY < 0 && highY > 0) line(ctx, frame.x(lowX), frame.y(0), frame.x(highX), frame.y(0));
  for (const tick of ticksIn([lowX, highX], width < TINY ? 3 : 5)) {
    line(ctx, frame.x(tick), bottom, frame.x(tick), bottom + 4);
    write(ctx, short(tick), frame.x(tick), bottom + 14, theme);
  }
  for (const tick of ticksIn([lowY, highY], 3)) {
    line(ctx, left - 4, frame.y(tick), left, frame.y(tick));
    write(ctx, short(tick), left - 8, frame.y(tick), theme, { align: "right" });
  }
  if (bound !== undefined) drawBound(ctx, frame, bound, theme.colours.line);
  ctx.font = `12px ${theme.font}`;
  write(ctx, fitted(ctx, titles[0], frame.side), (frame.x(lowX) + frame.x(highX)) / 2, bottom + 29, theme);
  write(ctx, fitted(ctx, titles[1], width - left), left - 4, frame.y(highY) - 16, theme, { align: "left" });
}

/** The edge of the possible, as far as the axes go. @param {CanvasRenderingContext2D} ctx @param {Frame} frame @param {number} bound @param {string} colour */
function drawBound(ctx, { x, y, box }, bound, colour) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(x(box.x[0]) - 1, y(box.y[1]) - 1, x(box.x[1]) - x(box.x[0]) + 2, y(box.y[0]) - y(box.y[1]) + 2);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.setLineDash([2, 4]);
  ctx.beginPath();
  ctx.ellipse(x(0), y(0), x(bound) - x(0), y(0) - y(bound), 0, 0, 2 * Math.PI);
  ctx.stroke();
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {Scene} scene @param {Marks} marks */
function drawTrails(ctx, scene, { trail, selection, colour, level }) {
  const all = [scene, ...trail];
  if (all.length === 1) return;
  /** @type {Map<string, number[]>} */
  const alike = new Map();
  for (let i = 0; i < scene.n; i++) {
    if (selection.size > 0 && !selection.has(i)) continue;
    const key = colour(level(scene.value[i]));
    alike.set(key, [...(alike.get(key) ?? []), i]);
  }
  ctx.lineWidth = 1;
  for (const [stroke, members] of alike) {
    ctx.strokeStyle = stroke;
    for (let age = 0; age + 1 < all.length; age++) {
      const [now, before] = [all[age], all[age + 1]];
      if (now.n !== before.n) break;
      ctx.globalAlpha = 0.55 * (1 - age / all.length);
      ctx.beginPath();
      for (const i of members) {
        ctx.moveTo(now.x[i], now.y[i]);
        ctx.lineTo(before.x[i], before.y[i]);
      }
      ctx.stroke();
    }
  }
  ctx.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} ctx @param {Scene} scene @param {Marks} marks @param {Theme} theme */
function drawDots(ctx, scene, { selection, colour }, theme) {
  const order = Array.from({ length: scene.n }, (_, i) => i).sort((a, b) => scene.radius[b] - scene.radius[a]);
  const chosen = selection.size > 0;
  ctx.strokeStyle = theme.colours.paper;
  ctx.lineWidth = 0.75;
  for (const pass of chosen ? [false, true] : [false]) {
    ctx.globalAlpha = chosen && !pass ? 0.18 : 1;
    for (const i of order) {
      if (!Number.isFinite(scene.x[i] + scene.y[i])) continue;
      if (chosen && selection.has(i) !== pass) continue;
      ctx.fillStyle = colour(scene.value[i]);
      ctx.beginPath();
      ctx.arc(scene.x[i], scene.y[i], scene.radius[i], 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    }
  }
  ctx.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} ctx @param {Frame} frame @param {Scene} scene @param {Theme} theme */
function drawStars(ctx, frame, scene, theme) {
  const stars = scene.stars.filter(({ x, y }) => Number.isFinite(x + y));
  const radius = frame.side > 480 ? 12 : frame.small ? 7 : 9;
  for (const { x, y, colour } of stars) drawStar(ctx, x, y, radius, tokenColour(colour, theme), frame.small, theme);
  /** @type {{x: number, y: number, room: number}[]} */
  const labels = [];
  for (const { x, y, crowd, name, colour } of stars) {
    ctx.font = `650 ${frame.small ? 14 : 16}px ${theme.font}`;
    const room = () => ctx.measureText(label).width / 2 + 3;
    let label = name;
    // where names have no room, their signs do: an axis, or the legend, says what they are
    const tight = stars.length * (2 * room() + 2 * radius) > frame.side;
    if (tight) label = /^[+−±]/.test(name) ? name.slice(0, 1) : fitted(ctx, name, frame.side / stars.length);
    // the label stands clear of the crowd, outwards of the star (between axes inwards), never off the canvas
    const outward = Math.sign(x - frame.width / 2) || 1;
    const labelX = frame.square ? x + outward * (radius + 4) : x - outward * (radius + 2 + room());
    const labelY = frame.square ? y - radius - 6 - crowd : y;
    const place = { x: Math.max(room(), Math.min(frame.width - room(), labelX)), y: Math.max(14, labelY), room: room() };
    if (labels.some((other) => Math.abs(other.x - place.x) < other.room + place.room && Math.abs(other.y - place.y) < 15)) continue;
    labels.push(place);
    write(ctx, label, place.x, place.y, theme, { colour: tokenColour(colour, theme), font: ctx.font, halo: true });
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {number} radius @param {string} colour @param {boolean} small @param {Theme} theme */
function drawStar(ctx, x, y, radius, colour, small, theme) {
  ctx.beginPath();
  for (let i = 0; i < 10; i++) {
    const angle = (i * Math.PI) / 5 - Math.PI / 2;
    const reach = i % 2 ? radius * 0.42 : radius;
    ctx.lineTo(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
  }
  ctx.closePath();
  ctx.lineJoin = "round";
  ctx.lineWidth = small ? 4 : 5;
  ctx.strokeStyle = theme.colours.paper;
  ctx.stroke();
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.lineWidth = 1.25;
  ctx.strokeStyle = theme.colours.ink;
  ctx.stroke();
}

/** @param {CanvasRenderingContext2D} ctx @param {{x: number, y: number}[]} lasso @param {Theme} theme */
function drawLasso(ctx, lasso, theme) {
  if (lasso.length < 2) return;
  ctx.beginPath();
  for (const point of lasso) ctx.lineTo(point.x, point.y);
  ctx.closePath();
  ctx.lineWidth = 1.25;
  ctx.strokeStyle = theme.colours.ink;
  ctx.setLineDash([4, 3]);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
function line(ctx, x1, y1, x2, y2) {
  ctx.beginPath();
  ctx.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  ctx.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
  ctx.stroke();
}

/** @param {CanvasRenderingContext2D} ctx @param {string} text @param {number} width @returns {string} cut where it would be wider */
function fitted(ctx, text, width) {
  let cut = text;
  while (cut.length > 1 && ctx.measureText(cut).width > width) cut = `${cut.slice(0, -2).trimEnd()}…`;
  return cut;
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {string} text @param {number} x @param {number} y @param {Theme} theme
 * @param {{align?: CanvasTextAlign, colour?: string, font?: string, halo?: boolean}} [style]
 */
function write(ctx, text, x, y, theme, style = {}) {
  ctx.font = style.font ?? `12px ${theme.font}`;
  ctx.textAlign = style.align ?? "center";
  ctx.textBaseline = "middle";
  if (style.halo) {
    ctx.lineWidth = 4;
    ctx.lineJoin = "round";
    ctx.strokeStyle = theme.colours.paper;
    ctx.strokeText(text, x, y);
  }
  ctx.fillStyle = style.colour ?? theme.colours.inkMuted;
  ctx.fillText(text, x, y);
}
