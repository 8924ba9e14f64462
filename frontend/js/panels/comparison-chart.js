/**
 * T_j of each pattern as predicted and as measured, for the first gradients: a small picture. Used by views/theory.js only.
 * @module
 */

import { svg } from "../marks/svg.js";

/** @typedef {import("./comparison.js").Measured} Measured */
/** @typedef {import("../types").GradientData["patterns"][number]} PatternPull */

const HEIGHT = 132;
const LEFT = 44;
const RIGHT = 4;
const TOP = 20;
const BOTTOM = 22;
const BETWEEN = 16; // px between the groups
const RELEVANT_SHARE = 0.42; // of a group's width: there are few of them, and they matter

/**
 * @param {Measured[]} measured a group each
 * @param {number} width
 * @param {import("../types").Colours} colours
 * @returns {SVGSVGElement}
 */
export function drawPulls(measured, width, colours) {
  const picture = svg("svg", { width, height: HEIGHT, role: "img", "aria-label": "Gradient along each pattern, predicted and measured; the Table button gives the numbers" });
  const [low, high] = extent(measured);
  const y = (/** @type {number} */ value) => TOP + (1 - (value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const text = (/** @type {number} */ x, /** @type {number} */ at, /** @type {string} */ words, anchor = "start", fill = colours.inkMuted) =>
    svg("text", { x, y: at, fill, "text-anchor": anchor, class: "theory-text" }, words);
  picture.append(text(0, 11, "T, mean over neurons ± deviation"));
  for (const value of ticks(low, high)) {
    picture.append(svg("line", { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), stroke: colours.hairline }),
      text(LEFT - 6, y(value) + 4, String(value).replace("-", "−"), "end"));
  }
  const each = (width - LEFT - RIGHT - BETWEEN * (measured.length - 1)) / measured.length;
  measured.forEach(({ step, data }, i) => {
    const left = LEFT + i * (each + BETWEEN);
    const parts = [
      { members: data.patterns.filter((one) => one.relevant), from: left, to: left + each * RELEVANT_SHARE, colour: colours.positive, bars: true },
      { members: data.patterns.filter((one) => !one.relevant), from: left + each * RELEVANT_SHARE, to: left + each, colour: colours.background, bars: false },
    ];
    for (const { members, from, to, colour, bars } of parts) {
      if (members.length === 0) continue;
      const predicted = y(members[0].predicted);
      picture.append(svg("line", { x1: from, x2: to, y1: predicted, y2: predicted, stroke: colours.ink, "stroke-width": 1 }));
      members.forEach((one, j) => picture.append(...dot(one, from + ((j + 0.5) / members.length) * (to - from), y, colour, bars)));
    }
    const [relevant] = parts;
    if (i === 0 && relevant.members.length > 0) {
      picture.append(text(relevant.to + 4, y(relevant.members[0].predicted) + 4, "predicted", "start", colours.ink));
      picture.append(text((relevant.to + left + each) / 2, y(0) - 10, "background", "middle"));
    }
    picture.append(text(left + each / 2, HEIGHT - 5, `step ${step}`, "middle"));
  });
  return picture;
}

/**
 * @param {PatternPull} one
 * @param {number} x
 * @param {(value: number) => number} y
 * @param {string} colour
 * @param {boolean} bar whether its deviation is drawn
 */
function dot({ pattern, measured, deviation }, x, y, colour, bar) {
  if (measured === null) return [];
  const mark = svg("circle", { cx: x, cy: y(measured), r: bar ? 3 : 1.5, fill: colour });
  mark.append(svg("title", {}, `pattern ${pattern}: ${measured}${deviation === null ? "" : ` ± ${deviation}`}`));
  if (!bar || deviation === null) return [mark];
  return [svg("line", { x1: x, x2: x, y1: y(measured - deviation), y2: y(measured + deviation), stroke: colour, "stroke-width": 1.25 }), mark];
}

/** @param {Measured[]} measured @returns {[number, number]} of all that is drawn, 0 included */
function extent(measured) {
  const values = measured.flatMap(({ data }) => data.patterns.flatMap(({ relevant, predicted, measured: found, deviation }) => {
    const spread = relevant ? (deviation ?? 0) : 0;
    return found === null ? [predicted] : [predicted, found - spread, found + spread];
  }));
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  return high > low ? [low, high] : [0, 1];
}

/** @param {number} low @param {number} high @returns {number[]} 0 and one or two round numbers on its sides */
function ticks(low, high) {
  const rough = (high - low) / 2.5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = power * ([1, 2, 5].findLast((factor) => factor * power <= rough) ?? 1);
  const found = [];
  for (let i = Math.ceil(low / unit); i * unit <= high; i++) found.push(Number((i * unit).toPrecision(3)));
  return found;
}
