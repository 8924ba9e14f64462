/**
 * Draws a scene of points on a 2D canvas (600 dots in about 2 ms, with no graphics card).
 * @import { PointMap, Theme } from "../types"
 * @import { MapFrame, Place, Scene } from "../types-marks"
 * @typedef {object} Marks
 * @property {ReadonlySet<number>} selection
 * @property {number | null} hover
 * @property {Place[]} lasso in pixels
 * @property {Scene[]} trail scenes of earlier frames, the newest first
 * @property {string} nothing what to say where no dot can be drawn
 * @property {(value: number) => string} colour
 * @property {(value: number) => number} level the same value for those that are alike: of a trail
 */

import { tokenColour } from "../display/colours.js";
import { short } from "../display/numbers.js";
import { TINY } from "./points-scene.js";
import { roundNumbers } from "./step-scale.js";

const LEAST_SCALED = 160; // pixels of the side, below which there is no room for a scale
const CROSS = 0.93; // of the side: the lines through the middle of a map without axes

/** @param {CanvasRenderingContext2D} ctx @param {number} width @param {number} height @param {Theme} theme */
export function drawEmpty(ctx, width, height, theme) {
  ctx.fillStyle = theme.colours.paper;
  ctx.fillRect(0, 0, width, height);
}

/** @param {CanvasRenderingContext2D} ctx @param {MapFrame} frame @param {PointMap} map @param {Scene} scene @param {Marks} marks @param {Theme} theme */
export function drawScene(ctx, frame, map, scene, marks, theme) {
  drawEmpty(ctx, frame.width, frame.height, theme);
  ctx.font = `${12 * theme.em}px ${theme.font}`;
  ctx.textBaseline = "middle";
  ctx.lineWidth = 1;
  if (scene.x.every((x, i) => !Number.isFinite(x + scene.y[i]))) return write(ctx, fitted(ctx, marks.nothing, frame.width), frame.width / 2, frame.height / 2, theme);
  if (frame.square) drawCross(ctx, frame, map, theme);
  else drawAxes(ctx, frame, map, theme);
  if (marks.trail.length) drawTrails(ctx, scene, marks);
  drawDots(ctx, scene, marks, theme);
  drawStars(ctx, frame, scene, theme);
  ctx.strokeStyle = theme.colours.ink;
  ctx.lineWidth = 2;
  ctx.beginPath();
  if (marks.hover !== null && marks.hover < scene.n) ctx.arc(scene.x[marks.hover], scene.y[marks.hover], scene.radius[marks.hover] + 2.5, 0, 2 * Math.PI);
  ctx.stroke();
  ctx.lineWidth = 1.25;
  ctx.setLineDash([4, 3]);
  ctx.beginPath();
  for (const { x, y } of marks.lasso) ctx.lineTo(x, y);
  ctx.closePath();
  ctx.stroke();
  ctx.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} ctx @param {MapFrame} frame @param {PointMap} map @param {Theme} theme */
function drawCross(ctx, { width, height, side, unit }, { scale }, theme) {
  const reach = (CROSS * side) / 2;
  const [left, middle, bottom] = [width / 2 - reach, height / 2, height / 2 + reach];
  strokeLines(ctx, theme.colours.hairline, [[left, middle, width / 2 + reach, middle], [width / 2, middle - reach, width / 2, bottom]]);
  if (!scale || side < LEAST_SCALED) return;
  // a scale bar, as on any map: positions mean nothing here, distances do
  const to = left + scale.length * unit;
  const y = bottom - 6;
  strokeLines(ctx, theme.colours.inkMuted, [[left, y, to, y], [left, y - 3, left, y + 3], [to, y - 3, to, y + 3]]);
  const [brief] = scale.text.split(" · "); // what is said after the first part is for where there is room
  write(ctx, fitted(ctx, ctx.measureText(scale.text).width < width - left ? scale.text : brief, width - left), left, y - 10 * theme.em, theme, { align: "left" });
}

/** @param {CanvasRenderingContext2D} ctx @param {MapFrame} frame @param {PointMap} map @param {Theme} theme */
function drawAxes(ctx, { x, y, box: { x: [lowX, highX], y: [lowY, highY] }, width, side }, { bound, titles = ["", ""] }, theme) {
  const [west, east, south, north] = [x(lowX), x(highX), y(lowY), y(highY)];
  const { em } = theme;
  const [left, bottom] = [west - 16 * em, south + 12 * em];
  const lines = [[west, bottom, east, bottom], [left, south, left, north]];
  if (lowX < 0 && highX > 0) lines.push([x(0), south, x(0), north]);
  if (lowY < 0 && highY > 0) lines.push([west, y(0), east, y(0)]);
  for (const tick of roundNumbers(lowX, highX, width < TINY ? 2 : 4)) {
    lines.push([x(tick), bottom, x(tick), bottom + 4]);
    write(ctx, short(tick), x(tick), bottom + 14 * em, theme);
  }
  for (const tick of roundNumbers(lowY, highY, 2)) {
    lines.push([left - 4, y(tick), left, y(tick)]);
    write(ctx, short(tick), left - 8, y(tick), theme, { align: "right" });
  }
  strokeLines(ctx, theme.colours.hairline, lines);
  write(ctx, fitted(ctx, titles[0], side), (west + east) / 2, bottom + 29 * em, theme);
  write(ctx, fitted(ctx, titles[1], width - left), left - 4, north - 16 * em, theme, { align: "left" });
  if (bound === undefined) return;
  ctx.save(); // the edge of the possible, as far as the axes go
  ctx.beginPath();
  ctx.rect(west - 1, north - 1, east - west + 2, south - north + 2);
  ctx.clip();
  ctx.strokeStyle = theme.colours.line;
  ctx.setLineDash([2, 4]);
  ctx.beginPath();
  ctx.ellipse(x(0), y(0), x(bound) - x(0), y(0) - y(bound), 0, 0, 2 * Math.PI);
  ctx.stroke();
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {Scene} scene @param {Marks} marks */
function drawTrails(ctx, scene, { trail, selection, colour, level }) {
  const all = [scene, ...trail];
  const members = Array.from(scene.x.keys()).filter((i) => selection.size === 0 || selection.has(i));
  for (const [stroke, alike] of Map.groupBy(members, (i) => colour(level(scene.value[i])))) {
    ctx.strokeStyle = stroke;
    for (let age = 0; age + 1 < all.length; age++) {
      const [now, before] = [all[age], all[age + 1]];
      if (now.n !== before.n) break;
      ctx.globalAlpha = 0.55 * (1 - age / all.length);
      ctx.beginPath();
      for (const i of alike) {
        ctx.moveTo(now.x[i], now.y[i]);
        ctx.lineTo(before.x[i], before.y[i]);
      }
      ctx.stroke();
    }
  }
  ctx.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} ctx @param {Scene} scene @param {Marks} marks @param {Theme} theme */
function drawDots(ctx, { x, y, radius, value }, { selection, colour }, theme) {
  const order = Array.from(x.keys()).filter((i) => Number.isFinite(x[i] + y[i])).sort((a, b) => radius[b] - radius[a]);
  const [pale, full] = selection.size ? [order.filter((i) => !selection.has(i)), order.filter((i) => selection.has(i))] : [[], order];
  ctx.strokeStyle = theme.colours.paper;
  ctx.lineWidth = 0.75;
  for (const members of [pale, full]) {
    ctx.globalAlpha = members === pale ? 0.18 : 1;
    for (const i of members) {
      ctx.fillStyle = colour(value[i]);
      ctx.beginPath();
      ctx.arc(x[i], y[i], radius[i], 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    }
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {MapFrame} frame @param {Scene} scene @param {Theme} theme */
function drawStars(ctx, frame, scene, theme) {
  const stars = scene.stars.filter(({ x, y }) => Number.isFinite(x + y));
  const radius = frame.side > 480 ? 12 : frame.small ? 7 : 9;
  for (const star of stars) drawStar(ctx, star, radius, frame.small ? 4 : 5, theme);
  /** @type {{x: number, y: number, room: number}[]} */
  const labels = [];
  ctx.font = `650 ${(frame.small ? 14 : 16) * theme.em}px ${theme.font}`;
  for (const { x, y, crowd, name, colour } of stars) {
    const roomOf = (/** @type {string} */ text) => ctx.measureText(text).width / 2 + 3;
    // where names have no room, their signs do: an axis, or the legend, says what they are
    const tight = stars.length * (2 * roomOf(name) + 2 * radius) > frame.side;
    const label = !tight ? name : /^[+−±]/.test(name) ? name.slice(0, 1) : fitted(ctx, name, frame.side / stars.length);
    const room = roomOf(label);
    // the label stands clear of the crowd, outwards of the star (between axes inwards), never off the canvas
    const outward = Math.sign(x - frame.width / 2) || 1;
    const at = Math.max(room, Math.min(frame.width - room, frame.square ? x + outward * (radius + 4) : x - outward * (radius + 2 + room)));
    const place = { x: at, y: Math.max(14 * theme.em, frame.square ? y - radius - 6 - crowd : y), room };
    if (labels.some((other) => Math.abs(other.x - place.x) < other.room + room && Math.abs(other.y - place.y) < 15 * theme.em)) continue;
    labels.push(place);
    ctx.lineWidth = 4;
    ctx.lineJoin = "round";
    ctx.strokeStyle = theme.colours.paper;
    ctx.textAlign = "center";
    ctx.strokeText(label, place.x, place.y);
    write(ctx, label, place.x, place.y, theme, { colour: tokenColour(colour, theme) });
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {Scene["stars"][number]} star @param {number} radius @param {number} halo @param {Theme} theme */
function drawStar(ctx, { x, y, colour }, radius, halo, theme) {
  ctx.beginPath();
  for (let i = 0; i < 10; i++) {
    const angle = (i * Math.PI) / 5 - Math.PI / 2;
    const reach = i % 2 ? radius * 0.42 : radius;
    ctx.lineTo(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
  }
  ctx.closePath();
  ctx.lineJoin = "round";
  ctx.lineWidth = halo;
  ctx.strokeStyle = theme.colours.paper;
  ctx.stroke();
  ctx.fillStyle = tokenColour(colour, theme);
  ctx.fill();
  ctx.lineWidth = 1.25;
  ctx.strokeStyle = theme.colours.ink;
  ctx.stroke();
}

/** @param {CanvasRenderingContext2D} ctx @param {string} colour @param {number[][]} lines from x, y to x, y */
function strokeLines(ctx, colour, lines) {
  ctx.strokeStyle = colour;
  ctx.beginPath();
  for (const line of lines) {
    const [x1, y1, x2, y2] = line.map((place) => Math.round(place) + 0.5);
    ctx.moveTo(x1, y1);
    ctx.lineTo(x2, y2);
  }
  ctx.stroke();
}

/** @param {CanvasRenderingContext2D} ctx @param {string} text @param {number} width @returns {string} cut where it would be wider */
function fitted(ctx, text, width) {
  let cut = text;
  while (cut.length > 1 && ctx.measureText(cut).width > width) cut = `${cut.slice(0, -2).trimEnd()}…`;
  return cut;
}

/** @param {CanvasRenderingContext2D} ctx @param {string} text @param {number} x @param {number} y @param {Theme} theme @param {{align?: CanvasTextAlign, colour?: string}} [as] */
function write(ctx, text, x, y, theme, { align = "center", colour = theme.colours.inkMuted } = {}) {
  ctx.textAlign = align;
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}
