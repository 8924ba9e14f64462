/**
 * Expected against reproduced: a row per promise, each seed a dot on a tiny axis. Used by pages/experiment-figure.js.
 * @module
 */

import { seedStrip } from "./seed-strip.js";
import { make } from "../../ui/dom.js";
import { createSection } from "./section.js";
import { filmPath, isShare, measured, sign } from "./words.js";

/** @typedef {import("../../types").ExpectedRow} ExpectedRow */

const HEADS = ["what", "the paper says", "expected", "reproduced", "seeds", "verdict"];
const WORDS = { true: "within", false: "outside", null: "waiting" };

export function tableSection() {
  const section = createSection("Expected and reproduced", null);
  section.say("Each dot is a seed, the bar behind it the expected band, on an axis of its own kind: from 40 % or 0 to 100 % for accuracies, from 0 to 1 for cosines and silhouettes. A dot opens its film at that step.");
  const body = make("tbody");
  section.body.append(make("table", { class: "exp-table" }, make("caption", { class: "visually-hidden" }, "Expected and reproduced values"),
    make("thead", {}, make("tr", {}, ...HEADS.map((head) => make("th", { scope: "col" }, head)))), body));
  let drawn = "";
  return {
    element: section.element,
    /** @param {import("../../types").Experiment} experiment */
    update({ table }) {
      // Nothing new, nothing touched: focus stays on the dot that has it.
      const state = JSON.stringify(table);
      if (state === drawn) return;
      drawn = state;
      const focused = body.contains(document.activeElement) ? document.activeElement?.getAttribute("aria-label") : null;
      const alike = new Set(table.map(({ member, group }) => `${member}\n${group}`)).size === 1;
      body.replaceChildren(...table.map((row) => line(row, !alike)));
      if (focused) /** @type {HTMLElement | undefined} */ ([...body.querySelectorAll("a")].find((dot) => dot.getAttribute("aria-label") === focused))?.focus();
    },
  };
}

/** @param {ExpectedRow} row @param {boolean} several methods: then each row says whose value it is */
function line(row, several) {
  const { label, member, group, metric, step, low, high, paper, mean, deviation, ok } = row;
  const whose = several ? [member, group].filter(Boolean).join(", ") : "";
  const dots = row.values.flatMap(({ seed, run, value, ok: within }) => {
    if (run === null || value === null) return [];
    return [{ value, ok: within, href: filmPath(run, step), title: `${label}, ${whose ? `${whose}, ` : ""}seed ${seed}: ${measured(metric, value, 2)}${within === false ? ", outside" : ""}` }];
  });
  const lost = row.values.filter(({ value, ok: within }) => value === null && within === false).length;
  const spread = dots.length > 1 && deviation !== null ? ` ± ${measured(metric, deviation, 1)}` : "";
  const cell = (/** @type {number} */ i, /** @type {(Node | string)[]} */ ...children) => make("td", { "data-label": HEADS[i] }, ...children);
  return make("tr", {},
    make("th", { scope: "row" }, label, ...(whose ? [make("span", { class: "muted" }, ` ${whose}`)] : [])),
    cell(1, paper || "–"),
    cell(2, make("span", { class: "exp-nowrap" }, low === high ? bound(metric, low) : `${bound(metric, low)} to ${bound(metric, high)}`)),
    cell(3, make("span", { class: "exp-nowrap" }, mean === null ? "–" : `${measured(metric, mean)}${spread}`),
      ...(lost ? [make("span", { class: "small bad" }, ` ${lost} without a value`)] : [])),
    cell(4, seedStrip({ range: rangeOf(row), low, high, dots, label: `${label}: one dot per seed` })),
    cell(5, make("span", { class: `exp-verdict ${ok === null ? "muted" : ok ? "good" : "bad"}` },
      make("span", { "aria-hidden": "true" }, `${sign(ok)} `), WORDS[/** @type {"true" | "false" | "null"} */ (String(ok))])));
}

/** The end of a band, without digits that say nothing. @param {string} metric @param {number} value */
const bound = (metric, value) =>
  isShare(metric) ? `${Number((100 * value).toFixed(1))} %` : String(Number(value.toFixed(3))).replace("-", "−");

/** One axis for all rows of a kind, so that they can be compared. @param {ExpectedRow} row @returns {[number, number]} */
export function rangeOf({ metric, low, high, values }) {
  if (metric.includes("cosine") || metric === "silhouette" || metric === "cluster_share") return [0, 1];
  if (isShare(metric)) return low >= 0.4 && values.every(({ value }) => value === null || value >= 0.4) ? [0.4, 1] : [0, 1];
  const numbers = [low, high, ...values.flatMap(({ value }) => (value === null ? [] : [value]))];
  const room = 0.1 * (Math.max(...numbers) - Math.min(...numbers)) || 0.5;
  return [Math.min(...numbers) - room, Math.max(...numbers) + room];
}
