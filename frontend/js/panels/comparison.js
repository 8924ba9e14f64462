/**
 * What a theory says of the run beside what was measured: predictions and measurements that events tell, and each statement with what it assumes.
 * @import { ComparisonShow, JsonObject, PanelMoment } from "../types"
 * @typedef {{ name: string, group: boolean, predicted: number | null, measured: number | null, deviation: number | null }} Item
 * @typedef {{ step: number, text: string, items: Item[] }} Found
 */

import { count, make, svg } from "../ui/dom.js";
import { short } from "../display/numbers.js";
import { spoken } from "../display/values.js";
import { roundNumbers } from "../marks/step-scale.js";
import { tickText } from "../marks/steps-plot.js";

const HEIGHT = 132;
const AREA = { left: 44, right: 4, top: 20, bottom: 22 };
const BETWEEN = 16; // px between what two events have found
const GROUP_SHARE = 0.42; // of its width, for those that are highlighted: there are few of them, and they matter

/** @type {import("../types").CreatePanel<ComparisonShow>} */
export const createPanel = (element, { show }, context) => {
  const chart = make("div", { class: "theory-chart" });
  const list = make("ol", { class: "theory-list" });
  element.append(chart, list);
  /** @type {PanelMoment | null} */
  let moment = null;
  let [drawn, width] = ["", element.clientWidth];
  /** @type {PanelMoment["theory"]} */
  let told = null;

  /** @param {PanelMoment} next */
  function render(next) {
    moment = next;
    const key = [next.run.id, next.run.events.length, width].join(" ");
    if (key !== drawn) {
      drawn = key;
      const found = foundBy(next, show);
      chart.hidden = found.length === 0;
      chart.replaceChildren(...(found.length ? [picture(found, width, context.theme.colours, show)] : []));
    }
    if (next.theory === told) return;
    told = next.theory;
    list.replaceChildren(...(told?.statements ?? []).map(statement));
  }

  return {
    render,
    resize() {
      width = element.clientWidth;
      if (moment) render(moment);
    },
    applies: (now) => (now.theory?.statements.length ?? 0) > 0 || foundBy(now, show).length > 0,
    destroy: () => element.replaceChildren(),
    caption(now) {
      const text = foundBy(now, show).map((found) => found.text.replace(/\.$/, "")).join("; ");
      return text && `${text[0].toUpperCase()}${text.slice(1)}.`;
    },
    table: (now) => table(now, show),
  };
};

/** @param {PanelMoment} moment @param {ComparisonShow} show @returns {Found[]} what events of the declared kind have found */
function foundBy({ run }, { event, list, name = "", group = "", predicted = "predicted", measured = "measured", deviation = "deviation" }) {
  return run.events.flatMap(({ step, kind, text, data }) => {
    if (kind !== event || !data) return [];
    const rows = /** @type {JsonObject[]} */ (list ? (data[list] ?? []) : [data]);
    const items = rows.map((row, i) => {
      const number = (/** @type {string} */ key) => (typeof row[key] === "number" ? row[key] : null);
      return { name: String(row[name] ?? i + 1), group: row[group] === true, predicted: number(predicted), measured: number(measured), deviation: number(deviation) };
    }).filter((item) => item.predicted !== null || item.measured !== null);
    return items.length ? [{ step, text, items }] : [];
  });
}

/** @param {Found[]} found @param {number} width @param {import("../types").Colours} colours @param {ComparisonShow} show @returns {SVGSVGElement} */
function picture(found, width, colours, { title = "", group: highlighted }) {
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
  const line = (/** @type {number} */ x1, /** @type {number} */ y1, /** @type {number} */ x2, /** @type {number} */ y2, /** @type {string} */ stroke, thick = 1) =>
    svg("line", { x1, y1, x2, y2, stroke, "stroke-width": thick });

  /** @param {Item} item @param {number} left @param {number} wide */
  function mark({ name, group, predicted, measured, deviation }, left, wide) {
    const x = left + wide / 2;
    const colour = group ? colours.positive : colours.background;
    if (predicted !== null) root.append(line(left, y(predicted), left + wide, y(predicted), colours.ink));
    if (measured === null) return;
    if (group && deviation !== null) root.append(line(x, y(measured - deviation), x, y(measured + deviation), colour, 1.25));
    const said = `${name}: ${short(measured)}${deviation === null ? "" : ` ± ${short(deviation)}`}${predicted === null ? "" : `, predicted ${short(predicted)}`}`;
    root.append(svg("circle", { cx: x, cy: y(measured), r: group ? 3 : 1.5, fill: colour }, svg("title", {}, said)));
  }

  const key = text(width - AREA.right, 11, "— predicted", "end", colours.ink);
  if (highlighted) key.prepend(svg("tspan", { fill: colours.positive }, `● ${spoken(highlighted)}  `));
  root.append(text(0, 11, title), key);
  for (const tick of roundNumbers(low, high, 3)) {
    root.append(line(AREA.left, y(tick), width - AREA.right, y(tick), colours.hairline), text(AREA.left - 6, y(tick) + 4, tickText(tick), "end"));
  }
  const each = (width - AREA.left - AREA.right - BETWEEN * (found.length - 1)) / found.length;
  found.forEach(({ step, items }, i) => {
    let left = AREA.left + i * (each + BETWEEN);
    root.append(text(left + each / 2, HEIGHT - 5, `step ${count(step)}`, "middle"));
    const parts = [items.filter(({ group }) => group), items.filter(({ group }) => !group)];
    const shares = parts.map((part, which) => (part.length === items.length ? 1 : part.length === 0 ? 0 : which === 0 ? GROUP_SHARE : 1 - GROUP_SHARE));
    parts.forEach((part, which) => {
      part.forEach((item, j) => mark(item, left + (j * shares[which] * each) / part.length, (shares[which] * each) / part.length));
      left += shares[which] * each;
    });
  });
  return root;
}

/** @param {import("../types").Statement} statement */
function statement({ title: name, formula, text, applies, assumptions, limits }) {
  const points = Object.entries({ "It assumes:": assumptions, "For this run:": limits }).filter(([, lines]) => lines.length > 0)
    .flatMap(([head, lines]) => [make("p", {}, head), make("ul", {}, ...lines.map((line) => make("li", {}, typeset(line))))]);
  return make("li", { class: applies ? "theory-item" : "theory-item is-off" },
    make("h3", {}, name, ...(applies ? [] : [make("span", { class: "theory-off" }, " · does not apply here")])),
    make("p", { class: "theory-formula" }, typeset(formula)), make("p", {}, typeset(text)),
    ...(points.length > 0 ? [make("details", {}, make("summary", {}, "assumptions and limits"), ...points)] : []));
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
function table(moment, { name = "place", group: highlighted, ...show }) {
  const found = foundBy(moment, { name, group: highlighted, ...show });
  if (found.length === 0) {
    return {
      columns: ["statement", "value", "applies here"],
      rows: (moment.theory?.statements ?? []).map(({ title, value, applies }) => [title, value ?? "–", applies ? "yes" : "no"]),
    };
  }
  return {
    columns: ["step", name, ...(highlighted ? [highlighted] : []), "predicted", "measured", "deviation"],
    rows: found.flatMap(({ step, items }) => items.map((item) =>
      [step, item.name, ...(highlighted ? [item.group ? "yes" : "no"] : []), item.predicted, item.measured, item.deviation])),
  };
}
