/**
 * Runs of an experiment as tables: all of a group of runs; and the films of a figure, methods by seeds. Used by the pages of
 * experiments.
 * @module
 */

import { at } from "../../ui/address.js";
import { count, make, setText } from "../../ui/dom.js";
import { outcome } from "../../film/status.js";
import { errorText, filmPath, linesOf, mainMetric, told } from "./words.js";

/** @typedef {import("../../types").Experiment} Experiment */
/** @typedef {import("../../types").Member} Member */

const SHOWN = 4; // metrics of a run in a list

/** @param {import("../../types").MemberRun} run @returns {string} "step 120 of 300" */
const placeOf = ({ step, total_steps: total }) => `step ${count(step)} of ${count(total)}`;

/** @param {Pick<Member, "run">} member @returns {string} what its run has come to */
export function stateOf({ run }) {
  if (!run) return "deleted";
  if (run.status === "running") return placeOf(run);
  return run.status === "paused" ? `paused at ${placeOf(run)}` : outcome(run);
}

/** All runs of a group of runs, in order. @param {Experiment} first @returns {import("./body.js").Part} */
export function runsPart(first) {
  const declared = first.display.metrics;
  const metrics = Object.keys(declared).filter((name) => declared[name].emphasis).slice(0, SHOWN);
  const metricTitle = (/** @type {string} */ name) => declared[name].title;
  const heads = ["run", "status", ...metrics.map(metricTitle), "emerged at step"];
  const lines = first.members.map(() => ({
    name: make("a", { class: "name" }), status: make("span", { class: "status" }), detail: make("span", { class: "small muted" }),
    values: metrics.map((metric) => make("td", { class: "number", "data-label": metricTitle(metric) })), emerged: make("td", { class: "number", "data-label": heads.at(-1) ?? "" }),
  }));
  const rows = lines.map(({ name, status, detail, values, emerged }) =>
    make("tr", {}, make("td", { class: "exp-row-name" }, name), make("td", { class: "exp-row-status" }, status, detail), ...values, emerged));
  const table = make("table", { class: "exp-list exp-runs" }, make("caption", { class: "visually-hidden" }, "Runs of this experiment"),
    make("thead", {}, make("tr", {}, ...heads.map((head, i) => make("th", { scope: "col", class: i > 1 ? "number" : "" }, head)))),
    make("tbody", {}, ...rows));
  return {
    element: make("section", { class: "exp-section", "aria-label": "Runs" }, table),
    update(experiment) {
      experiment.members.forEach((member, i) => {
        const line = lines[i];
        const { run } = member;
        if (run) line.name.href = at(filmPath(run.id));
        else line.name.removeAttribute("href");
        setText(line.name, run?.name ?? (member.label || "a deleted run"));
        line.status.dataset.status = run ? outcome(run) : "";
        setText(line.status, run ? outcome(run) : "deleted");
        setText(line.detail, run?.status === "running" || run?.status === "paused" ? ` ${placeOf(run)}` : errorText(run?.error ?? null));
        metrics.forEach((metric, k) => setText(line.values[k], told(run?.metrics?.[metric], declared[metric])));
        setText(line.emerged, told(run?.emergence_step, { unit: "count" }));
      });
    },
    destroy() {},
  };
}

/** Links to every film of a figure: a line for each method, a column for each seed. @param {Experiment} first */
export function filmsTable(first) {
  const lines = linesOf(first);
  const name = mainMetric(first);
  const metric = first.display.metrics[name];
  /** @type {Map<number, HTMLElement>} */
  const cells = new Map();
  const rows = lines.map(({ label, group, members }) =>
    make("tr", {}, make("th", { scope: "row" }, label, group ? make("span", { class: "muted" }, ` ${group}`) : ""),
      ...first.seeds.map((seed) => {
        const cell = make("td", { class: "number" });
        const member = members.find((one) => one.seed === seed);
        if (member) cells.set(member.position, cell);
        return cell;
      })));
  const table = make("table", { class: "exp-films" }, make("caption", { class: "visually-hidden" }, "Films, by method and seed"),
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "run"), ...first.seeds.map((seed) => make("th", { scope: "col", class: "number" }, `seed ${seed}`)))),
    make("tbody", {}, ...rows));
  return {
    element: make("div", { class: "exp-scroll", tabindex: "0", role: "region", "aria-label": "Films, by method and seed" }, table),
    /** @param {Experiment} experiment */
    update({ members }) {
      for (const member of members) {
        const cell = cells.get(member.position);
        if (!cell) continue;
        const over = member.run !== null && outcome(member.run) === "succeeded";
        const text = over ? told(member.run?.metrics?.[name], metric) : stateOf(member);
        if (cell.textContent === text) continue;
        const called = `Film of ${[member.label, member.group].filter(Boolean).join(", ")}, seed ${member.seed}: ${over ? `${metric?.title ?? name} ${text}` : text}`;
        const title = errorText(member.run?.error ?? null);
        cell.replaceChildren(member.run ? make("a", { href: filmPath(member.run.id), "aria-label": called, ...(title ? { title } : {}) }, text)
          : make("span", { class: "muted" }, text));
      }
    },
  };
}
