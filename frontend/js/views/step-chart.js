/**
 * A chart over gradient steps: Plotly draws axes and lines, at most four times a second; the cursor, the veil over what is
 * still to come, labels at line ends and the values at the cursor are light elements above it. Used by curves.js and
 * density.js.
 * @module
 */

import { make } from "../dom.js";
import { plotlyConfig, plotlyLayout, plotlyReady } from "../theme.js";
import { nudge } from "./nudge.js";
import { nearestIndex, stepScale } from "./steps.js";

/** @typedef {import("../types").Moment} Moment */
/**
 * @typedef {object} Panel one y axis, stacked from the top
 * @property {number} share of the height
 * @property {string} title with its unit
 * @property {[number, number]} range
 * @property {number[]} ticks
 * @property {string[]} [ticktext]
 */
/**
 * @typedef {object} Line
 * @property {string} key
 * @property {number} panel
 * @property {string} label written at its end; the value at the cursor follows
 * @property {string} colour
 * @property {number} width
 * @property {(entry: import("../types").TimelineEntry) => number | null | undefined} value null is a gap, undefined was not measured
 */
/**
 * @typedef {object} Picture what a view wants drawn
 * @property {Panel[]} panels
 * @property {Line[]} lines
 * @property {{ panel: number, y: number, text: string }[]} [references] dashed lines
 */
/** @typedef {{ left: number, top: number, width: number, height: number }} Box in pixels of the element */

const TITLE = 18; // px above each panel, for its title
const LABEL_HEIGHT = 15;
const NARROW = 360; // px; styles/views.css drops the values there
const REDRAW_EVERY = 250; // ms, or eight times what the last one took: the film goes first

/**
 * @param {HTMLElement} element
 * @param {import("../types").ViewContext} context
 * @param {(moment: Moment) => Picture} compose called when there are new frames
 * @param {(chart: { box: (panel: number) => Box, scale: import("./steps.js").StepScale, layer: HTMLElement, under: HTMLElement }, moment: Moment) => void} [decorate] after each redraw
 */
export function createStepChart(element, context, compose, decorate) {
  const add = (/** @type {string} */ name, /** @type {HTMLElement} */ into) => {
    const child = make("div", { class: name });
    into.append(child);
    return child;
  };
  const root = add("step-chart", element);
  root.setAttribute("role", "img");
  root.setAttribute("aria-label", "Chart over gradient steps; the Table button gives the numbers");
  const under = add("step-under", root);
  const plot = add("step-plot", root);
  const over = add("step-over", root);
  const veil = add("step-veil", over);
  const layer = add("step-layer", over);
  const leaders = /** @type {SVGSVGElement} */ (document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  leaders.classList.add("step-leaders");
  over.append(leaders);
  const labels = add("step-labels", over);
  const cursor = add("step-cursor", over);
  const wait = add("view-wait", root);
  wait.textContent = "…";

  /** @type {Moment | null} */
  let moment = null;
  /** @type {any} */
  let plotly = null;
  let drawn = { entries: -1, total: -1, run: "", cost: 0 };
  let timer = 0;
  /** @type {Map<string, { line: Line, value: HTMLElement }>} */
  const readouts = new Map();
  let scale = stepScale("linear", 1);
  /** @type {Box} */
  let area = { left: 0, top: 0, width: 0, height: 0 };
  /** @type {Panel[]} */
  let panels = [];

  plotlyReady().then(
    (loaded) => {
      plotly = loaded;
      wait.remove();
      redraw();
    },
    (error) => (wait.textContent = `${error.message}: reload the page.`),
  );

  const pen = /** @type {CanvasRenderingContext2D} */ (make("canvas").getContext("2d"));
  pen.font = `600 12px ${context.theme.font}`;
  const textWidth = (/** @type {string} */ text) => pen.measureText(text).width;

  /** @param {number} panel @returns {[number, number]} its top and bottom as shares of the height */
  const span = (panel) => {
    const gap = (TITLE + 6) / area.height;
    const usable = 1 - gap * (panels.length - 1);
    const top = panels.slice(0, panel).reduce((sum, one) => sum + one.share * usable + gap, 0);
    return [top, top + panels[panel].share * usable];
  };
  /** @param {number} panel @returns {Box} */
  const box = (panel) => {
    const [top, bottom] = span(panel);
    return { ...area, top: area.top + top * area.height, height: (bottom - top) * area.height };
  };
  /** @param {number} panel @param {number} value @returns {number} pixels from the top of the element */
  const yOf = (panel, value) => {
    const { top, height } = box(panel);
    const [low, high] = panels[panel].range;
    return top + (1 - (Math.min(high, Math.max(low, value)) - low) / (high - low)) * height;
  };

  const redraw = () => {
    clearTimeout(timer);
    timer = 0;
    if (!moment || !plotly || root.clientWidth === 0) return;
    const start = performance.now();
    const picture = compose(moment);
    const { entries, totalSteps } = moment.timeline;
    const capture = /** @type {{ spacing?: "linear" | "geometric" } | undefined} */ (moment.run.config.capture);
    scale = stepScale(capture?.spacing ?? "linear", totalSteps || (entries.at(-1)?.step ?? 1));
    panels = picture.panels;
    const widths = [
      ...picture.lines.map(({ label }) => textWidth(root.clientWidth < NARROW ? label : `${label} 0.00–`)),
      ...(picture.references ?? []).map(({ text }) => textWidth(text)),
    ];
    const right = 16 + Math.max(...widths); // room for labels, and for their values
    area = { left: 32, top: TITLE, width: root.clientWidth - 32 - right, height: root.clientHeight - TITLE - 36 };
    plotly.react(plot, traces(picture, moment), layout(picture), { ...plotlyConfig, staticPlot: true });
    writeLabels(picture, moment);
    decorate?.({ box, scale, layer, under }, moment);
    follow();
    drawn = { entries: entries.length, total: totalSteps, run: moment.run.id, cost: performance.now() - start };
  };

  /** @param {Picture} picture */
  const layout = ({ references = [] }) => {
    const { hairline, line } = context.theme.colours;
    const domain = (/** @type {number} */ i) => span(i).map((share) => 1 - share).toReversed();
    const axes = panels.map((panel, i) => [
      i === 0 ? "yaxis" : `yaxis${i + 1}`,
      {
        ...plotlyLayout().yaxis, domain: domain(i), range: panel.range, tickvals: panel.ticks,
        ticktext: panel.ticktext ?? panel.ticks.map(String), showgrid: true, gridcolor: hairline, showline: false, ticks: "",
      },
    ]);
    return plotlyLayout({
      width: root.clientWidth, height: root.clientHeight, autosize: false,
      margin: { l: area.left, t: area.top, b: 36, r: root.clientWidth - area.left - area.width, pad: 0 },
      xaxis: {
        range: [0, 1], tickvals: scale.ticks.map(scale.to), ticktext: scale.ticks.map((tick) => tick.toLocaleString("en")),
        anchor: axisName(panels.length - 1), title: { ...plotlyLayout().xaxis.title, text: "gradient steps" },
      },
      ...Object.fromEntries(axes),
      shapes: references.map(({ panel, y }) => ({
        type: "line", xref: "paper", x0: 0, x1: 1, yref: axisName(panel), y0: y, y1: y, line: { color: line, width: 1, dash: "dot" },
      })),
    });
  };

  /** @param {Picture} picture @param {Moment} now */
  const traces = ({ lines }, { timeline }) => [
    // Plotly draws no axis without a trace.
    ...panels.map((_, i) => ({ x: [0], y: [null], yaxis: axisName(i), type: "scatter" })),
    ...lines.map(({ panel, value, colour, width }) => {
      const measured = timeline.entries.filter((entry) => value(entry) !== undefined);
      return {
        x: measured.map((entry) => scale.to(entry.step)), y: measured.map(value), yaxis: axisName(panel), type: "scatter", mode: measured.length < 12 ? "lines+markers" : "lines", connectgaps: false, hoverinfo: "skip",
        line: { color: colour, width, shape: "linear", simplify: true }, marker: { color: colour, size: width + 2 },
      };
    }),
  ];

  /** @param {Picture} picture @param {Moment} now */
  const writeLabels = ({ lines, references = [] }, { timeline }) => {
    readouts.clear();
    labels.replaceChildren();
    leaders.replaceChildren();
    panels.forEach((panel, i) => {
      const name = add("step-title", labels);
      name.textContent = panel.title;
      name.style.translate = `${area.left}px ${box(i).top - TITLE}px`;
    });
    const ends = lines.flatMap((line) => {
      const last = timeline.entries.findLast((entry) => Number.isFinite(line.value(entry)));
      if (!last) return [];
      const y = yOf(line.panel, /** @type {number} */ (line.value(last)));
      return [{ line, x: area.left + scale.to(last.step) * area.width, y }];
    });
    const right = area.left + area.width;
    const names = references.map(({ panel, y, text }) => ({ line: null, text, x: right, y: yOf(panel, y) }));
    const texts = ends.map((end) => ({ ...end, text: end.line.label }));
    // Labels of a run that is still far from the right end need not make way for the names of reference lines there.
    const apart = texts.every((end) => end.x < area.width / 2);
    for (const group of apart ? [texts, names] : [[...texts, ...names]]) {
      const places = nudge(group.map((one) => one.y), LABEL_HEIGHT, area.top - LABEL_HEIGHT / 2, area.top + area.height + LABEL_HEIGHT);
      group.forEach((one, i) => writeLabel(one.text, one.line, one.x, one.y, places[i]));
    }
  };

  /**
   * @param {string} text
   * @param {Line | null} line null for a reference
   * @param {number} x
   * @param {number} y where the line ends
   * @param {number} place where the label stands
   */
  const writeLabel = (text, line, x, y, place) => {
    const label = add("step-label", labels);
    const colour = line?.colour ?? context.theme.colours.inkMuted;
    label.textContent = text;
    label.style.color = colour;
    label.style.fontWeight = (line?.width ?? 0) > 2 ? "600" : "";
    label.style.translate = `${x + 14}px ${place - LABEL_HEIGHT / 2}px`;
    if (line) readouts.set(line.key, { line, value: add("step-value", label) });
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", `M${x + 2} ${y}L${x + 11} ${place}`);
    path.setAttribute("stroke", colour);
    leaders.append(path);
  };

  /** Puts cursor, veil and values where the film is: cheap, for every frame. */
  const follow = () => {
    const entry = moment?.timeline.entries[moment.index];
    if (!moment || !entry || area.width <= 0) return;
    const x = area.left + scale.to(entry.step) * area.width;
    cursor.style.translate = `${x}px ${area.top}px`;
    cursor.style.height = `${area.height}px`;
    const right = area.left + area.width + 6;
    Object.assign(veil.style, { left: `${x}px`, top: "0", width: `${Math.max(0, right - x)}px`, height: `${area.top + area.height + 1}px` });
    for (const { line, value } of readouts.values()) {
      const number = lastMeasured(line, moment);
      value.textContent = number === null ? "–" : number.toFixed(2).replace("-", "−");
    }
  };

  const stepAt = (/** @type {PointerEvent} */ event) => {
    const share = (event.clientX - over.getBoundingClientRect().left - area.left) / area.width;
    const steps = moment?.timeline.entries.map((entry) => entry.step) ?? [];
    return steps[nearestIndex(steps, scale.from(Math.min(1, Math.max(0, share))))];
  };
  let pressed = false;
  over.addEventListener("pointermove", (event) => {
    const step = stepAt(event);
    if (step === undefined) return;
    if (pressed) context.onSeek(step);
    else if (event.pointerType === "mouse") context.onPeek?.(step);
  });
  over.addEventListener("pointerleave", () => context.onPeek?.(null));
  over.addEventListener("pointerdown", (event) => {
    const step = stepAt(event);
    if (step === undefined) return;
    pressed = true;
    over.setPointerCapture(event.pointerId);
    context.onSeek(step);
  });
  for (const kind of ["pointerup", "pointercancel"]) over.addEventListener(kind, () => (pressed = false));

  return {
    /** @param {Moment} next */
    render(next) {
      moment = next;
      const { entries, totalSteps } = next.timeline;
      const stale = drawn.entries !== entries.length || drawn.total !== totalSteps || drawn.run !== next.run.id;
      if (drawn.entries < 0) redraw();
      else if (stale && !timer) timer = window.setTimeout(redraw, Math.max(REDRAW_EVERY, 8 * drawn.cost));
      follow();
    },
    redraw,
    destroy() {
      clearTimeout(timer);
      plotly?.purge(plot);
      root.remove();
    },
  };
}

/** @param {number} panel */
const axisName = (panel) => (panel === 0 ? "y" : `y${panel + 1}`);

/**
 * @param {Line} line
 * @param {Moment} moment
 * @returns {number | null} the value at the cursor, or the last one measured before it
 */
function lastMeasured(line, { timeline, index }) {
  for (let i = index; i >= 0; i--) {
    const value = line.value(timeline.entries[i]);
    if (value !== undefined) return Number.isFinite(value) ? value : null;
  }
  return null;
}
