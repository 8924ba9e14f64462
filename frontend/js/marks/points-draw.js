/**
 * Draws a scene of the neuron map on a 2D canvas (600 dots in about 2 ms, with no graphics card). Used by views/map.js only.
 * @typedef {import("../types").Theme} Theme
 * @typedef {import("./points-scene.js").Scene} Scene
 * @typedef {import("./points-scene.js").MapMode} MapMode
 * @typedef {{width: number, height: number, mode: MapMode, x: (x: number) => number, y: (y: number) => number,
 *   unit: number, small: boolean}} Frame unit: pixels per plot unit along x
 * @typedef {object} Marks
 * @property {ReadonlySet<number>} selection
 * @property {number | null} hover
 * @property {{x: number, y: number}[]} lasso in pixels
 * @property {Scene[]} trail scenes of earlier frames, the newest first
 * @property {boolean} lost no neuron has a direction any more: the run has diverged
 * @property {ReturnType<typeof import("../problems.js").signalWords>} words for the signal
 */

import { MDS_EXTENT, colourOf } from "./points-scene.js";

const PLANE_MARGIN = { left: 52, right: 20, top: 26, bottom: 46 };
/** Widths in pixels below which words and stars are smaller, and words fewer. The lab's map is wider, even on a phone. */
const SMALL = 330;
const TINY = 240;
const PLANE_MARGIN_TINY = { left: 42, right: 12, top: 26, bottom: 49 };
const PLANE_TOP = 1.06;
const PLANE_SIDE = 1.06;

/** Where plot units lie on the canvas: the largest square for the map, the same square with room for axes for the plane.
 * @param {MapMode} mode @param {number} width @param {number} height @returns {Frame} */
export function makeFrame(mode, width, height) {
  const side = Math.min(width, height);
  const left = (width - side) / 2;
  const top = (height - side) / 2;
  const small = width < SMALL;
  const margin = width < TINY ? PLANE_MARGIN_TINY : PLANE_MARGIN;
  if (mode === "mds") {
    const unit = side / 2 / MDS_EXTENT;
    return { width, height, mode, unit, small, x: (x) => width / 2 + x * unit, y: (y) => height / 2 - y * unit };
  }
  const unit = (side - margin.left - margin.right) / (2 * PLANE_SIDE);
  const unitY = (side - margin.top - margin.bottom) / PLANE_TOP;
  const originX = left + margin.left + PLANE_SIDE * unit;
  const originY = top + side - margin.bottom;
  return { width, height, mode, unit, small, x: (x) => originX + x * unit, y: (y) => originY - y * unitY };
}

/** @param {CanvasRenderingContext2D} ctx @param {number} width @param {number} height @param {Theme} theme */
export function drawEmpty(ctx, width, height, theme) {
  ctx.fillStyle = theme.colours.paper;
  ctx.fillRect(0, 0, width, height);
}

/** @param {CanvasRenderingContext2D} ctx @param {Frame} frame @param {Scene} scene @param {Marks} marks @param {Theme} theme */
export function drawScene(ctx, frame, scene, marks, theme) {
  drawEmpty(ctx, frame.width, frame.height, theme);
  if (marks.lost) {
    const words = ["The weights are not", "numbers any more:", "the run has diverged."];
    const whole = words.join(" ");
    ctx.font = `12px ${theme.font}`;
    const lines = ctx.measureText(whole).width > frame.width - 16 ? words : [whole];
    lines.forEach((text, i) => write(ctx, text, frame.width / 2, frame.height / 2 + 16 * i, theme));
    return;
  }
  ctx.lineWidth = 1;
  if (frame.mode === "plane") drawPlaneAxes(ctx, frame, marks.words, theme);
  else drawMapAxes(ctx, frame, theme);
  drawTrails(ctx, frame, scene, marks, theme);
  drawDots(ctx, frame, scene, marks, theme);
  scene.stars.forEach((star, i) => drawStar(ctx, frame, star, i === 0 ? 1 : -1, marks.words, theme));
  if (marks.hover !== null && marks.hover < scene.n) drawRing(ctx, frame, scene, marks.hover, theme);
  drawLasso(ctx, marks.lasso, theme);
}

/** @param {CanvasRenderingContext2D} ctx @param {Frame} frame @param {Theme} theme */
function drawMapAxes(ctx, frame, theme) {
  const { colours } = theme;
  ctx.strokeStyle = colours.hairline;
  const reach = 1.12;
  line(ctx, frame.x(-reach), frame.y(0), frame.x(reach), frame.y(0));
  line(ctx, frame.x(0), frame.y(-reach), frame.x(0), frame.y(reach));
  // a scale bar, as on any map: positions mean nothing here, distances do
  const from = frame.x(-reach);
  const to = from + 0.5 * frame.unit;
  const y = frame.y(-reach) - 6;
  ctx.strokeStyle = colours.inkMuted;
  line(ctx, from, y, to, y);
  line(ctx, from, y - 3, from, y + 3);
  line(ctx, to, y - 3, to, y + 3);
  const text = frame.small ? "0.5 = 1 − cos" : "distance 0.5 = 1 − cos · crowded dots are spread apart";
  write(ctx, text, from, y - 10, theme, { align: "left" });
}

/** @param {CanvasRenderingContext2D} ctx @param {Frame} frame @param {Marks["words"]} words @param {Theme} theme */
function drawPlaneAxes(ctx, frame, words, theme) {
  const { colours } = theme;
  const ofPatterns = words.name === "s";
  ctx.strokeStyle = colours.hairline;
  const bottom = frame.y(0) + 12;
  line(ctx, frame.x(-1), bottom, frame.x(1), bottom);
  line(ctx, frame.x(0), frame.y(0), frame.x(0), frame.y(1));
  for (const tick of frame.width < TINY ? [-1, 0, 1] : [-1, -0.5, 0, 0.5, 1]) {
    line(ctx, frame.x(tick), bottom, frame.x(tick), bottom + 4);
    write(ctx, String(tick).replace("-", "−"), frame.x(tick), bottom + 14, theme);
  }
  const left = frame.x(-1) - 16;
  line(ctx, left, frame.y(0), left, frame.y(1));
  for (const tick of [0, 0.5, 1]) {
    line(ctx, left - 4, frame.y(tick), left, frame.y(tick));
    write(ctx, String(tick), left - 8, frame.y(tick), theme, { align: "right" });
  }
  if (ofPatterns) drawEdge(ctx, frame, colours.line);
  const across = ofPatterns ? "signal cosine cos(w, s)" : `cosine with the ${frame.width < SMALL ? words.short : words.name}`;
  const [brief, whole] = ofPatterns ? ["background share", "share of w along background patterns"] : ["other directions", "share of w along the other directions"];
  write(ctx, across, frame.x(0), bottom + 29, theme);
  write(ctx, frame.width < TINY ? brief : whole, left - 4, frame.y(1) - 16, theme, { align: "left" });
}

/** The edge of the possible: all of w lies along s and the background patterns, which are orthogonal. @param {CanvasRenderingContext2D} ctx @param {Frame} frame @param {string} colour */
function drawEdge(ctx, frame, colour) {
  ctx.strokeStyle = colour;
  ctx.setLineDash([2, 4]);
  ctx.beginPath();
  for (let i = 0; i <= 90; i++) {
    const angle = (i / 90) * Math.PI;
    ctx.lineTo(frame.x(Math.cos(angle)), frame.y(Math.sin(angle)));
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} ctx @param {Frame} frame @param {Scene} scene @param {Marks} marks @param {Theme} theme */
function drawTrails(ctx, frame, scene, marks, theme) {
  if (marks.trail.length === 0) return;
  const chosen = marks.selection.size > 0;
  const { positive, negative, background } = theme.colours;
  const newest = [scene, ...marks.trail];
  ctx.lineWidth = 1;
  for (const [colour, low, high] of /** @type {[string, number, number][]} */ ([
    [background, -0.3, 0.3], [negative, -2, -0.3], [positive, 0.3, 2],
  ])) {
    ctx.strokeStyle = colour;
    for (let age = 0; age + 1 < newest.length; age++) {
      const now = newest[age];
      const before = newest[age + 1];
      if (now.n !== before.n) break;
      ctx.globalAlpha = 0.55 * (1 - age / newest.length);
      ctx.beginPath();
      for (let i = 0; i < scene.n; i++) {
        const cosine = scene.cosine[i];
        if (!(cosine >= low && cosine < high) || (chosen && !marks.selection.has(i))) continue;
        ctx.moveTo(frame.x(now.x[i]), frame.y(now.y[i]));
        ctx.lineTo(frame.x(before.x[i]), frame.y(before.y[i]));
      }
      ctx.stroke();
    }
  }
  ctx.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} ctx @param {Frame} frame @param {Scene} scene @param {Marks} marks @param {Theme} theme */
function drawDots(ctx, frame, scene, marks, theme) {
  const order = Array.from({ length: scene.n }, (_, i) => i).sort((a, b) => scene.radius[b] - scene.radius[a]);
  const chosen = marks.selection.size > 0;
  ctx.strokeStyle = theme.colours.paper;
  ctx.lineWidth = 0.75;
  for (const pass of chosen ? [false, true] : [false]) {
    ctx.globalAlpha = chosen && !pass ? 0.18 : 1;
    for (const i of order) {
      if (!(Number.isFinite(scene.x[i]) && Number.isFinite(scene.y[i]))) continue;
      if (chosen && marks.selection.has(i) !== pass) continue;
      ctx.fillStyle = colourOf(scene.cosine[i], theme.markScale);
      ctx.beginPath();
      ctx.arc(frame.x(scene.x[i]), frame.y(scene.y[i]), scene.radius[i], 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    }
  }
  ctx.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} ctx @param {Frame} frame @param {import("./points-scene.js").Star} star @param {1 | -1} sign @param {Marks["words"]} words @param {Theme} theme */
function drawStar(ctx, frame, star, sign, words, theme) {
  if (!Number.isFinite(star.x + star.y)) return;
  const x = frame.x(star.x);
  const y = frame.y(star.y);
  const radius = frame.unit > 200 ? 12 : frame.small ? 7 : 9;
  ctx.beginPath();
  for (let i = 0; i < 10; i++) {
    const angle = (i * Math.PI) / 5 - Math.PI / 2;
    const reach = i % 2 ? radius * 0.42 : radius;
    ctx.lineTo(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
  }
  ctx.closePath();
  ctx.lineJoin = "round";
  ctx.lineWidth = frame.small ? 4 : 5;
  ctx.strokeStyle = theme.colours.paper;
  ctx.stroke();
  ctx.fillStyle = sign > 0 ? theme.colours.positive : theme.colours.negative;
  ctx.fill();
  ctx.lineWidth = 1.25;
  ctx.strokeStyle = theme.colours.ink;
  ctx.stroke();
  const colour = ctx.fillStyle;
  ctx.font = `650 ${frame.small ? 14 : 16}px ${theme.font}`;
  const whole = sign > 0 ? words.plus : words.minus;
  // where both names have no room, their signs do: an axis, or the legend, says what they are
  const tight = 2 * (ctx.measureText(whole).width + 2 * radius) > (frame.mode === "plane" ? 2 * frame.unit : 0.9 * frame.width);
  const label = tight ? whole.slice(0, 1) : whole;
  const room = ctx.measureText(label).width / 2 + 3;
  // the label stands clear of the crowd, outwards of the star (in the plane inwards, along the axis), never off the canvas
  const outward = Math.sign(star.x) || sign;
  const labelX = frame.mode === "plane" ? x - outward * (radius + 2 + room) : x + outward * (radius + 4);
  const labelY = frame.mode === "plane" ? y : y - radius - 6 - star.crowd * frame.unit;
  write(ctx, label, Math.max(room, Math.min(frame.width - room, labelX)), Math.max(14, labelY), theme, { colour, font: ctx.font, halo: true });
}

/** @param {CanvasRenderingContext2D} ctx @param {Frame} frame @param {Scene} scene @param {number} i @param {Theme} theme */
function drawRing(ctx, frame, scene, i, theme) {
  ctx.beginPath();
  ctx.arc(frame.x(scene.x[i]), frame.y(scene.y[i]), scene.radius[i] + 2.5, 0, 2 * Math.PI);
  ctx.lineWidth = 2;
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

/**
 * @param {CanvasRenderingContext2D} ctx @param {string} text @param {number} x @param {number} y @param {Theme} theme
 * @param {{align?: CanvasTextAlign, colour?: string | CanvasGradient | CanvasPattern, font?: string, halo?: boolean}} [style]
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
