/**
 * A short vector now: a bar for each member, beside what it was at the start, or another tensor, and what a theory says. Canvas.
 * @typedef {import("../types").PanelMoment} PanelMoment
 * @typedef {import("../types").BarsShow} BarsShow
 * @typedef {{ now: ArrayLike<number>, beside: ArrayLike<number> | null, theory: (member: number) => number | null }} Values
 */

import { make } from "../ui/dom.js";
import { tokenColour } from "../display/colours.js";
import { short } from "../display/numbers.js";
import { howMany, memberName, wholeAxis } from "../display/read.js";
import { roundNumbers } from "../marks/step-scale.js";
import { tickText } from "../marks/steps-plot.js";

const AREA = { left: 44, right: 12, top: 20, bottom: 34 };
const DECADES = 2; // around the largest of the first frame seen: most runs never need more

/** @type {import("../types").CreatePanel<BarsShow>} */
export const createPanel = (element, { title: heading, show }, context) => {
  const { colours, font } = context.theme;
  const canvas = make("canvas", { class: "bars", tabindex: "0", role: "img", "aria-label": `${heading}: arrows up and down walk along the bars, Enter selects; the table has the numbers` });
  const tip = make("div", { class: "view-tip", hidden: "" });
  element.replaceChildren(canvas, tip);
  /** @type {PanelMoment | null} */
  let moment = null;
  /** The axis of the run so far, which only ever widens; powers of ten where it is logarithmic. */
  let scale = { run: "", low: 0, high: 0 };
  let pointed = -1;
  let [width, height] = [element.clientWidth, element.clientHeight]; // kept: to measure with every frame is to lay out the page
  const log = show.scale === "log";

  /** @param {PanelMoment} now @param {Values} values */
  function widen({ run, display }, { now, beside, theory }) {
    const all = [...Array.from(now), ...Array.from(beside ?? []), ...Array.from(now, (_, i) => theory(i) ?? NaN)].filter((value) => Number.isFinite(value) && (!log || value > 0));
    if (log) {
      const powers = all.map(Math.log10);
      const start = Math.floor(Math.max(...powers, -Infinity));
      if (scale.run !== run.id) scale = { run: Number.isFinite(start) ? run.id : "", low: Number.isFinite(start) ? start - DECADES : 0, high: Number.isFinite(start) ? start + DECADES : 1 };
      scale.high = Math.max(scale.high, Math.ceil(Math.max(...powers, -Infinity)));
      return;
    }
    const { low = null, high = null } = display.tensors[show.tensor] ?? {};
    if (scale.run !== run.id) scale = { run: run.id, low: Math.min(0, low ?? 0), high: Math.max(0, high ?? 0) };
    for (const value of all) scale = { ...scale, low: Math.min(scale.low, value), high: Math.max(scale.high, value) };
    if (scale.high === scale.low) scale.high = 1;
  }

  const place = () => {
    const inner = { width: Math.max(1, width - AREA.left - AREA.right), height: Math.max(1, height - AREA.top - AREA.bottom) };
    const y = (/** @type {number} */ value) => AREA.top + inner.height * (1 - (Math.max(scale.low, Math.min(scale.high, log ? Math.log10(Math.max(value, 1e-300)) : value)) - scale.low) / (scale.high - scale.low || 1));
    return { inner, y };
  };

  function draw() {
    if (!moment || width === 0) return;
    const values = valuesOf(moment, show);
    widen(moment, values);
    const { inner, y } = place();
    [canvas.width, canvas.height] = [width * devicePixelRatio, height * devicePixelRatio];
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.scale(devicePixelRatio, devicePixelRatio);
    pen.font = `12px ${font}`;
    const { now, beside, theory } = values;
    axes(pen, inner, y, now.length);
    const step = inner.width / Math.max(1, now.length);
    const bar = Math.max(1, step - (step > 3 ? 1 : 0));
    const foot = log ? AREA.top + inner.height : y(0);
    const groups = groupColours(moment);
    const chosen = selection(moment);
    for (let i = 0; i < now.length; i++) {
      const left = AREA.left + i * step;
      const level = (/** @type {number | null | undefined} */ value, /** @type {string} */ colour, /** @type {number} */ thick) => {
        if (value === null || value === undefined || !Number.isFinite(value) || (log && value <= 0)) return;
        pen.fillStyle = colour;
        pen.fillRect(left, y(value) - thick / 2, bar, thick);
      };
      if (Number.isFinite(now[i]) && (!log || now[i] > 0)) {
        pen.fillStyle = tokenColour(groups.get(i) ?? "background", context.theme);
        pen.globalAlpha = chosen.size > 0 && !chosen.has(i) ? 0.45 : 1;
        pen.fillRect(left, Math.min(foot, y(now[i])), bar, Math.max(0.5, Math.abs(foot - y(now[i]))));
        pen.globalAlpha = 1;
      }
      level(beside?.[i], colours.ink, 1);
      level(theory(i), colours.series[1], 1.5);
      if (i === pointed) {
        pen.strokeStyle = colours.ink;
        pen.strokeRect(left, AREA.top, bar, inner.height);
      }
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {{ width: number, height: number }} inner @param {(value: number) => number} y @param {number} length */
  function axes(pen, { width, height }, y, length) {
    const parts = Math.max(2, Math.floor(height / 40));
    const every = Math.max(1, Math.ceil((scale.high - scale.low) / parts));
    const ticks = log ? Array.from({ length: Math.floor((scale.high - scale.low) / every) + 1 }, (_, i) => 10 ** (scale.low + i * every)) : roundNumbers(scale.low, scale.high, parts);
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (const tick of ticks) {
      pen.fillStyle = colours.inkMuted;
      pen.fillText(tickText(Number(tick.toPrecision(6))), AREA.left - 6, y(tick));
      pen.fillStyle = colours.hairline;
      pen.fillRect(AREA.left, Math.round(y(tick)), width, 1);
    }
    const { display } = /** @type {PanelMoment} */ (moment);
    const axis = show.axis ? display.axes[show.axis] : undefined;
    pen.textBaseline = "alphabetic";
    const write = (/** @type {string} */ text, /** @type {number} */ x, /** @type {number} */ at, /** @type {CanvasTextAlign} */ align, colour = colours.inkMuted) => {
      [pen.fillStyle, pen.textAlign] = [colour, align];
      pen.fillText(text, x, at);
    };
    const title = show.title ?? (display.tensors[show.tensor]?.text || show.tensor.replaceAll("_", " "));
    write(title, AREA.left, AREA.top - 8, "left");
    const keys = [...(besideTitle(show, display) ? [{ text: `— ${besideTitle(show, display)}`, colour: colours.ink }] : []), ...(show.theory === undefined ? [] : [{ text: `— ${show.theory_title ?? "theory"}`, colour: colours.series[1] }])];
    let right = AREA.left + width;
    for (const { text, colour } of keys.toReversed()) {
      if (right - pen.measureText(text).width < AREA.left + pen.measureText(title).width + 8) break;
      write(text, right, AREA.top - 8, "right", colour);
      right -= pen.measureText(text).width + 12;
    }
    names(pen, axis, length, width / Math.max(1, length), AREA.top + height + 15, write);
    write(axis ? howMany(axis, length) : `${length.toLocaleString("en")} values`, AREA.left + width / 2, AREA.top + height + 29, "center");
  }

  const axisOf = () => (moment && show.axis ? moment.display.axes[show.axis] : undefined);
  const whole = () => (moment && show.axis && axisOf() ? wholeAxis(moment.display, show.axis) : null);
  /** @param {PanelMoment} now @returns {ReadonlySet<number>} */
  const selection = (now) => now.selection.get(whole() ?? "") ?? new Set();
  /** @param {PanelMoment} now @returns {Map<number, string>} */
  const groupColours = (now) => new Map((show.axis ? (now.display.axes[show.axis]?.groups ?? []) : []).flatMap(({ colour, members }) => members.map((member) => [member, colour])));

  /** @param {number} member -1: none @param {boolean} [tell] other panels, too */
  function point(member, tell = true) {
    if (!moment || member === pointed) return;
    pointed = member;
    const axis = whole();
    if (axis && tell) context.onHover(axis, member < 0 ? null : member);
    const values = valuesOf(moment, show);
    tip.hidden = member < 0 || !tell;
    if (!tip.hidden) {
      const { now, beside, theory } = values;
      const said = theory(member);
      tip.textContent = [`${memberName(axisOf(), member)}: ${short(now[member], 4)}`, ...(beside ? [`${besideTitle(show, moment.display)} ${short(beside[member], 4)}`] : []),
        ...(said === null ? [] : [`${show.theory_title ?? "theory"} ${short(said, 4)}`])].join(" · ");
      const x = AREA.left + ((member + 0.5) * place().inner.width) / now.length;
      Object.assign(tip.style, x < element.clientWidth / 2 ? { left: `${x}px`, right: "", top: "0" } : { left: "", right: `${element.clientWidth - x}px`, top: "0" });
    }
    draw();
  }
  const memberAt = (/** @type {PointerEvent | MouseEvent} */ event) => {
    const length = moment?.frame.tensors[show.tensor]?.data.length ?? 0;
    const share = (event.clientX - canvas.getBoundingClientRect().left - AREA.left) / place().inner.width;
    return share >= 0 && share < 1 && length > 0 ? Math.floor(share * length) : -1;
  };
  /** @param {number} member @param {boolean} more beside those that are selected */
  function select(member, more) {
    const axis = whole();
    if (!moment || !axis || member < 0) return;
    const before = selection(moment);
    const next = new Set(more ? before : []);
    if (before.has(member) && (more || before.size === 1)) next.delete(member);
    else next.add(member);
    context.onSelect(axis, next);
  }
  canvas.addEventListener("pointermove", (event) => point(memberAt(event)));
  canvas.addEventListener("pointerleave", () => point(-1));
  canvas.addEventListener("blur", () => point(-1));
  canvas.addEventListener("click", (event) => select(memberAt(event), event.shiftKey || event.ctrlKey || event.metaKey));
  canvas.addEventListener("keydown", (event) => {
    const length = moment?.frame.tensors[show.tensor]?.data.length ?? 0;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && length) point((Math.max(pointed, by > 0 ? -1 : 0) + by + length) % length);
    else if (event.key === "Enter") select(pointed, event.shiftKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  let drawn = "";
  return {
    render(next) {
      const { run, frame, selection: chosen, hover } = next;
      const hovered = hover && hover.axis === whole() ? hover.member : -1;
      const key = [run.id, frame.seq, startOf(next) !== null, [...(chosen.get(whole() ?? "") ?? [])], moment === null].join(" ");
      moment = next;
      if (hovered !== pointed && tip.hidden) point(hovered, false);
      if (key !== drawn) draw();
      drawn = key;
    },
    resize() {
      [width, height] = [element.clientWidth, element.clientHeight];
      draw();
    },
    needs: () => [show.tensor],
    destroy: () => element.replaceChildren(),
    caption,
    table,
  };

  /** @param {PanelMoment} now */
  function caption(now) {
    const { now: values, beside } = valuesOf(now, show);
    let most = -1;
    for (let i = 0; i < values.length; i++) if (most < 0 || !(values[i] <= values[most])) most = Number.isFinite(values[i]) ? i : most;
    if (most < 0) return "None of these is a number.";
    const before = beside ? `, ${besideTitle(show, now.display)} ${short(beside[most])}` : "";
    return `The largest is ${memberName(show.axis ? now.display.axes[show.axis] : undefined, most)}, ${short(values[most])}${before}.`;
  }

  /** @param {PanelMoment} now @returns {import("../types").TableData} */
  function table(now) {
    const { now: values, beside, theory } = valuesOf(now, show);
    const axis = show.axis ? now.display.axes[show.axis] : undefined;
    const title = show.title ?? show.tensor.replaceAll("_", " ");
    return {
      columns: [axis?.noun ?? "place", title, ...(beside ? [besideTitle(show, now.display)] : []), ...(show.theory === undefined ? [] : [show.theory_title ?? "theory"])],
      rows: Array.from(values, (value, i) => [memberName(axis, i), value, ...(beside ? [beside[i]] : []), ...(show.theory === undefined ? [] : [theory(i)])]),
    };
  }
};

/** Of the film's first frame, where it is in memory. @param {PanelMoment} moment */
const startOf = ({ timeline }) => timeline.frameAt(0);

/** @param {PanelMoment} moment @param {BarsShow} show @returns {Values} */
function valuesOf(moment, { tensor, beside, theory }) {
  const other = beside === "start" ? startOf(moment)?.tensors[tensor] : beside ? moment.frame.tensors[beside] : undefined;
  return {
    now: moment.frame.tensors[tensor]?.data ?? [],
    beside: other?.data ?? null,
    theory: (member) => (typeof theory === "number" ? theory : (theory?.[member] ?? null)),
  };
}

/** @param {BarsShow} show @param {import("../types").Display} display @returns {string} "" where there is nothing beside */
const besideTitle = ({ beside }, { tensors }) => (beside === "start" ? "at the start" : beside ? tensors[beside]?.text || beside.replaceAll("_", " ") : "");

/**
 * Names below the bars: all where there is room, else the first and the last.
 * @param {CanvasRenderingContext2D} pen @param {import("../types").Axis | undefined} axis @param {number} length @param {number} step px of a bar @param {number} at
 * @param {(text: string, x: number, at: number, align: CanvasTextAlign) => void} write
 */
function names(pen, axis, length, step, at, write) {
  const name = (/** @type {number} */ i) => axis?.names?.[i] ?? String(axis?.numbers?.[i] ?? i + 1);
  const all = Array.from({ length: Math.min(length, 200) }, (_, i) => name(i));
  if (length <= 200 && all.every((text) => pen.measureText(text).width + 6 < step)) return all.forEach((text, i) => write(text, AREA.left + (i + 0.5) * step, at, "center"));
  if (length === 0) return;
  write(name(0), AREA.left, at, "left");
  if (length > 1) write(name(length - 1), AREA.left + length * step, at, "right");
}
