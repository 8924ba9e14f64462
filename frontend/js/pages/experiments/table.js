/**
 * Expected against reproduced: a row per promise, each seed a dot on a tiny axis. Used by pages/experiments/body.js.
 * @module
 */

import { rangeOf, seedStrip } from "./seed-strip.js";
import { csvOf, download } from "../../ui/carry.js";
import { button, make } from "../../ui/dom.js";
import { createSection } from "./section.js";
import { filmPath, sign, told } from "./words.js";

/** @typedef {import("../../types").ExpectedRow} ExpectedRow */

const HEADS = ["what", "the paper says", "expected", "reproduced", "seeds", "verdict"];
const WORDS = { true: "within", false: "outside", null: "waiting" };

/** @param {import("../../types").Experiment} first @returns {import("./body.js").Part} */
export function tablePart(first) {
  const { metrics } = first.display;
  const section = createSection("Expected and reproduced", null);
  const file = button("CSV", () => download(`${document.title} expected and reproduced.csv`, csv(latest)), { class: "button quiet", "aria-label": "CSV: Expected and reproduced", title: "A row for each seed, with all digits" });
  section.tools.append(file);
  /** @type {ExpectedRow[]} */
  let latest = [];
  section.say("Each dot is a seed, the bar behind it the expected band, on an axis of its own kind: shares from 40 % or 0 to 100 %. A dot opens its film at that step.");
  const body = make("tbody");
  section.body.append(make("table", { class: "exp-table" }, make("caption", { class: "visually-hidden" }, "Expected and reproduced values"),
    make("thead", {}, make("tr", {}, ...HEADS.map((head) => make("th", { scope: "col" }, head)))), body));
  let drawn = "";
  return {
    element: section.element,
    /** @param {import("../../types").Experiment} experiment */
    update({ table }) {
      latest = table;
      // Nothing new, nothing touched: focus stays on the dot that has it.
      const state = JSON.stringify(table);
      if (state === drawn) return;
      drawn = state;
      const focused = body.contains(document.activeElement) ? document.activeElement?.getAttribute("aria-label") : null;
      const alike = new Set(table.map(({ member, group }) => `${member}\n${group}`)).size === 1;
      body.replaceChildren(...table.map((row) => line(row, !alike, metrics[row.metric])));
      if (focused) /** @type {HTMLElement | undefined} */ ([...body.querySelectorAll("a")].find((dot) => dot.getAttribute("aria-label") === focused))?.focus();
    },
    destroy() {},
  };
}

/** @param {ExpectedRow[]} table @returns {string} */
const csv = (table) => csvOf({
  columns: ["what", "member", "group", "metric", "step", "low", "high", "paper", "seed", "value", "verdict"],
  rows: table.flatMap(({ label, member, group, metric, step, low, high, paper, values }) =>
    values.map(({ seed, value, ok }) => [label, member, group, metric, step, low, high, paper ?? "", seed, value, WORDS[/** @type {"true" | "false" | "null"} */ (String(ok))]])),
});

/** @param {ExpectedRow} row @param {boolean} several methods: then each row says whose value it is @param {import("../../types").Metric | undefined} metric */
function line(row, several, metric) {
  const { label, member, group, step, low, high, paper, mean, deviation, ok } = row;
  const whose = several ? [member, group].filter(Boolean).join(", ") : "";
  const dots = row.values.flatMap(({ seed, run, value, ok: within }) => {
    if (run === null || value === null) return [];
    return [{ value, ok: within, href: filmPath(run, step), title: `${label}, ${whose ? `${whose}, ` : ""}seed ${seed}: ${told(value, metric, 2)}${within === false ? ", outside" : ""}` }];
  });
  const lost = row.values.filter(({ value, ok: within }) => value === null && within === false).length;
  const spread = dots.length > 1 && deviation !== null ? ` ± ${told(deviation, metric, 1)}` : "";
  const cell = (/** @type {number} */ i, /** @type {(Node | string)[]} */ ...children) => make("td", { "data-label": HEADS[i] }, ...children);
  return make("tr", {},
    make("th", { scope: "row" }, label, ...(whose ? [make("span", { class: "muted" }, ` ${whose}`)] : [])),
    cell(1, paper || "–"),
    cell(2, make("span", { class: "exp-nowrap" }, low === high ? bound(metric, low) : `${bound(metric, low)} to ${bound(metric, high)}`)),
    cell(3, make("span", { class: "exp-nowrap" }, mean === null ? "–" : `${told(mean, metric)}${spread}`),
      ...(lost ? [make("span", { class: "small bad" }, ` ${lost} without a value`)] : [])),
    cell(4, seedStrip({ range: rangeOf(metric, [low, high, ...dots.map(({ value }) => value)]), low, high, dots, label: `${label}: one dot per seed` })),
    cell(5, make("span", { class: `exp-verdict ${ok === null ? "muted" : ok ? "good" : "bad"}` },
      make("span", { "aria-hidden": "true" }, `${sign(ok)} `), WORDS[/** @type {"true" | "false" | "null"} */ (String(ok))])));
}

/** The end of a band, without digits that say nothing. @param {import("../../types").Metric | undefined} metric @param {number} value */
const bound = (metric, value) =>
  metric?.unit === "share" ? `${Number((100 * value).toFixed(1))} %` : String(Number(value.toFixed(3))).replace("-", "−");

