/**
 * The chart of the page over gradient steps, or over another column: panes of lines with bands, references, what is expected, and stages. Plotly draws
 * axes and lines, at most four times a second; the cursor, the veil over what is still to come, names and values at the ends of lines are light elements
 * above it, for every frame.
 *
 * A press seeks, a drag zooms, a drag of the cursor or along the axis below seeks; a double click, or the button "Whole", shows all again. A press on the
 * name of a line hides it. What the reader has chosen are options: `zoom` "from~to", `steps` "log" or "linear", `log` "1" or "0" (the y axes), `hide`.
 * @import { Picture, StepsMoment } from "../types-marks"
 */

import { button, count, make, setText } from "../ui/dom.js";
import { onThemeChange, plotlyConfig, plotlyReady, theme } from "../ui/theme.js";
import { tokenColour } from "../display/colours.js";
import { short } from "../display/numbers.js";
import { followGestures } from "./pointer.js";
import { lastIndex, nearestIndex } from "./step-scale.js";
import { GAP, labelsOf } from "./steps-labels.js";
import { chartOf, layout, told, traces, valueAt } from "./steps-plot.js";

const NEAR = 6; // px from the cursor that take hold of it
const REDRAW_EVERY = 250; // ms, or eight times what the last one took: the film goes first
/** @type {Picture} */
const NOTHING = { panes: [], lines: [], x: { title: "", word: "", spacing: "linear", last: 1 } };

/**
 * @param {HTMLElement} element which it fills @param {import("../types-marks").StepsContext} context
 * @returns {{ render(moment: StepsMoment): void, redraw(): void, point(key: string | null): void, destroy(): void }} point: pales all other lines;
 *   the theme is followed by itself, a change of size is told by `redraw`
 */
export function createSteps(element, context) {
  const label = context.label ?? "Chart over steps";
  const layers = Object.fromEntries(["under", "plot", "over", "veil", "layer", "labels", "hovered", "cursor", "drag"].map((name) => [name, make("div", { class: `step-${name}` })]));
  const { under, plot, over, veil, layer, labels, hovered, cursor, drag } = layers;
  const [tip, wait, readout] = ["step-tip", "step-wait", "visually-hidden"].map((name) => make("div", { class: name }));
  plot.setAttribute("aria-hidden", "true");
  over.append(veil, layer, labels, hovered, cursor, drag);
  const root = make("div", { class: "step-chart", role: "group", tabindex: "0", "aria-label": `${label}: + and − zoom, 0 shows all, arrows up and down walk along the lines` },
    under, plot, over, tip, readout, wait);
  element.append(root);

  let moment = /** @type {StepsMoment | null} */ (null);
  let plotly = /** @type {any} */ (null);
  let timer = 0;
  let panes = 0; // as Plotly knows them
  let drawn = { stamp: "", options: "", cost: 0 };

  const option = (/** @type {string} */ key) => context.option?.(key) ?? null;
  const options = () => ["zoom", "steps", "log", "hide"].map(option).join(" ");
  const choose = (/** @type {string} */ key, /** @type {string | null} */ value) => {
    context.setOption?.(key, value);
    redraw();
  };
  let now = chartOf(NOTHING, option, 0, 0, 0);
  let names = labelsOf(NOTHING);

  const press = (/** @type {string} */ text, /** @type {string} */ title, /** @type {() => void} */ act) => button(text, act, { class: "button quiet", title, "aria-label": `${text}: ${label}`, hidden: "" });
  const buttons = {
    steps: press("log x", "Logarithmic steps", () => choose("steps", now.log === (now.picture.x.spacing === "geometric") ? (now.log ? "linear" : "log") : null)),
    log: press("log y", "Logarithmic values, where all are above 0", () => choose("log", buttons.log.getAttribute("aria-pressed") === "true" ? "0" : "1")),
    whole: press("Whole", "All steps again", () => choose("zoom", null)),
  };
  if (!context.compact) (context.controls ?? over).append(make("div", { class: "segments step-buttons", role: "group", "aria-label": "Axes" }, ...Object.values(buttons)));

  function ask() {
    wait.replaceChildren("…");
    plotlyReady().then((loaded) => {
      plotly = loaded;
      wait.replaceChildren();
      redraw();
    }, (error) => fail(error.message));
  }

  const fail = (/** @type {string} */ what) => wait.replaceChildren(make("p", {}, `${what}.`), button("Try again", ask));

  function redraw() {
    clearTimeout(timer);
    timer = 0;
    if (!moment || !plotly || root.clientWidth === 0) return;
    const start = performance.now();
    try {
      draw(moment.compose());
      wait.replaceChildren();
    } catch (error) {
      console.error(error);
      fail(`This chart could not be drawn: ${error instanceof Error ? error.message : error}`);
    }
    drawn = { stamp: moment.stamp, options: options(), cost: performance.now() - start };
    follow();
  }

  /** @param {Picture} picture */
  function draw(picture) {
    const { clientWidth: width, clientHeight: height } = root;
    const { compact = false } = context;
    names = labelsOf(picture);
    now = chartOf(picture, option, width, height, compact ? 8 : GAP + names.widest(width));
    const { axes, area, boxes, scale } = now;
    if (axes.length !== panes) plotly.purge(plot); // it keeps the layers of the panes that it was made with
    panes = axes.length;
    plotly.react(plot, traces(now), layout(now), { ...plotlyConfig, staticPlot: true });
    for (const [name, px] of Object.entries(area)) over.style.setProperty(`--step-${name}`, `${px}px`);
    names.write(now, labels, layer, compact, hide, point);
    context.decorate?.({ box: (pane) => boxes[pane], to: scale.to, layer, under });
    buttons.steps.hidden = picture.x.last <= 10;
    buttons.steps.setAttribute("aria-pressed", String(now.log));
    buttons.log.hidden = !axes.some(({ log, positive }, i) => log || positive || picture.panes[i].scale === "log");
    buttons.log.setAttribute("aria-pressed", String(axes.some(({ log }) => log)));
    buttons.whole.hidden = option("zoom") === null;
  }

  /** @param {string} key */
  function hide(key) {
    const hidden = new Set(now.hidden);
    if (!hidden.delete(key)) hidden.add(key);
    choose("hide", [...hidden].map(encodeURIComponent).join(",") || null);
  }

  /** @param {string | null} key of the line that stands out; null: all alike */
  function point(key) {
    const found = now.columns.findIndex(({ line }) => line.key === key);
    now.columns.forEach((_, i) => {
      for (const trace of plot.querySelectorAll(`.traceline-${i}, .traceline-${i}-band`)) /** @type {SVGElement} */ (trace).style.opacity = found < 0 || found === i ? "" : "0.15";
    });
  }

  /** @param {number} at all values there, or as last measured before */
  const valuesAt = (at) => now.columns.flatMap((column) => {
    const { line, x, low, high } = column;
    const found = now.hidden.has(line.key) ? null : valueAt(column, at);
    if (!found) return [];
    const i = lastIndex(x, at);
    const spread = low && high && low[i] < high[i] ? ` (${told(low[i])} to ${told(high[i])})` : "";
    const alike = now.columns.some((other) => other.line.label === line.label && other.line.pane !== line.pane);
    return [{ colour: line.colour, name: alike ? `${line.label}, ${now.picture.panes[line.pane].title}` : line.label, text: (found.value === null ? "not a number" : told(found.value)) + spread }];
  });
  const headOf = (/** @type {number} */ at) => `${now.picture.x.word} ${Number.isInteger(at) ? count(at) : short(at, 4)}`;

  /** Puts cursor, veil and values where the film is: cheap, for every frame. */
  function follow() {
    const at = moment?.at ?? null;
    const share = at === null ? NaN : now.scale.to(at);
    cursor.hidden = !(share >= 0 && share <= 1);
    veil.hidden = !(share <= 1);
    if (at === null) return;
    cursor.style.translate = `${now.xOf(at)}px`;
    veil.style.left = `${Math.max(now.area.left, now.xOf(at))}px`;
    names.follow(now, at);
    setText(readout, `${headOf(at)}: ${valuesAt(at).map(({ name, text }) => `${name} ${text}`).join(", ")}`);
  }

  /** @param {number} px of the element @returns {number} the place of the cursor that is nearest */
  const nearest = (px) => nearestIndex(now.places, now.scale.from(Math.min(1, Math.max(0, (px - now.area.left) / now.area.width))));

  /** Shows the values at a place that is pointed at. @param {number | null} px */
  function peek(px) {
    const place = px === null ? -1 : nearest(px);
    const at = place < 0 ? null : now.places[place];
    tip.hidden = hovered.hidden = at === null;
    context.onPeek?.(at, place);
    if (at === null) return;
    const x = now.xOf(at);
    hovered.style.translate = `${x}px`;
    tip.replaceChildren(make("strong", {}, headOf(at)), ...valuesAt(at).map(({ colour, name, text }) => {
      const row = make("span", {}, make("i", {}), `${name} `, make("b", {}, text));
      row.style.setProperty("--colour", tokenColour(colour, theme()));
      return row;
    }));
    Object.assign(tip.style, now.scale.to(at) < 0.5 ? { left: `${x + 10}px`, right: "" } : { left: "", right: `${now.width - x + 10}px` });
  }

  /** @param {number} px */
  function seek(px) {
    const place = nearest(px);
    if (place >= 0) context.onSeek?.(now.places[place], place);
  }

  /** @param {number} from @param {number} to */
  function zoomTo(from, to) {
    const { first = 0, last } = now.picture.x;
    const round = (/** @type {number} */ value) => Number(value.toPrecision(6));
    choose("zoom", from <= first && to >= last ? null : `${round(Math.max(first, from))}~${round(Math.min(last, to))}`);
  }

  let seeking = false;
  /** @param {{ x: number, y: number }} place at the cursor, or along the axis below */
  const seeks = ({ x, y }) => Boolean(context.onSeek && !cursor.hidden) && (Math.abs(x - now.xOf(moment?.at ?? 0)) <= NEAR || y > now.area.top + now.area.height);
  /** @param {{ x: number }[]} path @returns {number[]} both ends of the part that a drag goes over, within the axes */
  const ends = (path) => [path[0].x, path[path.length - 1].x].map((px) => Math.min(now.area.left + now.area.width, Math.max(now.area.left, px))).sort((a, b) => a - b);
  const stopGestures = followGestures(root, {
    press(place) {
      peek(null);
      seeking = seeks(place);
      if (seeking) seek(place.x);
    },
    hover(place, { pointerType, target }) {
      over.classList.toggle("is-seeking", place !== null && seeks(place));
      if (pointerType !== "touch") peek(place && !(/** @type {Element} */ (target).closest("button")) ? place.x : null);
    },
    drag(path) {
      drag.hidden = seeking || path.length === 0;
      if (path.length === 0) return;
      const [left, right] = ends(path);
      if (seeking) seek(path[path.length - 1].x);
      else Object.assign(drag.style, { left: `${left}px`, width: `${right - left}px` });
    },
    drop(path) {
      const [from, to] = ends(path).map((px) => now.scale.from((px - now.area.left) / now.area.width));
      if (!seeking && from < to) zoomTo(from, to);
    },
    click: ({ x }) => !seeking && seek(x),
    key({ key, ctrlKey, metaKey, altKey }) {
      if (ctrlKey || metaKey || altKey) return false;
      const { scale } = now;
      const middle = Math.min(1, Math.max(0, scale.to(moment?.at ?? scale.from(0.5))));
      const half = { "+": 0.25, "=": 0.25, "-": 1 }[key];
      const way = { ArrowDown: 1, ArrowUp: -1 }[key];
      if (half) zoomTo(scale.from(middle - half), scale.from(middle + half));
      else if (key === "0") choose("zoom", null);
      else if (way) names.walk(way);
      else return false;
      return true;
    },
  });
  root.addEventListener("dblclick", () => choose("zoom", null));

  const stopTheme = onThemeChange(redraw);
  tip.hidden = hovered.hidden = drag.hidden = true;

  return {
    render(next) {
      if (!moment) setTimeout(ask); // what needs no library is seen first: to take this one in holds up the page
      moment = next;
      if (drawn.options !== options()) redraw();
      else if (drawn.stamp !== next.stamp && !timer) timer = window.setTimeout(redraw, Math.max(REDRAW_EVERY, 8 * drawn.cost));
      follow();
    },
    redraw,
    point,
    destroy() {
      clearTimeout(timer);
      stopTheme();
      stopGestures();
      plotly?.purge(plot);
      root.remove();
    },
  };
}
