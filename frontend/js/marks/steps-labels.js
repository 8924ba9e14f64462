/**
 * Words on a chart over steps: titles of panes, names and values at the ends of lines, references, what is expected, stages. They never overlap.
 * Used by steps.js only.
 * @typedef {import("./steps.js").Picture} Picture
 * @typedef {import("./steps.js").Box} Box
 * @typedef {import("./steps-plot.js").Column} Column
 */

import { count, make, setText } from "../ui/dom.js";
import { theme } from "../ui/theme.js";
import { tokenColour } from "../display/colours.js";
import { nudge } from "./nudge.js";
import { told, valueAt } from "./steps-plot.js";
import { svg } from "./svg.js";

const HEIGHT = 15; // px of a line of text
const GAP = 14; // px from the end of a line to its name
const NARROW = 360; // px; styles/views.css drops the values there
const MOST = 0.42; // of the width, for names

const pen = /** @type {CanvasRenderingContext2D} */ (make("canvas").getContext("2d"));
const textWidth = (/** @type {string} */ text) => {
  pen.font = `600 12px ${theme().font}`;
  return pen.measureText(text).width;
};

/** @param {Picture} picture */
export function labelsOf({ panes, lines, references = [], expected = [], stages = [], labelsAtEdge = false }) {
  /** @type {Map<string, { press: HTMLButtonElement, value: HTMLElement }>} */
  const written = new Map();
  let room = 0;

  return {
    /** @param {number} width of the chart @returns {number} room for the widest, and its value */
    widest: (width) => (room = Math.min(MOST * width, 2 + Math.max(0, ...lines.map(({ label }) => textWidth(width < NARROW ? label : `${label} −0.00–`)), ...references.map(({ text }) => textWidth(text))))),

    /**
     * @param {{ labels: HTMLElement, layer: HTMLElement, area: Box, box: (pane: number) => Box, yOf: (pane: number, value: number) => number, columns: Column[], hidden: Set<string>,
     *   part: [number, number], to: (x: number) => number, compact: boolean, onHide: (key: string) => void, onPoint: (key: string | null) => void }} on
     */
    write({ labels, layer, area, box, yOf, columns, hidden, part, to, compact, onHide, onPoint }) {
      const focused = /** @type {HTMLElement | null} */ (labels.querySelector(":focus"))?.dataset.key;
      const leaders = svg("svg", { class: "step-leaders" });
      labels.replaceChildren(leaders, ...panes.map(({ title }, i) => {
        const { left, top } = box(i);
        return placed(make("div", { class: "step-title" }, title), left, top - HEIGHT - 3);
      }));
      layer.replaceChildren(...promises(box, yOf, to), ...beginnings(area, to));
      if (compact) return;
      const right = area.left + area.width;
      const names = columns.flatMap(({ line, x, y }) => {
        let i = x.length - 1;
        while (i >= 0 && !(x[i] <= part[1] && Number.isFinite(y[i]))) i--;
        if (i < 0 || x[i] < part[0]) return [];
        return [{ line, text: line.label, x: labelsAtEdge ? right : area.left + to(x[i]) * area.width, y: yOf(line.pane, y[i]) }];
      });
      const others = references.map(({ pane, value, text }) => ({ line: null, text, x: right, y: yOf(pane, value) }));
      // Names of a run that is still far from the right end need not make way for those of reference lines there.
      const apart = names.every(({ x }) => x < area.left + area.width / 2);
      for (const group of apart ? [names, others] : [[...names, ...others]]) {
        const shown = group.slice(0, Math.floor((area.height + HEIGHT * 1.5) / HEIGHT)); // the tip has the others
        const places = nudge(shown.map(({ y }) => y), HEIGHT, area.top - HEIGHT / 2, area.top + area.height + HEIGHT);
        shown.forEach(({ line, text, x, y }, i) => {
          const colour = line ? tokenColour(line.colour, theme()) : theme().colours.inkMuted;
          leaders.append(svg("path", { d: `M${x + 2} ${y}L${x + GAP - 3} ${places[i]}`, stroke: colour }));
          const label = line ? make("button", { type: "button", class: "step-label", tabindex: "-1", title: `${text}: press to hide or show it`, "data-key": line.key, "aria-pressed": String(!hidden.has(line.key)) }, make("span", {}, text)) : make("div", { class: "step-label", title: text }, make("span", {}, text));
          Object.assign(label.style, { color: colour, fontWeight: (line?.width ?? 0) > 2 ? "600" : "", maxWidth: `${room}px` });
          labels.append(placed(label, x + GAP, places[i] - HEIGHT / 2));
          if (!line) return;
          const value = make("span", { class: "step-value" });
          label.append(value);
          written.set(line.key, { press: /** @type {HTMLButtonElement} */ (label), value });
          label.addEventListener("click", () => onHide(line.key));
          for (const kind of ["pointerenter", "focus"]) label.addEventListener(kind, () => onPoint(line.key));
          for (const kind of ["pointerleave", "blur"]) label.addEventListener(kind, () => onPoint(null));
        });
      }
      if (focused) written.get(focused)?.press.focus();
    },

    /** @param {Column[]} columns @param {number} at @param {number} before the place before that one: older values are marked */
    follow(columns, at, before) {
      for (const column of columns) {
        const value = written.get(column.line.key)?.value;
        if (!value) continue;
        const found = valueAt(column, at);
        const old = found !== null && found.x < before;
        setText(value, found?.value === null || !found ? "–" : told(found.value));
        value.classList.toggle("is-old", old);
        value.title = old ? `measured at step ${count(found.x)}, not since` : "";
      }
    },

    /** Moves the focus along the names. @param {number} by */
    walk(by) {
      const presses = [...written.values()].map(({ press }) => press);
      const at = presses.findIndex((press) => press === document.activeElement);
      presses[at < 0 ? (by > 0 ? 0 : presses.length - 1) : (at + by + presses.length) % presses.length]?.focus();
    },
  };

  /** Bars, beside each other where they would overlap. @param {(pane: number) => Box} box @param {(pane: number, value: number) => number} yOf @param {(x: number) => number} to */
  function promises(box, yOf, to) {
    /** @type {Map<string, number>} */
    const taken = new Map();
    return expected.flatMap(({ pane, x, low, high, colour, text, missed }) => {
      const share = to(x);
      if (share < 0 || share > 1) return [];
      const key = `${pane} ${x}`;
      const beside = taken.get(key) ?? 0;
      taken.set(key, beside + 1);
      const { left, width } = box(pane);
      const bar = make("div", { class: missed ? "step-expected is-missed" : "step-expected", title: text });
      bar.style.setProperty("--colour", tokenColour(colour, theme()));
      bar.style.height = `${yOf(pane, low) - yOf(pane, high) + 4}px`;
      return [placed(bar, left + share * width - 3 + (share > 0.5 ? -beside : beside) * 7, yOf(pane, high) - 2)];
    });
  }

  /** @param {Box} area @param {(x: number) => number} to */
  function beginnings({ left, top, width, height }, to) {
    let free = left;
    return stages.flatMap(({ x, text }) => {
      const share = to(x);
      if (share < 0 || share > 1) return [];
      const at = left + share * width;
      const words = make("span", {}, text);
      const wide = textWidth(text) + 8;
      const side = [at, at - wide].find((from) => from >= free && from + wide <= left + width); // right of its line, or left of it
      words.hidden = side === undefined;
      words.classList.toggle("is-left", side !== at);
      if (side !== undefined) free = side + wide;
      const mark = make("div", { class: "step-stage", title: `${text} begins at ${count(x)}` }, words);
      mark.style.height = `${height}px`;
      return [placed(mark, at, top)];
    });
  }
}

/** @template {HTMLElement} T @param {T} element @param {number} x @param {number} y @returns {T} */
function placed(element, x, y) {
  element.style.translate = `${x}px ${y}px`;
  return element;
}
