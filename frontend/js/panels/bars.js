/**
 * A short vector now: a bar for each member, beside what it was at the start, or another tensor, and what a theory says. Canvas.
 * @import { BarsShow, PanelMoment } from "../types"
 * @import { Column } from "./choices.js"
 */

import { tokenColour } from "../display/colours.js";
import { short } from "../display/numbers.js";
import { memberName } from "../display/read.js";
import { declaredEnds, memberTable, numbersOf, seenIn, spoken } from "../display/values.js";
import { roundNumbers } from "../marks/step-scale.js";
import { tickText } from "../marks/steps-plot.js";
import { amount, columnsOf, memberCanvas } from "./choices.js";

const EDGE = [44, 12, 20, 34]; // pixels at the left, right, above and below, where text has its usual size
const DECADES = 2; // around the largest of the first frame seen: most runs never need more

/** @type {import("../types").CreatePanel<BarsShow>} */
export const createPanel = (element, { title: heading, show }, context) => {
  const { colours, font, em } = context.theme;
  const [edgeLeft, edgeRight, edgeTop, edgeBottom] = EDGE.map((px) => px * em);
  const log = show.scale === "log";
  const members = memberCanvas(element, element, context, show.axis, {
    name: "bars", about: `${heading}: arrows up and down walk along the bars, Enter selects; the table has the numbers`,
    find({ x }) {
      const member = Math.floor((x - edgeLeft) / step);
      return member >= 0 && member < length ? member : null;
    },
    walk(key) {
      const by = { ArrowDown: 1, ArrowUp: -1 }[key];
      return by && length ? ((members.hover() ?? (by > 0 ? -1 : 0)) + by + length) % length : undefined;
    },
  });
  const { pen } = members;
  /** The axis of the run so far, which only ever widens; powers of ten where it is logarithmic. */
  let [low, high] = log ? [NaN, NaN] : [0, 0];
  let [width, height, length, step] = [1, 1, 0, 1];
  let [drawn, written] = ["", ""]; // words only change with the axis: each costs the browser a look at all styles

  function measure() {
    members.fit(element.clientWidth, element.clientHeight);
    pen.font = `${12 * em}px ${font}`; // here, not with each frame: to read it the browser brings all styles up to date
    [width, height] = [Math.max(1, element.clientWidth - edgeLeft - edgeRight), Math.max(1, element.clientHeight - edgeTop - edgeBottom)];
    [drawn, written] = ["", ""];
  }

  /** @param {PanelMoment} now @param {Column[]} columns */
  function widen({ display }, columns) {
    const seen = seenIn(Float64Array.from(columns.flatMap(({ value }) => Array.from({ length }, (_, i) => Number(value(i)))), log ? Math.log10 : Number));
    const [least, most] = declaredEnds(display, show.tensor);
    if (!log) [low, high] = [Math.min(low, least ?? 0, seen?.[0] ?? 0), Math.max(high, most ?? 0, seen?.[1] ?? 0)];
    else if (seen) {
      const power = Math.floor(seen[1]);
      [low, high] = Number.isNaN(low) ? [power - DECADES, power + DECADES] : [low, Math.max(high, Math.ceil(seen[1]))];
    }
  }

  /** @param {number} value @returns {number} pixels from the top */
  function y(value) {
    const level = log ? Math.log10(Math.max(value, 1e-300)) : value;
    return edgeTop + height * (1 - (Math.max(low, Math.min(high, level)) - low) / (high - low || 1));
  }

  /** @param {PanelMoment} now */
  function render(now) {
    members.moment = now;
    const { own, beside, said, all } = partsOf(now, show);
    const chosen = members.selection();
    length = numbersOf(now, show.tensor)?.length ?? 0;
    const hover = (members.hover() ?? NaN) < length ? Number(members.hover()) : NaN;
    step = width / Math.max(1, length);
    widen(now, all);
    const foot = log ? edgeTop + height : y(0);
    members.tell(edgeLeft + (hover + 0.5) * step, Math.min(foot, y(Number(own.value(hover)) || 0)), 6, () => all);
    const key = [now.run.id, now.frame.seq, all.length, hover, ...chosen].join(" ");
    if (key === drawn) return;
    drawn = key;
    const words = [low, high, length, all.length].join(" ");
    if (words !== written) writeWords(now);
    written = words;
    pen.fillStyle = colours.paper;
    pen.fillRect(edgeLeft - 2, edgeTop - 2, width + 4, height + 4);
    pen.fillStyle = colours.hairline;
    for (const tick of ticks()) pen.fillRect(edgeLeft, Math.round(y(tick)), width, 1);
    const bar = Math.max(1, step - (step > 3 ? 1 : 0));
    const groups = now.display.axes[show.axis ?? ""]?.groups ?? [];
    const drawable = (/** @type {unknown} */ value) => typeof value === "number" && Number.isFinite(value) && (!log || value > 0);
    for (let i = 0; i < length; i++) {
      const left = edgeLeft + i * step;
      const level = (/** @type {Column} */ { value }, /** @type {string} */ colour, /** @type {number} */ thick) => {
        if (!drawable(value(i))) return;
        pen.fillStyle = colour;
        pen.fillRect(left, y(Number(value(i))) - thick / 2, bar, thick);
      };
      if (drawable(own.value(i))) {
        const top = y(Number(own.value(i)));
        pen.fillStyle = tokenColour(groups.findLast((group) => group.members.includes(i))?.colour ?? "background", context.theme);
        pen.globalAlpha = chosen.size > 0 && !chosen.has(i) ? 0.45 : 1;
        pen.fillRect(left, Math.min(foot, top), bar, Math.max(0.5, Math.abs(foot - top)));
        pen.globalAlpha = 1;
      }
      for (const one of beside) level(one, colours.ink, 1);
      for (const one of said) level(one, colours.series[1], 1.5);
    }
    pen.strokeStyle = colours.ink;
    pen.strokeRect(edgeLeft + hover * step, edgeTop, bar, height);
  }

  /** @param {string} text @param {number} x @param {number} y @param {CanvasTextAlign} align */
  function write(text, x, y, align, colour = colours.inkMuted) {
    [pen.fillStyle, pen.textAlign] = [colour, align];
    pen.fillText(text, x, y);
  }

  function ticks() {
    const parts = Math.max(2, Math.floor(height / (40 * em)));
    const every = Math.max(1, Math.ceil((high - low) / parts));
    return log ? Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) => 10 ** (low + i * every)) : roundNumbers(low, high, parts);
  }

  /** What stands around the bars, and names below them: all where there is room, else the first and the last. @param {PanelMoment} now */
  function writeWords(now) {
    const { own, beside, said } = partsOf(now, show);
    members.clear();
    pen.textBaseline = "middle";
    for (const tick of ticks()) write(tickText(Number(tick.toPrecision(6))), edgeLeft - 6, y(tick), "right");
    pen.textBaseline = "alphabetic";
    write(own.title, edgeLeft, edgeTop - 8 * em, "left");
    const keys = [...beside.map(({ title }) => ({ text: `— ${title}`, colour: colours.ink })), ...said.map(({ title }) => ({ text: `— ${title}`, colour: colours.series[1] }))];
    let right = edgeLeft + width;
    for (const { text, colour } of keys.toReversed()) {
      if (right - pen.measureText(text).width < edgeLeft + pen.measureText(own.title).width + 8) break;
      write(text, right, edgeTop - 8 * em, "right", colour);
      right -= pen.measureText(text).width + 12;
    }
    const axis = now.display.axes[show.axis ?? ""];
    const names = Array.from({ length }, (_, i) => axis?.names?.[i] ?? String(axis?.numbers?.[i] ?? i + 1));
    const below = edgeTop + height + 15 * em;
    if (names.every((text) => pen.measureText(text).width + 6 < step)) names.forEach((text, i) => write(text, edgeLeft + (i + 0.5) * step, below, "center"));
    else if (length) for (const i of new Set([0, length - 1])) write(names[i], edgeLeft + (i ? width : 0), below, i ? "right" : "left");
    write(amount(axis, length, "values"), edgeLeft + width / 2, below + 14 * em, "center");
  }

  measure();
  return {
    render,
    resize() {
      measure();
      if (members.moment) render(members.moment);
    },
    needs: () => [show.tensor],
    destroy: members.destroy,
    caption(now) {
      const { beside } = partsOf(now, show);
      const values = Array.from(numbersOf(now, show.tensor) ?? [], (value) => (Number.isFinite(value) ? value : -Infinity));
      const most = values.reduce((best, value, i) => (value > (values[best] ?? -Infinity) ? i : best), -1);
      if (most < 0) return "None of these is a number.";
      const before = beside.map(({ title, value }) => `, ${title} ${short(Number(value(most)))}`).join("");
      return `The largest is ${memberName(now.display.axes[show.axis ?? ""], most)}, ${short(values[most])}${before}.`;
    },
    table: (now) => memberTable(now, show.axis, numbersOf(now, show.tensor)?.keys() ?? [], partsOf(now, show).all),
  };
};

/** Beside may be what was in the film's first frame, where it is in memory. @param {PanelMoment} moment @param {BarsShow} show */
function partsOf({ frame, timeline, display }, { tensor, title, beside, theory, theory_title: word = "theory" }) {
  const titleOf = (/** @type {string} */ name) => display.tensors[name]?.text || spoken(name);
  const [own] = columnsOf({ frame }, [{ tensor, title: title ?? titleOf(tensor) }]);
  const start = beside === "start" ? timeline.frameAt(0) : null;
  const other = beside === "start" ? (start ? columnsOf({ frame: start }, [{ tensor, title: "at the start" }]) : [])
    : beside ? columnsOf({ frame }, [{ tensor: beside, title: titleOf(beside) }]) : [];
  const said = theory === undefined ? [] : [{ title: word, value: (/** @type {number} */ i) => (typeof theory === "number" ? theory : (theory[i] ?? null)) }];
  return { own, beside: other, said, all: [own, ...other, ...said] };
}
