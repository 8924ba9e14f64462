/**
 * Runs of an experiment as tables: all of a group of runs; and the films of a figure, methods by seeds. Used by the pages of
 * experiments.
 * @module
 */

import { at } from "../../ui/address.js";
import { count, make, setText } from "../../ui/dom.js";
import { kindOfMetrics, metricTitle } from "../../metrics.js";
import { outcome } from "../../film/status.js";
import { errorText, filmPath, measured } from "./words.js";

/** @typedef {import("../../types").Experiment} Experiment */
/** @typedef {import("../../types").Member} Member */

/** By kind of problem. */
const METRICS = { dictionary: ["test_accuracy", "signal_cosine_mean"], two_classes: ["test_accuracy", "cluster_share"], mixture: ["data_accuracy", "injected_accuracy"] };

/** @param {import("../../types").MemberRun} run @returns {string} "step 120 of 300" */
const placeOf = ({ step, total_steps: total }) => `step ${count(step)} of ${count(total)}`;

/** @param {Pick<Member, "run">} member @returns {string} what its run has come to */
export function stateOf({ run }) {
  if (!run) return "deleted";
  if (run.status === "running") return placeOf(run);
  return run.status === "paused" ? `paused at ${placeOf(run)}` : outcome(run);
}

/** @param {Experiment} first @returns {import("./experiment.js").Body} */
export function runsBody(first) {
  const metrics = METRICS[kindOfMetrics(first.members.flatMap(({ run }) => Object.keys(run?.metrics ?? {})))];
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
        metrics.forEach((metric, k) => setText(line.values[k], measured(metric, run?.metrics?.[metric])));
        setText(line.emerged, measured("emergence_step", run?.emergence_step));
      });
    },
    destroy() {},
  };
}

/**
 * Links to every film of a figure: a line for each method, a column for each seed.
 * @param {Experiment} first
 */
export function filmsTable(first) {
  const lines = linesOf(first.members);
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
    make("thead", {}, make("tr", {}, make("td"), ...first.seeds.map((seed) => make("th", { scope: "col", class: "number" }, `seed ${seed}`)))),
    make("tbody", {}, ...rows));
  return {
    element: make("div", { class: "exp-scroll", tabindex: "0", role: "region", "aria-label": "Films, by method and seed" }, table),
    /** @param {Experiment} experiment */
    update({ members }) {
      for (const member of members) {
        const cell = cells.get(member.position);
        if (!cell) continue;
        const over = member.run !== null && outcome(member.run) === "succeeded";
        const text = over ? measured("test_accuracy", member.run?.metrics?.test_accuracy) : stateOf(member);
        if (cell.textContent === text) continue;
        const name = `Film of ${[member.label, member.group].filter(Boolean).join(", ")}, seed ${member.seed}: ${over ? `test accuracy ${text}` : text}`;
        const title = errorText(member.run?.error ?? null);
        cell.replaceChildren(member.run ? make("a", { href: filmPath(member.run.id), "aria-label": name, ...(title ? { title } : {}) }, text)
          : make("span", { class: "muted" }, text));
      }
    },
  };
}

/** Members of one label and group, in order. @param {Member[]} members */
export function linesOf(members) {
  /** @type {Map<string, { label: string, group: string, members: Member[] }>} */
  const lines = new Map();
  for (const member of members) {
    const key = `${member.group}\n${member.label}`;
    const line = lines.get(key) ?? { label: member.label, group: member.group, members: [] };
    line.members.push(member);
    lines.set(key, line);
  }
  return [...lines.values()];
}
