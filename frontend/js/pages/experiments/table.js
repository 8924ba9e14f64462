/**
 * What an experiment's page shows as tables: expected against reproduced, a row per promise with each seed a dot on a tiny axis; all
 * runs of a group of runs; and the films of a figure, methods by seeds.
 * @import { Experiment } from "../../types"
 * @import { Part } from "./section.js"
 * @typedef {{ value: number, href: string, title: string, ok: boolean | null }} Dot
 */

import { outcome } from "../../film/status.js";
import { count, make } from "../../ui/dom.js";
import { become } from "../shared/become.js";
import { createSection, tableOf } from "./section.js";
import { bound, filmPath, linesOf, mainMetric, metricOf, sign, told, toneOf } from "./words.js";

const HEADS = ["what", "the paper says", "expected", "reproduced", "seeds", "verdict"];
const SHOWN = 4; // metrics of a run in a list
const NEAR = 0.045; // of the width: closer dots would hide each other
const ROWS = [0, -1, 1, -2, 2]; // of dots that would
const ROW_PX = 7;
const verdictWord = (/** @type {boolean | null} */ ok) => (ok === null ? "waiting" : ok ? "within" : "outside");

/** @param {Experiment} first @returns {Part} */
export function tablePart(first) {
  let experiment = first;
  const section = createSection("Expected and reproduced", () => seedBySeed(experiment));
  const shown = section.body.appendChild(make("table"));
  return {
    element: section.element,
    update(next) {
      experiment = next;
      const alike = new Set(next.table.map(({ member, group }) => `${member}\n${group}`)).size === 1;
      become(shown, tableOf("exp-table", "Expected and reproduced values", HEADS, next.table.map((row) => promise(row, !alike, metricOf(next, row.metric)))));
      section.say("Each dot is a seed, the bar behind it the expected band, on an axis of its own kind: shares from 40 % or 0 to 100 %. A dot opens its film at that step.");
    },
  };
}

/** @param {Experiment} experiment @returns {import("./section.js").Numbers} a row for each seed */
const seedBySeed = ({ table }) => ({
  caption: "",
  columns: ["what", "member", "group", "metric", "step", "low", "high", "paper", "seed", "value", "verdict"],
  rows: table.flatMap(({ label, member, group, metric, step, low, high, paper, values }) =>
    values.map(({ seed, value, ok }) => [label, member, group, metric, step, low, high, paper ?? "", seed, value, verdictWord(ok)])),
});

/** @param {Experiment["table"][0]} row @param {boolean} several methods: then each row says whose value it is @param {import("../../types").Metric} metric */
function promise(row, several, metric) {
  const { label, member, group, step, low, high, paper, mean, deviation, ok } = row;
  const whose = several ? [member, group].filter(Boolean).join(", ") : "";
  const dots = row.values.flatMap(({ seed, run, value, ok: within }) => {
    if (run === null || value === null) return [];
    return [{ value, ok: within, href: filmPath(run, step), title: `${label}, ${whose ? `${whose}, ` : ""}seed ${seed}: ${told(value, metric, 2)}${within === false ? ", outside" : ""}` }];
  });
  const lost = row.values.filter(({ value, ok: within }) => value === null && within === false).length;
  const spread = dots.length > 1 && deviation !== null ? ` ± ${told(deviation, metric)}` : "";
  const whole = (/** @type {string} */ text) => make("span", { class: "exp-nowrap" }, text);
  const cells = [
    [paper || "–"],
    [whole(low === high ? bound(low, metric) : `${bound(low, metric)} to ${bound(high, metric)}`)],
    [whole(mean === null ? "–" : `${told(mean, metric)}${spread}`), ...(lost ? [make("span", { class: "small bad" }, ` ${lost} without a value`)] : [])],
    [seedStrip({ metric, low, high, dots, label: `${label}: one dot per seed` })],
    [make("span", { class: `exp-verdict ${toneOf(ok)}` }, make("span", { "aria-hidden": "true" }, `${sign(ok)} `), verdictWord(ok))],
  ];
  return make("tr", {}, make("th", { scope: "row" }, label, ...(whose ? [make("span", { class: "muted" }, ` ${whose}`)] : [])),
    ...cells.map((children, i) => make("td", { "data-label": HEADS[i + 1] }, ...children)));
}

/**
 * A tiny axis with a dot per seed, over the band that was expected; each dot is a link.
 * @param {{ metric: import("../../types").Metric, low?: number | undefined, high?: number | undefined, dots: Dot[], label: string }} strip
 */
export function seedStrip({ metric, low, high, dots, label }) {
  const band = low !== undefined && high !== undefined ? [low, high] : [];
  const [from, to] = rangeOf(metric, [...band, ...dots.map(({ value }) => value)]);
  const place = (/** @type {number} */ value) => Math.min(1, Math.max(0, (value - from) / (to - from)));
  const [left, right] = band.map(place);
  // A band as thin as a line is still to be seen.
  const style = `left: ${100 * left}%; width: max(3px, ${100 * (right - left)}%);${left > 0.97 ? " translate: -3px 0" : ""}`;
  /** Places taken so far, with their row. @type {{ x: number, row: number }[]} */
  const taken = [];
  const links = dots.map(({ value, href, title, ok }) => {
    const x = place(value);
    const row = ROWS.find((one) => !taken.some((other) => other.row === one && Math.abs(other.x - x) < NEAR)) ?? ROWS[taken.length % ROWS.length];
    taken.push({ x, row });
    return make("a", { class: "seed-dot", href, title, "aria-label": title, "data-ok": String(ok), style: `left: ${100 * x}%; top: calc(50% + ${row * ROW_PX}px)` });
  });
  return make("div", { class: "seed-strip", role: "group", "aria-label": label }, ...(band.length ? [make("span", { class: "seed-band", style })] : []), ...links);
}

/** One axis for all rows of a metric, so that they can be compared. @param {import("../../types").Metric} metric @param {number[]} numbers that lie on it */
function rangeOf({ unit, low, high }, numbers) {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  if (unit === "share") return [least >= 0.4 ? 0.4 : 0, 1];
  if (low !== null && high !== null) return [least >= 0 ? Math.max(0, low) : low, high];
  const room = 0.1 * (most - least) || 0.5;
  return [least - room, most + room];
}

/** @param {import("../../types").MemberRun} run @returns {string} "step 120 of 300" */
const placeOf = ({ step, total_steps: total }) => `step ${count(step)} of ${count(total)}`;

/** @param {import("../../types").MemberRun | null | undefined} run @returns {string} what it has come to */
export function stateOf(run) {
  if (!run) return "deleted";
  if (run.status === "running") return placeOf(run);
  return run.status === "paused" ? `paused at ${placeOf(run)}` : outcome(run);
}

/** All runs of a group of runs, in order. @returns {Part} */
export function runsPart() {
  const shown = make("table");
  return {
    element: make("section", { class: "exp-section", "aria-label": "Runs" }, shown),
    update({ members, display: { metrics } }) {
      const names = Object.keys(metrics).filter((name) => metrics[name].emphasis).slice(0, SHOWN);
      const heads = ["run", "status", ...names.map((name) => metrics[name].title), "emerged at step"];
      become(shown, tableOf("exp-list exp-runs", "Runs of this experiment", heads, members.map(({ run, label }) => {
        const status = run ? outcome(run) : "deleted";
        const detail = run?.status === "running" || run?.status === "paused" ? ` ${placeOf(run)}` : (run?.error?.message ?? "");
        const values = [...names.map((name) => told(run?.metrics?.[name], metrics[name])), told(run?.emergence_step, { unit: "count" })];
        return make("tr", {},
          make("td", { class: "exp-row-name" }, make("a", { class: "name", ...(run ? { href: filmPath(run.id) } : {}) }, run?.name ?? (label || "a deleted run"))),
          make("td", { class: "exp-row-status" }, make("span", { class: "status", "data-status": status }, status), make("span", { class: "small muted" }, detail)),
          ...values.map((value, i) => make("td", { class: "number", "data-label": heads[i + 2] }, value)));
      }), (i) => i > 1));
    },
  };
}

/** Links to every film of a figure: a line for each method, a column for each seed. @returns {Part} */
export function filmsPart() {
  const section = createSection("The films");
  const shown = make("table");
  section.body.append(make("div", { class: "exp-scroll", tabindex: "0", role: "region", "aria-label": "Films, by method and seed" }, shown));
  return {
    element: section.element,
    update(experiment) {
      const { seeds } = experiment;
      const name = mainMetric(experiment);
      const metric = metricOf(experiment, name);
      section.say(`Every run can be watched${name ? `: ${metric.title} at the end, for each seed` : ""}.`);
      become(shown, tableOf("exp-films", "Films, by method and seed", ["run", ...seeds.map((seed) => `seed ${seed}`)], linesOf(experiment).map(({ label, group, title, members }) =>
        make("tr", {}, make("th", { scope: "row" }, label, group ? make("span", { class: "muted" }, ` ${group}`) : ""), ...seeds.map((seed) => {
          const run = members.find((one) => one.seed === seed)?.run;
          if (run === undefined) return make("td", { class: "number" });
          const over = run !== null && outcome(run) === "succeeded";
          const text = over ? told(run.metrics?.[name], metric) : stateOf(run);
          const called = `Film of ${title}, seed ${seed}: ${over ? `${metric.title} ${text}` : text}`;
          /** @type {Record<string, string>} */
          const look = run ? { href: filmPath(run.id), "aria-label": called, title: run.error?.message ?? "" } : { class: "muted" };
          return make("td", { class: "number" }, make(run ? "a" : "span", look, text));
        }))), (i) => i > 0));
    },
  };
}

/** @param {Experiment} experiment @returns {Part[]} */
export function differencesPart({ differences }) {
  if (differences.length === 0) return [];
  const section = createSection("Where we differ from the paper");
  section.say("");
  section.body.append(make("ul", { class: "exp-differences" }, ...differences.map((sentence) => make("li", {}, sentence))));
  return [{ element: section.element }];
}
