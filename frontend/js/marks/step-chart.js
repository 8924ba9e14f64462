/**
 * A chart over gradient steps: Plotly draws axes and lines, at most four times a second; the cursor, the veil over what is
 * still to come, labels at line ends and the values at the cursor are light elements above it. Used by curves.js, density.js
 * and shared-curves.js.
 * @module
 */

import { brief, count, make } from "../ui/dom.js";
import { plotlyConfig, plotlyReady } from "../ui/theme.js";
import { nudge } from "./nudge.js";
import { entriesOf, lastMeasured, layout, traces } from "./step-plot.js";
import { nearestIndex, stepScale } from "./step-scale.js";

/** @typedef {import("./step-plot.js").Panel} Panel */
/** @typedef {import("./step-plot.js").Line} Line */
/** @typedef {import("./step-plot.js").Picture} Picture */
/** @typedef {import("./step-plot.js").Box} Box */
/** @typedef {import("./step-plot.js").StepMoment} StepMoment */

const TITLE = 18; // px above each panel, for its title
const LABEL_HEIGHT = 15;
const NARROW = 360; // px; styles/views.css drops the values there
const REDRAW_EVERY = 250; // ms, or eight times what the last one took: the film goes first

/**
 * @template {StepMoment} M
 * @param {HTMLElement} element
 * @param {import("../types").ViewContext} context
 * @param {(moment: M) => Picture} compose called when there are new frames
 * @param {(chart: { box: (panel: number) => Box, scale: import("./step-scale.js").StepScale, layer: HTMLElement, under: HTMLElement }, moment: M) => void} [decorate] after each redraw
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

  /** @type {M | null} */
  let moment = null;
  /** @type {any} */
  let plotly = null;
  let drawn = { frames: -1, total: -1, run: "", cost: 0 };
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
    const { entries, totalSteps, frames } = moment.timeline;
    const capture = /** @type {{ spacing?: "linear" | "geometric" } | undefined} */ (moment.run.config.capture);
    scale = stepScale(capture?.spacing ?? "linear", totalSteps || (entries.at(-1)?.step ?? 1));
    panels = picture.panels;
    const widths = [
      ...picture.lines.map(({ label }) => textWidth(root.clientWidth < NARROW ? label : `${label} 0.00–`)),
      ...(picture.references ?? []).map(({ text }) => textWidth(text)),
    ];
    const right = 16 + Math.max(0, ...widths); // room for labels, and for their values
    area = { left: 32, top: TITLE, width: root.clientWidth - 32 - right, height: root.clientHeight - TITLE - 36 };
    const place = { width: root.clientWidth, height: root.clientHeight, area, span, scale };
    plotly.react(plot, traces(picture, moment, scale), layout(picture, place, context.theme.colours), { ...plotlyConfig, staticPlot: true });
    writeLabels(picture, moment);
    decorate?.({ box, scale, layer, under }, moment);
    follow();
    drawn = { frames: frames ?? entries.length, total: totalSteps, run: moment.run.id, cost: performance.now() - start };
  };

  /** @param {Picture} picture @param {M} now */
  const writeLabels = ({ lines, references = [], labelsAtEdge = false }, now) => {
    readouts.clear();
    labels.replaceChildren();
    leaders.replaceChildren();
    panels.forEach((panel, i) => {
      const name = add("step-title", labels);
      name.textContent = panel.title;
      name.style.translate = `${area.left}px ${box(i).top - TITLE}px`;
    });
    const ends = lines.flatMap((line) => {
      const last = entriesOf(line, now).findLast((entry) => Number.isFinite(line.value(entry)));
      if (!last) return [];
      const y = yOf(line.panel, /** @type {number} */ (line.value(last)));
      return [{ line, x: area.left + (labelsAtEdge ? 1 : scale.to(last.step)) * area.width, y }];
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
      const { value: number, since } = lastMeasured(line, moment);
      value.textContent = number === null ? "–" : brief(number);
      value.classList.toggle("is-old", since !== null);
      value.title = since === null ? "" : `measured at step ${count(since)}, not since`;
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
    /** @param {M} next */
    render(next) {
      moment = next;
      const { entries, totalSteps, frames = entries.length } = next.timeline;
      const stale = drawn.frames !== frames || drawn.total !== totalSteps || drawn.run !== next.run.id;
      if (drawn.frames < 0) redraw();
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
