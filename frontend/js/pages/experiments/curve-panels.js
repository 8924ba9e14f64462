/**
 * Small multiples of curves over gradient steps on one scale: a panel per group, a line per method (the mean over seeds, a thin
 * band from the least to the largest), expected bands at the step they are promised for, dashed reference lines. SVG.
 * @module
 */

import { make, setText } from "../../ui/dom.js";
import { nudge } from "../../marks/nudge.js";
import { nearestIndex, stepScale } from "../../marks/step-scale.js";
import { svg } from "../../marks/svg.js";

/** @typedef {import("./seed-curve.js").Curve} Curve */
/**
 * @typedef {object} Line
 * @property {string} label
 * @property {string} colour
 * @property {Curve} curve
 * @property {boolean} [dashed]
 * @property {{ low: number, high: number, step: number | "end", title: string } | null} expected
 */
/** @typedef {{ title: string, lines: Line[], references: { value: number, text: string }[] }} Panel */
/**
 * @typedef {object} Picture
 * @property {Panel[]} panels
 * @property {[number, number]} range
 * @property {number[]} ticks
 * @property {(value: number, digits?: number) => string} format
 * @property {"linear" | "geometric"} spacing
 * @property {number} last step of all panels
 * @property {string} name of what is drawn
 * @property {{ title: string, word: string }} [across] what lies along x, where that is not gradient steps
 */
/** @typedef {ReturnType<typeof makePanel>} Drawn */

const HEIGHT = 264;
const MARGIN = { top: 10, bottom: 38, left: 40 };
const LABEL_HEIGHT = 15;
const LABEL_GAP = 15; // px from the end of a line to its name
const STEPS = { title: "gradient steps", word: "Step" };
const NARROW = 420; // px; below, reference lines have their names inside the plot

const pen = /** @type {CanvasRenderingContext2D} */ (make("canvas").getContext("2d"));

/** Room at the right for the longest name, the same in all panels. @param {Picture} picture @param {number} width of a panel */
function rightMargin({ panels }, width) {
  const { fontFamily } = getComputedStyle(document.documentElement);
  const wide = (/** @type {string} */ text, /** @type {number} */ weight) => {
    pen.font = `${weight} 12px ${fontFamily}`;
    return pen.measureText(text).width;
  };
  const texts = panels.flatMap(({ lines, references: names }) => [...lines.map(({ label }) => wide(label, 600)), ...(width < NARROW ? [] : names.map(({ text }) => wide(text, 400)))]);
  return LABEL_GAP + Math.max(40, ...texts);
}

/** @param {HTMLElement} element */
export function createCurvePanels(element) {
  /** @type {Picture | null} */
  let picture = null;
  /** @type {Drawn[]} */
  let drawn = [];
  let width = 0;
  element.classList.add("curve-panels");
  // Only width matters: drawing sets the height, and must not call itself.
  const sized = new ResizeObserver(() => {
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    redraw();
  });
  sized.observe(element);

  const redraw = () => {
    if (!picture) return;
    const { panels } = picture;
    if (drawn.length !== panels.length) {
      drawn = panels.map(makePanel);
      element.replaceChildren(...drawn.map(({ figure }) => figure));
    }
    panels.forEach((panel, i) => drawn[i].draw(panel, /** @type {Picture} */ (picture)));
  };

  return {
    /** @param {Picture} next */
    render(next) {
      picture = next;
      redraw();
    },
    destroy: () => sized.disconnect(),
  };
}

function makePanel() {
  const title = make("h3", {});
  const root = svg("svg", { class: "curve-plot", role: "img", height: HEIGHT });
  const reading = make("p", { class: "small muted curve-reading" });
  const figure = make("figure", { class: "curve-panel" }, title, root, reading);
  /** @type {{ panel: Panel, picture: Picture } | null} */
  let now = null;

  /** @param {number} value */
  const clamp = (value) => Math.min(1, Math.max(0, value));
  const geometry = (/** @type {Picture} */ picture) => {
    const { spacing, last, range } = picture;
    const scale = stepScale(spacing, last);
    const width = Math.max(60, root.clientWidth - MARGIN.left - rightMargin(picture, root.clientWidth));
    const height = HEIGHT - MARGIN.top - MARGIN.bottom;
    return {
      scale, narrow: root.clientWidth < NARROW, right: MARGIN.left + width, bottom: MARGIN.top + height,
      x: (/** @type {number} */ step) => MARGIN.left + scale.to(step) * width,
      y: (/** @type {number} */ value) => MARGIN.top + (1 - clamp((value - range[0]) / (range[1] - range[0]))) * height,
      stepAt: (/** @type {number} */ px) => scale.from(clamp((px - MARGIN.left) / width)),
    };
  };

  /** @param {Panel} panel @param {Picture} picture */
  const draw = (panel, picture) => {
    now = { panel, picture };
    setText(title, panel.title);
    title.hidden = panel.title === "";
    root.setAttribute("aria-label", `${picture.name}${panel.title ? `, ${panel.title}` : ""}: curves over ${(picture.across ?? STEPS).title}; the Table button gives the numbers`);
    const place = geometry(picture);
    root.replaceChildren(axes(picture, place), ...panel.lines.map((line, i) => bands(line, i, place)), references(panel, place),
      ...panel.lines.map((line) => curve(line, place)), referenceNames(panel, place), labels(panel, picture, place));
    read(null);
  };

  /** Cursor and numbers at a step; null: none. @param {number | null} wanted */
  const read = (wanted) => {
    root.querySelector(".curve-cursor")?.remove();
    if (!now || wanted === null) {
      setText(reading, " ");
      return;
    }
    const { panel, picture } = now;
    const place = geometry(picture);
    const steps = [...new Set(panel.lines.flatMap((line) => line.curve.steps))].sort((a, b) => a - b);
    const step = steps[nearestIndex(steps, wanted)];
    if (step === undefined) return;
    const x = place.x(step);
    const cursor = svg("g", { class: "curve-cursor" }, svg("line", { x1: x, x2: x, y1: MARGIN.top, y2: place.bottom }));
    const words = panel.lines.flatMap(({ label, colour, curve: { steps: own, mean, low, high } }) => {
      const i = own.indexOf(step);
      if (i < 0) return [];
      cursor.append(svg("circle", { cx: x, cy: place.y(mean[i]), r: 3.5, fill: colour }));
      const spread = low[i] === high[i] ? "" : ` (${picture.format(low[i])} to ${picture.format(high[i])})`;
      return [`${label} ${picture.format(mean[i])}${spread}`];
    });
    root.append(cursor);
    setText(reading, `${(picture.across ?? STEPS).word} ${step.toLocaleString("en")}: ${words.join(", ")}`);
  };
  root.addEventListener("pointermove", (event) => {
    if (now) read(geometry(now.picture).stepAt(event.clientX - root.getBoundingClientRect().left));
  });
  root.addEventListener("pointerleave", () => read(null));
  return { figure, draw };
}

/** @typedef {{ narrow: boolean, scale: import("../../marks/step-scale.js").StepScale, right: number, bottom: number, x: (step: number) => number, y: (value: number) => number }} Place */

/** @param {Picture} picture @param {Place} place */
function axes({ ticks, format, across = STEPS }, { scale, x, y, right, bottom }) {
  const group = svg("g", { class: "curve-axes" });
  for (const tick of ticks) {
    group.append(svg("line", { x1: MARGIN.left, x2: right, y1: y(tick), y2: y(tick) }),
      svg("text", { x: MARGIN.left - 8, y: y(tick) + 4, "text-anchor": "end" }, format(tick, 0)));
  }
  let free = -Infinity;
  for (const tick of scale.ticks) {
    const text = tick.toLocaleString("en");
    group.append(svg("line", { x1: x(tick), x2: x(tick), y1: bottom, y2: bottom + 4, class: "curve-tick" }));
    if (x(tick) - 4 * text.length < free) continue;
    free = x(tick) + 4 * text.length;
    group.append(svg("text", { x: x(tick), y: bottom + 17, "text-anchor": "middle" }, text));
  }
  group.append(svg("text", { x: right, y: bottom + 33, "text-anchor": "end" }, across.title));
  return group;
}

/** @param {Panel} panel @param {Place} place */
function references({ references: lines }, { y, right }) {
  const group = svg("g", { class: "curve-references" });
  for (const { value } of lines) group.append(svg("line", { x1: MARGIN.left, x2: right, y1: y(value), y2: y(value) }));
  return group;
}

/** Where there is no room at the right; above the curves, to be read where a curve passes. @param {Panel} panel @param {Place} place */
function referenceNames({ references: lines }, { y, narrow }) {
  const texts = (narrow ? lines : []).map(({ value, text }) => svg("text", { x: MARGIN.left + 4, y: y(value) - 5 }, text));
  return svg("g", { class: "curve-references" }, ...texts);
}

/** The spread of the seeds, and what was promised, under all lines. @param {Line} line @param {number} i its place among the lines @param {Place} place */
function bands({ colour, curve: { steps, low, high }, expected }, i, { x, y, scale }) {
  const group = svg("g", { fill: colour });
  if (expected) {
    const at = x(expected.step === "end" ? scale.last : expected.step) - 7 * i; // beside each other where they would overlap
    const top = y(expected.high) - 1;
    group.append(svg("rect", { class: "curve-expected", x: at - 3, y: top, width: 6, height: y(expected.low) + 1 - top, rx: 2 },
      svg("title", {}, expected.title)));
  }
  if (steps.length > 1) {
    const points = [...steps.map((step, i) => [x(step), y(high[i])]), ...steps.map((step, i) => [x(step), y(low[i])]).reverse()];
    group.append(svg("polygon", { class: "curve-band", points: points.map((point) => point.map(round).join(",")).join(" ") }));
  }
  return group;
}

/** @param {Line} line @param {Place} place */
function curve({ colour, dashed, curve: { steps, mean } }, { x, y }) {
  if (steps.length === 1) return svg("circle", { cx: x(steps[0]), cy: y(mean[0]), r: 3, fill: colour });
  const points = steps.map((step, i) => `${round(x(step))},${round(y(mean[i]))}`);
  return svg("polyline", { class: dashed ? "curve-line is-dashed" : "curve-line", stroke: colour, points: points.join(" ") });
}

/** Names at the ends of the lines and of the reference lines, apart from each other. @param {Panel} panel @param {Picture} picture @param {Place} place */
function labels({ lines, references: names }, { format }, { x, y, right, bottom, narrow }) {
  // The name of a line that ends shortly before the bars of what is expected stands behind them.
  const clear = (/** @type {number} */ end) => (end > right - 120 ? right : end);
  const ends = lines.filter(({ curve: { steps } }) => steps.length > 0).map(({ label, colour, curve: { steps, mean } }) =>
    ({ text: label, colour, x: clear(x(steps[steps.length - 1])), y: y(mean[mean.length - 1]), title: `${label} ${format(mean[mean.length - 1])}` }));
  const fixed = narrow ? [] : names.map(({ text, value }) => ({ text, colour: "", x: right, y: y(value), title: text }));
  const all = [...ends, ...fixed];
  const places = nudge(all.map((one) => one.y), LABEL_HEIGHT, 0, bottom + LABEL_HEIGHT / 2);
  const group = svg("g", { class: "curve-labels" });
  all.forEach((one, i) => {
    const path = svg("path", { d: `M${round(one.x + 5)} ${round(one.y)}L${round(one.x + 12)} ${round(places[i])}` });
    const text = svg("text", { x: one.x + LABEL_GAP, y: places[i] + 4 }, svg("title", {}, one.title), one.text);
    if (one.colour) [path.style.stroke, text.style.fill] = [one.colour, one.colour];
    else [path, text].forEach((part) => part.classList.add("curve-reference-name"));
    group.append(path, text);
  });
  return group;
}

/** @param {number} px */
const round = (px) => Math.round(px * 10) / 10;
