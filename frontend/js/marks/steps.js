/**
 * The chart of the page over gradient steps, or over another column: panes of lines with bands, references, what is expected, and stages. Plotly draws
 * axes and lines, at most four times a second; the cursor, the veil over what is still to come, names and values at the ends of lines are light elements
 * above it, for every frame.
 *
 * A press seeks, a drag zooms, a drag of the cursor or along the axis below seeks; a double click, or the button "Whole", shows all again. A press on the
 * name of a line hides it. What the reader has chosen are options: `zoom` "from~to", `steps` "log" or "linear", `log` "1" or "0" (the y axes), `hide`.
 *
 *     const chart = createSteps(element, { controls, option, setOption, onSeek, onPeek });
 *     chart.render({ stamp: `${run.id} ${rows.length}`, compose: () => picture, at: frame.step });
 *
 * @typedef {import("../types").Token} Token
 * @typedef {object} Pane one y axis; the panes stand below each other, over one x axis
 * @property {string} title with its unit
 * @property {number} [share] of the height, beside those of the others [1]
 * @property {readonly [number | null, number | null]} [range] null: fitted to what is drawn there [both]
 * @property {boolean} [exact] its ends are those of the axis, with no room beyond
 * @property {readonly number[]} [ticks] [round numbers]
 * @property {(value: number) => string} [format] of its ticks [digits that tell]
 * @property {"linear" | "log"} [scale] unless the reader chooses; a log axis leaves out what is not above 0
 *
 * @typedef {object} Line
 * @property {string} key that no other line has
 * @property {number} pane
 * @property {string} label at its end; the value at the cursor follows
 * @property {Token} colour
 * @property {number} [width] [1.25]
 * @property {"solid" | "dash" | "dot" | "dashdot"} [dash]
 * @property {ArrayLike<number>} x where it was measured, in the order of recording
 * @property {ArrayLike<number | null>} y beside x; null, NaN and infinite: a gap
 * @property {ArrayLike<number>} [low] with `high`, beside x: a band
 * @property {ArrayLike<number>} [high]
 *
 * @typedef {object} XAxis
 * @property {string} title "gradient steps"
 * @property {string} word before a value: "Step"
 * @property {"linear" | "geometric"} spacing geometric: log(1 + x), unless the reader chooses
 * @property {number} [first] [0]
 * @property {number} last
 *
 * @typedef {object} Picture
 * @property {Pane[]} panes
 * @property {Line[]} lines
 * @property {XAxis} x
 * @property {{ pane: number, value: number, text: string }[]} [references] dotted lines with their words
 * @property {{ pane: number, x: number, low: number, high: number, colour: Token, text: string, missed?: boolean }[]} [expected] what is promised for a step, as bars
 * @property {{ x: number, text: string }[]} [stages] what begins there
 * @property {ArrayLike<number>} [places] rising: where the cursor can be put [the x of all lines]
 * @property {boolean} [labelsAtEdge] of the chart rather than at the ends of lines: for runs that end at different steps
 *
 * @typedef {object} StepsContext a PanelContext is one; all may be missing
 * @property {HTMLElement} [controls] for its buttons [below the axis, at the right]
 * @property {boolean} [compact] no names and values at the ends of lines, no buttons
 * @property {string} [label] of the chart, for those who do not see it
 * @property {(key: string) => string | null} [option] kept by the chart itself, where the page does not
 * @property {(key: string, value: string | null) => void} [setOption]
 * @property {(x: number, place: number) => void} [onSeek] to one of `places`, and which
 * @property {(x: number | null, place?: number) => void} [onPeek]
 * @property {(at: { box: (pane: number) => Box, to: (x: number) => number, layer: HTMLElement, under: HTMLElement }) => void} [decorate] after each redraw: `to`: a share of the width
 *
 * @typedef {object} StepsMoment
 * @property {string} stamp differs when `compose` would give another picture
 * @property {() => Picture} compose
 * @property {number | null} at x of the cursor; null: none
 *
 * @typedef {{ left: number, top: number, width: number, height: number }} Box in pixels of the element
 */

import { button, count, make, setText } from "../ui/dom.js";
import { onThemeChange, plotlyConfig, plotlyReady, theme } from "../ui/theme.js";
import { tokenColour } from "../display/colours.js";
import { short } from "../display/numbers.js";
import { lastIndex, nearestIndex, stepScale } from "./step-scale.js";
import { across, columnOf, layout, told, traces, valueAt, yAxis } from "./steps-plot.js";
import { labelsOf } from "./steps-labels.js";
import { followPointer } from "./steps-pointer.js";

const TITLE = 18; // px above each pane, for its title
const AXIS = 36; // px below the last one
const LABEL_GAP = 14; // px from the end of a line to its name
const REDRAW_EVERY = 250; // ms, or eight times what the last one took: the film goes first

/**
 * @param {HTMLElement} element which it fills
 * @param {StepsContext} context
 * @returns {{ render(moment: StepsMoment): void, redraw(): void, point(key: string | null): void, destroy(): void }} point: pales all other lines;
 *   the theme is followed by itself, a change of size is told by `redraw`
 */
export function createSteps(element, context) {
  const layers = Object.fromEntries(["under", "plot", "over", "veil", "layer", "labels", "hovered", "cursor", "drag"].map((name) => [name, make("div", { class: `step-${name}` })]));
  const { under, plot, over, veil, layer, labels, hovered, cursor, drag } = layers;
  const tip = make("div", { class: "step-tip", hidden: "" });
  const readout = make("p", { class: "visually-hidden" });
  const wait = make("div", { class: "step-wait" });
  plot.setAttribute("aria-hidden", "true");
  over.append(veil, layer, labels, hovered, cursor, drag);
  const root = make("div", { class: "step-chart", role: "group", tabindex: "0", "aria-label": `${context.label ?? "Chart over steps"}: + and − zoom, 0 shows all, arrows up and down walk along the lines` },
    under, plot, over, tip, readout, wait);
  element.append(root);

  /** What the reader chose, where the page does not keep it. @type {Map<string, string>} */
  const kept = new Map();
  const option = (/** @type {string} */ key) => (context.option ? context.option(key) : (kept.get(key) ?? null));
  const choose = (/** @type {string} */ key, /** @type {string | null} */ value) => {
    if (context.setOption) context.setOption(key, value);
    else if (value === null) kept.delete(key);
    else kept.set(key, value);
    redraw();
  };

  /** @type {StepsMoment | null} */
  let moment = null;
  /** @type {any} */
  let plotly = null;
  let timer = 0;
  let drawn = { stamp: "", options: "", cost: 0 };
  /** @type {{ picture: Picture, columns: import("./steps-plot.js").Column[], places: ArrayLike<number>, hidden: Set<string>, part: [number, number], log: boolean, names: ReturnType<typeof labelsOf> } | null} */
  let now = null;
  let scale = stepScale("linear", 1);
  /** @type {Box} */
  let area = { left: 0, top: 0, width: 0, height: 0 };

  const options = () => ["zoom", "steps", "log", "hide"].map(option).join(" ");
  /** @param {Picture} picture @returns {[number, number]} what is seen of the x axis */
  const partOf = ({ x: { first = 0, last } }) => {
    const whole = /** @type {[number, number]} */ ([first, Math.max(last, first + 1e-9)]);
    const asked = (option("zoom") ?? "").split("~").map(Number);
    const [from, to] = asked.length === 2 && asked.every(Number.isFinite) ? asked.map((value) => Math.max(first, Math.min(last, value))) : whole;
    return from < to ? [from, to] : whole;
  };

  const label = context.label ?? "Chart over steps";
  const press = (/** @type {string} */ text, /** @type {string} */ title, /** @type {() => void} */ act) => button(text, act, { class: "button quiet", title, "aria-label": `${text}: ${label}`, hidden: "" });
  const buttons = {
    steps: press("log x", "Logarithmic steps", () => now && choose("steps", now.log === (now.picture.x.spacing === "geometric") ? (now.log ? "linear" : "log") : null)),
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

  /** @param {string} what */
  const fail = (what) => wait.replaceChildren(make("p", {}, `${what}.`), button("Try again", ask));

  /** @param {number} pane @returns {[number, number]} its top and bottom as shares of the height */
  const span = (pane) => {
    const panes = now?.picture.panes ?? [];
    const gap = (TITLE + 6) / area.height;
    const shares = panes.map(({ share = 1 }) => share);
    const unit = (1 - gap * (panes.length - 1)) / shares.reduce((sum, share) => sum + share, 0);
    const top = shares.slice(0, pane).reduce((sum, share) => sum + share * unit + gap, 0);
    return [top, top + shares[pane] * unit];
  };
  /** @param {number} pane @returns {Box} */
  const box = (pane) => {
    const [top, bottom] = span(pane);
    return { ...area, top: area.top + top * area.height, height: (bottom - top) * area.height };
  };

  let panes = 0; // as Plotly knows them

  function redraw() {
    clearTimeout(timer);
    timer = 0;
    if (!moment || !plotly || root.clientWidth === 0) return;
    const start = performance.now();
    try {
      draw(moment);
    } catch (error) {
      console.error(error);
      fail(`This chart could not be drawn: ${error instanceof Error ? error.message : error}`);
    }
    drawn = { stamp: moment.stamp, options: options(), cost: performance.now() - start };
    follow();
  }

  /** @param {StepsMoment} next */
  function draw(next) {
    const { colours } = theme();
    const picture = next.compose();
    const hidden = new Set((option("hide") ?? "").split(",").filter(Boolean).map(decodeURIComponent));
    const part = partOf(picture);
    const wish = option("steps");
    const log = wish === "log" || (wish === null && picture.x.spacing === "geometric");
    scale = stepScale(log ? "geometric" : "linear", picture.x.last, part);
    const columns = picture.lines.map(columnOf);
    const places = picture.places ?? [...new Set(columns.flatMap(({ x }) => Array.from(x)))].sort((a, b) => a - b);
    area = { left: 40, top: TITLE, width: 1, height: Math.max(1, root.clientHeight - TITLE - AXIS) };
    now = { picture, columns, places, hidden, part, log, names: labelsOf(picture) };
    const { references = [], expected = [] } = picture;
    const axes = picture.panes.map((pane, i) => yAxis(pane, (function* () {
      for (const { line, x, y, low, high } of columns) {
        if (line.pane !== i || hidden.has(line.key)) continue;
        for (let at = Math.max(0, lastIndex(x, part[0])); at < x.length && x[at] <= part[1]; at++) yield* low && high ? [low[at], high[at], y[at]] : [y[at]];
      }
      for (const one of references) if (one.pane === i) yield one.value;
      for (const one of expected) if (one.pane === i) yield* [one.low, one.high];
    })(), /** @type {"0" | "1" | null} */ (option("log")), Math.max(1, Math.min(5, Math.floor(box(i).height / 32)))));
    const right = context.compact ? 8 : LABEL_GAP + now.names.widest(root.clientWidth);
    area.width = Math.max(40, root.clientWidth - area.left - right);
    const lines = columns.flatMap((column, i) => (hidden.has(column.line.key) ? [] : [{ column, name: `line-${i}`, colour: tokenColour(column.line.colour, theme()), axis: axes[column.line.pane] }]));
    if (picture.panes.length !== panes) plotly.purge(plot); // it keeps the layers of the panes that it was made with
    panes = picture.panes.length;
    plotly.react(plot, [...across(references, axes, colours.line), ...traces(lines, picture.panes.length, scale, area.width)], layout(picture, axes, { width: root.clientWidth, height: root.clientHeight, area, span, scale }, colours), { ...plotlyConfig, staticPlot: true });
    wait.replaceChildren();
    /** @param {number} pane @param {number} value @returns {number} pixels from the top of the element */
    const yOf = (pane, value) => {
      const { top, height } = box(pane);
      const { bend, bottom, top: most } = axes[pane];
      const bent = bend(value);
      return top + (1 - (Math.min(most, Math.max(bottom, Number.isNaN(bent) ? bottom : bent)) - bottom) / (most - bottom)) * height;
    };
    now.names.write({ labels, layer, area, box, yOf, columns, hidden, part, to: scale.to, compact: context.compact ?? false, onHide: hide, onPoint: point });
    context.decorate?.({ box, to: scale.to, layer, under });
    buttons.steps.hidden = picture.x.last <= 10;
    buttons.steps.setAttribute("aria-pressed", String(log));
    buttons.log.hidden = !axes.some(({ log: one, positive }, i) => one || positive || picture.panes[i].scale === "log");
    buttons.log.setAttribute("aria-pressed", String(axes.some((axis) => axis.log)));
    buttons.whole.hidden = option("zoom") === null;
  }

  /** @param {string} key */
  function hide(key) {
    if (!now) return;
    const hidden = new Set(now.hidden);
    if (!hidden.delete(key)) hidden.add(key);
    choose("hide", [...hidden].map(encodeURIComponent).join(",") || null);
  }

  /** @param {string | null} key of the line that stands out; null: all alike */
  function point(key) {
    const found = now?.columns.findIndex(({ line }) => line.key === key) ?? -1;
    now?.columns.forEach((_, i) => {
      for (const trace of plot.querySelectorAll(`.traceline-${i}, .traceline-${i}-band`)) /** @type {SVGElement} */ (trace).style.opacity = found < 0 || found === i ? "" : "0.15";
    });
  }

  /** @param {number} at @returns {{ colour: Token, label: string, text: string }[]} all values there, or as last measured before */
  const valuesAt = (at) => (now?.columns ?? []).flatMap((column) => {
    const { line, x, low, high } = column;
    const found = now?.hidden.has(line.key) ? null : valueAt(column, at);
    if (!found) return [];
    const i = lastIndex(x, at);
    const spread = low && high && low[i] < high[i] ? ` (${told(low[i])} to ${told(high[i])})` : "";
    const alike = now?.columns.some((other) => other.line.label === line.label && other.line.pane !== line.pane);
    return [{ colour: line.colour, label: alike ? `${line.label}, ${now?.picture.panes[line.pane].title}` : line.label, text: (found.value === null ? "not a number" : told(found.value)) + spread }];
  });
  const headOf = (/** @type {number} */ at) => `${now?.picture.x.word ?? ""} ${Number.isInteger(at) ? count(at) : short(at, 4)}`;

  /** Puts cursor, veil and values where the film is: cheap, for every frame. */
  function follow() {
    const at = moment?.at ?? null;
    const share = at === null ? NaN : scale.to(at);
    cursor.hidden = !(share >= 0 && share <= 1);
    veil.hidden = at === null || share > 1;
    if (at === null || !now) return;
    const x = area.left + Math.max(0, share) * area.width;
    cursor.style.translate = `${x}px ${area.top}px`;
    cursor.style.height = `${area.height}px`;
    Object.assign(veil.style, { left: `${x}px`, width: `${Math.max(0, area.left + area.width + 6 - x)}px`, height: `${area.top + area.height + 1}px` });
    const before = now.places[Math.max(0, lastIndex(now.places, at) - 1)] ?? -Infinity;
    now.names.follow(now.columns, at, before);
    setText(readout, `${headOf(at)}: ${valuesAt(at).map(({ label, text }) => `${label} ${text}`).join(", ")}`);
  }

  /** The values at a place that is pointed at. @param {number | null} at */
  function hover(at) {
    tip.hidden = hovered.hidden = at === null;
    if (at === null) return;
    const share = scale.to(at);
    hovered.style.translate = `${area.left + share * area.width}px ${area.top}px`;
    hovered.style.height = `${area.height}px`;
    tip.replaceChildren(make("strong", {}, headOf(at)), ...valuesAt(at).map(({ colour, label, text }) => {
      const row = make("span", {}, make("i", {}), `${label} `, make("b", {}, text));
      row.style.setProperty("--colour", tokenColour(colour, theme()));
      return row;
    }));
    const x = area.left + share * area.width;
    Object.assign(tip.style, share < 0.5 ? { left: `${x + 10}px`, right: "" } : { left: "", right: `${root.clientWidth - x + 10}px` });
  }

  const nearest = (/** @type {number} */ px) => nearestIndex(now?.places ?? [], scale.from(Math.min(1, Math.max(0, (px - area.left) / area.width))));
  followPointer(over, drag, {
    area: () => area,
    cursor: () => (cursor.hidden || moment?.at === null || !context.onSeek ? null : area.left + scale.to(moment?.at ?? 0) * area.width),
    seek(px) {
      const place = nearest(px);
      if (now && place >= 0) context.onSeek?.(now.places[place], place);
    },
    hover(px) {
      const place = px === null ? -1 : nearest(px);
      const at = place < 0 || !now ? null : now.places[place];
      hover(at);
      context.onPeek?.(at, place);
    },
    zoom: (left, right) => zoomTo(scale.from(Math.max(0, (left - area.left) / area.width)), scale.from(Math.min(1, (right - area.left) / area.width))),
    whole: () => choose("zoom", null),
  });

  /** @param {number} from @param {number} to */
  function zoomTo(from, to) {
    if (!now) return;
    const { first = 0, last } = now.picture.x;
    const round = (/** @type {number} */ value) => Number(value.toPrecision(6));
    choose("zoom", from <= first && to >= last ? null : `${round(Math.max(first, from))}~${round(Math.min(last, to))}`);
  }

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !now) return;
    const middle = Math.min(1, Math.max(0, scale.to(moment?.at ?? scale.from(0.5))));
    const half = { "+": 0.25, "=": 0.25, "-": 1 }[event.key];
    if (half) zoomTo(scale.from(middle - half), scale.from(middle + half));
    else if (event.key === "0") choose("zoom", null);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") now.names.walk(event.key === "ArrowDown" ? 1 : -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const stopTheme = onThemeChange(redraw);
  hover(null);
  ask();

  return {
    render(next) {
      moment = next;
      const chosen = drawn.options !== options();
      if (chosen || drawn.stamp === "") redraw();
      else if (drawn.stamp !== next.stamp && !timer) timer = window.setTimeout(redraw, Math.max(REDRAW_EVERY, 8 * drawn.cost));
      follow();
    },
    redraw,
    point,
    destroy() {
      clearTimeout(timer);
      stopTheme();
      plotly?.purge(plot);
      root.remove();
    },
  };
}
