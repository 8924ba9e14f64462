/**
 * Words on a chart over steps: titles of panes, names and values at the ends of lines, references, what is expected, stages. They never overlap.
 * @import { Picture, StepsChart } from "../types-marks"
 */

import { count, make, setText, svg } from "../ui/dom.js";
import { theme } from "../ui/theme.js";
import { tokenColour } from "../display/colours.js";
import { lastIndex } from "./step-scale.js";
import { told, valueAt } from "./steps-plot.js";

const HEIGHT = 15; // px of a line of text that is 12 px large
export const GAP = 14; // px from the end of a line to its name
const NARROW = 360; // px; styles/views.css drops the values there
const MOST = 0.42; // of the width, for names

const pen = /** @type {CanvasRenderingContext2D} */ (make("canvas").getContext("2d"));
const textWidth = (/** @type {string} */ text) => {
  pen.font = `600 ${12 * theme().em}px ${theme().font}`;
  return pen.measureText(text).width;
};

/** @param {Picture} picture */
export function labelsOf({ panes, lines, references = [], labelsAtEdge = false }) {
  /** @type {Map<string, { press: HTMLElement, value: HTMLElement }>} */
  const written = new Map();
  let room = 0;

  return {
    /** @param {number} width of the chart @returns {number} room for the widest, and its value */
    widest: (width) => (room = Math.min(MOST * width, 2 + Math.max(0, ...lines.map(({ label }) => textWidth(width < NARROW ? label : `${label} −0.00–`)), ...references.map(({ text }) => textWidth(text))))),

    /**
     * @param {StepsChart} chart @param {HTMLElement} labels for names and titles @param {HTMLElement} layer for all else @param {boolean} compact
     * @param {(key: string) => void} onHide @param {(key: string | null) => void} onPoint
     */
    write(chart, labels, layer, compact, onHide, onPoint) {
      const { area, boxes, xOf, yOf, columns, hidden, part } = chart;
      const tall = HEIGHT * theme().em;
      const focused = /** @type {HTMLElement | null} */ (labels.querySelector(":focus"))?.dataset.key;
      const leaders = svg("svg", { class: "step-leaders" });
      labels.replaceChildren(leaders, ...panes.map(({ title }, i) => placed(make("div", { class: "step-title" }, title), area.left, boxes[i].top - tall - 3)));
      layer.replaceChildren(...promises(chart), ...beginnings(chart));
      if (compact) return;
      const right = area.left + area.width;
      const names = columns.flatMap(({ line, x, y }) => {
        let i = x.length - 1;
        while (i >= 0 && !(x[i] <= part[1] && Number.isFinite(y[i]))) i--;
        if (i < 0 || x[i] < part[0]) return [];
        return [{ line, text: line.label, x: labelsAtEdge ? right : xOf(x[i]), y: yOf(line.pane, y[i]) }];
      });
      const others = references.map(({ pane, value, text }) => ({ line: null, text, x: right, y: yOf(pane, value) }));
      // Names of a run that is still far from the right end need not make way for those of reference lines there.
      const apart = names.every(({ x }) => x < area.left + area.width / 2);
      for (const group of apart ? [names, others] : [[...names, ...others]]) {
        const shown = group.slice(0, Math.floor((area.height + tall * 1.5) / tall)); // the tip has the others
        const places = nudge(shown.map(({ y }) => y), tall, area.top - tall / 2, area.top + area.height + tall);
        shown.forEach(({ line, text, x, y }, i) => {
          const colour = line ? tokenColour(line.colour, theme()) : theme().colours.inkMuted;
          leaders.append(svg("path", { d: `M${x + 2} ${y}L${x + GAP - 3} ${places[i]}`, stroke: colour }));
          const label = line ? make("button", { type: "button", class: "step-label", tabindex: "-1", title: `${text}: press to hide or show it`, "data-key": line.key, "aria-pressed": String(!hidden.has(line.key)) }, make("span", {}, text)) : make("div", { class: "step-label", title: text }, make("span", {}, text));
          Object.assign(label.style, { color: colour, fontWeight: (line?.width ?? 0) > 2 ? "600" : "", maxWidth: `${room}px` });
          labels.append(placed(label, x + GAP, places[i] - tall / 2));
          if (!line) return;
          const value = make("span", { class: "step-value" });
          label.append(value);
          written.set(line.key, { press: label, value });
          label.addEventListener("click", () => onHide(line.key));
          for (const kind of ["pointerenter", "focus"]) label.addEventListener(kind, () => onPoint(line.key));
          for (const kind of ["pointerleave", "blur"]) label.addEventListener(kind, () => onPoint(null));
        });
      }
      if (focused) written.get(focused)?.press.focus();
    },

    /** @param {StepsChart} chart @param {number} at */
    follow({ columns, places }, at) {
      const before = places[Math.max(0, lastIndex(places, at) - 1)] ?? -Infinity; // older values are marked
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
}

/** Bars, beside each other where they would overlap. @param {StepsChart} chart */
function promises({ picture: { expected = [] }, part, scale, xOf, yOf }) {
  /** @type {Map<string, number>} */
  const taken = new Map();
  return expected.filter(({ x }) => x >= part[0] && x <= part[1]).map(({ pane, x, low, high, colour, text, missed }) => {
    const beside = taken.get(`${pane} ${x}`) ?? 0;
    taken.set(`${pane} ${x}`, beside + 1);
    const bar = make("div", { class: missed ? "step-expected is-missed" : "step-expected", title: text });
    bar.style.setProperty("--colour", tokenColour(colour, theme()));
    bar.style.height = `${yOf(pane, low) - yOf(pane, high) + 4}px`;
    return placed(bar, xOf(x) - 3 + (scale.to(x) > 0.5 ? -beside : beside) * 7, yOf(pane, high) - 2);
  });
}

/** @param {StepsChart} chart */
function beginnings({ picture: { stages = [] }, part, area: { left, top, width, height }, xOf }) {
  let free = left;
  return stages.filter(({ x }) => x >= part[0] && x <= part[1]).map(({ x, text }) => {
    const at = xOf(x);
    const words = make("span", {}, text);
    const wide = textWidth(text) + 8;
    const side = [at, at - wide].find((from) => from >= free && from + wide <= left + width); // right of its line, or left of it
    words.hidden = side === undefined;
    words.classList.toggle("is-left", side !== at);
    if (side !== undefined) free = side + wide;
    const mark = make("div", { class: "step-stage", title: `${text} begins at ${count(x)}` }, words);
    mark.style.height = `${height}px`;
    return placed(mark, at, top);
  });
}

/** @template {HTMLElement} T @param {T} element @param {number} x @param {number} y @returns {T} */
function placed(element, x, y) {
  element.style.translate = `${x}px ${y}px`;
  return element;
}

/** Keeps labels apart. @param {number[]} wanted centres @param {number} height of a label @param {number} top @param {number} bottom @returns {number[]} as close as fits */
export function nudge(wanted, height, top, bottom) {
  /** Labels that touch move as one block, centred on what its members wanted. @type {{ members: number[], centre: number }[]} */
  const blocks = [];
  const blockOf = (/** @type {number[]} */ members) => {
    const mean = members.reduce((sum, member) => sum + wanted[member], 0) / members.length;
    const half = (members.length * height) / 2;
    return { members, centre: Math.max(top + half, Math.min(bottom - half, mean)) };
  };
  for (const label of wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b] || a - b)) {
    let block = blockOf([label]);
    for (let above = blocks.at(-1); above && block.centre - above.centre < ((block.members.length + above.members.length) * height) / 2; above = blocks.at(-1)) {
      block = blockOf([...above.members, ...block.members]);
      blocks.pop();
    }
    blocks.push(block);
  }
  const places = blocks.flatMap(({ members, centre }) => members.map((member, i) => ({ member, at: centre + (i - (members.length - 1) / 2) * height })));
  return places.sort((a, b) => a.member - b.member).map(({ at }) => at);
}
