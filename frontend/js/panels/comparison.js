/**
 * What a theory says of the run beside what was measured: predictions and measurements that events tell, and each statement with what it assumes.
 * @typedef {import("../types").PanelMoment} PanelMoment
 * @typedef {import("../types").ComparisonShow} ComparisonShow
 * @typedef {{ name: string, group: boolean, predicted: number | null, measured: number | null, deviation: number | null }} Item
 * @typedef {{ step: number, text: string, items: Item[] }} Found
 */

import { count, make } from "../ui/dom.js";
import { short } from "../display/numbers.js";
import { roundNumbers } from "../marks/step-scale.js";
import { tickText } from "../marks/steps-plot.js";
import { svg } from "../marks/svg.js";

const HEIGHT = 132;
const AREA = { left: 44, right: 4, top: 20, bottom: 22 };
const BETWEEN = 16; // px between what two events have found
const GROUP_SHARE = 0.42; // of its width, for those that are highlighted: there are few of them, and they matter

/** @type {import("../types").CreatePanel<ComparisonShow>} */
export const createPanel = (element, { show }, context) => {
  const chart = make("div", { class: "theory-chart" });
  const list = make("ol", { class: "theory-list" });
  element.replaceChildren(chart, list);
  /** @type {PanelMoment | null} */
  let moment = null;
  let drawn = "";
  let width = element.clientWidth; // kept: to measure with every frame is to lay out the page
  /** @type {PanelMoment["theory"]} */
  let told = null;

  function drawChart() {
    if (!moment) return;
    const found = foundBy(moment, show);
    const key = JSON.stringify([found.map(({ step }) => step), moment.run.id, width]);
    if (key === drawn) return;
    drawn = key;
    chart.hidden = found.length === 0;
    chart.replaceChildren(...(found.length ? [picture(found, width, context.theme.colours, show)] : []));
  }

  return {
    render(next) {
      moment = next;
      drawChart();
      if (next.theory === told) return;
      told = next.theory;
      list.replaceChildren(...(told?.statements ?? []).map(statement));
    },
    resize() {
      width = element.clientWidth;
      drawChart();
    },
    applies: (now) => (now.theory?.statements.length ?? 0) > 0 || foundBy(now, show).length > 0,
    destroy: () => element.replaceChildren(),
    caption: (now) => sentence(foundBy(now, show).map(({ text }) => text.replace(/\.$/, ""))),
    table: (now) => table(now, show),
  };
};

/** @param {PanelMoment} moment @param {ComparisonShow} show @returns {Found[]} what events of the declared kind have found */
function foundBy({ run }, show) {
  return run.events.flatMap(({ step, kind, text, data }) => {
    if (kind !== show.event || !data) return [];
    const rows = show.list ? data[show.list] : [data];
    const items = (Array.isArray(rows) ? rows : []).filter((row) => row !== null && typeof row === "object" && !Array.isArray(row))
      .map((row, i) => itemOf(/** @type {import("../types").JsonObject} */ (row), show, i)).filter(({ predicted, measured }) => predicted !== null || measured !== null);
    return items.length ? [{ step, text, items }] : [];
  });
}

/** @param {string[]} parts @returns {string} */
const sentence = ([first, ...more]) => (first ? `${[first[0].toUpperCase() + first.slice(1), ...more].join("; ")}.` : "");

/** @param {import("../types").JsonObject} row @param {ComparisonShow} show @param {number} place @returns {Item} */
function itemOf(row, { name, group, predicted = "predicted", measured = "measured", deviation = "deviation" }, place) {
  const number = (/** @type {string} */ key) => (typeof row[key] === "number" && Number.isFinite(row[key]) ? row[key] : null);
  return { name: String((name && row[name]) ?? place + 1), group: group !== undefined && row[group] === true, predicted: number(predicted), measured: number(measured), deviation: number(deviation) };
}

/** @param {Found[]} found @param {number} width @param {import("../types").Colours} colours @param {ComparisonShow} show @returns {SVGSVGElement} */
function picture(found, width, colours, { title = "", group: highlighted = "" }) {
  const root = svg("svg", { width, height: HEIGHT, role: "img", "aria-label": `${title || "Values"}: predicted and measured; the table has the numbers` });
  const values = found.flatMap(({ items }) => items.flatMap(({ group, predicted, measured, deviation }) => {
    const spread = group ? (deviation ?? 0) : 0;
    return [predicted ?? 0, (measured ?? 0) - spread, (measured ?? 0) + spread];
  }));
  const [low, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  const high = most > low ? most : low + 1;
  const y = (/** @type {number} */ value) => AREA.top + (1 - (value - low) / (high - low)) * (HEIGHT - AREA.top - AREA.bottom);
  const text = (/** @type {number} */ x, /** @type {number} */ at, /** @type {string} */ words, anchor = "start", fill = colours.inkMuted) =>
    svg("text", { x, y: at, fill, "text-anchor": anchor, class: "theory-text" }, words);
  const key = text(width - AREA.right, 11, "— predicted", "end", colours.ink);
  if (highlighted) key.prepend(svg("tspan", { fill: colours.positive }, `● ${highlighted.replaceAll("_", " ")}  `));
  root.append(text(0, 11, title), key);
  for (const tick of roundNumbers(low, high, 3)) {
    root.append(svg("line", { x1: AREA.left, x2: width - AREA.right, y1: y(tick), y2: y(tick), stroke: colours.hairline }), text(AREA.left - 6, y(tick) + 4, tickText(tick), "end"));
  }
  const each = (width - AREA.left - AREA.right - BETWEEN * (found.length - 1)) / found.length;
  found.forEach(({ step, items }, i) => {
    const left = AREA.left + i * (each + BETWEEN);
    const parts = [items.filter(({ group }) => group), items.filter(({ group }) => !group)];
    const split = parts.every((part) => part.length > 0) ? GROUP_SHARE : parts[0].length > 0 ? 1 : 0;
    parts.forEach((part, which) => {
      const from = left + (which === 0 ? 0 : split * each);
      const wide = ((which === 0 ? split : 1 - split) * each) / Math.max(1, part.length);
      part.forEach((item, j) => root.append(...marks(item, from + j * wide, wide, y, which === 0 ? colours.positive : colours.background, colours.ink)));
    });
    root.append(text(left + each / 2, HEIGHT - 5, `step ${count(step)}`, "middle"));
  });
  return root;
}

/** @param {Item} item @param {number} left @param {number} wide @param {(value: number) => number} y @param {string} colour @param {string} ink */
function marks({ name, group, predicted, measured, deviation }, left, wide, y, colour, ink) {
  const x = left + wide / 2;
  const line = predicted === null ? [] : [svg("line", { x1: left, x2: left + wide, y1: y(predicted), y2: y(predicted), stroke: ink, "stroke-width": 1 })];
  if (measured === null) return line;
  const spread = group && deviation !== null ? [svg("line", { x1: x, x2: x, y1: y(measured - deviation), y2: y(measured + deviation), stroke: colour, "stroke-width": 1.25 })] : [];
  const said = `${name}: ${short(measured)}${deviation === null ? "" : ` ± ${short(deviation)}`}${predicted === null ? "" : `, predicted ${short(predicted)}`}`;
  return [...line, ...spread, svg("circle", { cx: x, cy: y(measured), r: group ? 3 : 1.5, fill: colour }, svg("title", {}, said))];
}

/** @param {import("../types").Statement} statement */
function statement({ title: name, formula, text, applies, assumptions, limits }) {
  const head = make("h3", {}, name);
  if (!applies) head.append(make("span", { class: "theory-off" }, " · does not apply here"));
  const lines = (/** @type {string[]} */ items) => items.map((item) => make("li", {}, typeset(item)));
  const more = make("details", {}, make("summary", {}, "assumptions and limits"));
  if (assumptions.length) more.append(make("p", {}, "It assumes:"), make("ul", {}, ...lines(assumptions)));
  if (limits.length) more.append(make("p", {}, "For this run:"), make("ul", {}, ...lines(limits)));
  return make("li", { class: applies ? "theory-item" : "theory-item is-off" }, head,
    make("p", { class: "theory-formula" }, typeset(formula)), make("p", {}, typeset(text)),
    ...(assumptions.length + limits.length > 0 ? [more] : []));
}

/**
 * Indices and powers as in print: `w_i`, `2^k`, `x^{1/3}`.
 * @param {string} text
 * @returns {DocumentFragment}
 */
export function typeset(text) {
  const fragment = document.createDocumentFragment();
  for (const part of text.split(/([_^](?:\{[^}]*\}|[\p{L}\d]+))/u)) {
    const mark = part[0] === "_" ? "sub" : part[0] === "^" ? "sup" : null;
    fragment.append(mark && part.length > 1 ? make(mark, {}, part.slice(1).replace(/^\{|\}$/g, "")) : part);
  }
  return fragment;
}

/** @param {PanelMoment} moment @param {ComparisonShow} show @returns {import("../types").TableData} */
function table(moment, show) {
  const found = foundBy(moment, show);
  if (found.length === 0) {
    return {
      columns: ["statement", "value", "applies here"],
      rows: (moment.theory?.statements ?? []).map(({ title: name, value, applies }) => [name, value ?? "–", applies ? "yes" : "no"]),
    };
  }
  return {
    columns: ["step", show.name ?? "place", ...(show.group ? [show.group] : []), "predicted", "measured", "deviation"],
    rows: found.flatMap(({ step, items }) => items.map(({ name, group, predicted, measured, deviation }) =>
      [step, name, ...(show.group ? [group ? "yes" : "no"] : []), predicted, measured, deviation])),
  };
}
