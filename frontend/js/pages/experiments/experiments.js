/**
 * The experiments: figures, sweeps and groups of runs, newest first, live while one of them runs.
 * @module
 */

import { ApiError, cancelExperiment, deleteExperiment, getCatalog, getDataSets, listExperiments } from "../../net/api.js";
import { button, make } from "../../ui/dom.js";
import { confirmCancel, confirmDelete } from "./delete.js";
import { experimentCards } from "../experiment-cards.js";
import { createExperimentRow } from "./row.js";
import { PagedList } from "../paged-list.js";

/** @typedef {import("../../types").ExperimentSummary} ExperimentSummary */

const MOST = 100; // experiments in one answer
const HEADS = ["experiment", "status", "result", "started", "actions"];

/** @type {import("../../types").Page} */
export function experimentsPage(element, { navigate, setTitle, signal }) {
  setTitle("Experiments · Emergescope");
  /** @type {Map<string, ReturnType<typeof createExperimentRow>>} */
  const rows = new Map();
  const list = /** @type {PagedList<ExperimentSummary>} */ (new PagedList(listExperiments, MOST));
  const body = make("tbody");
  const table = make("table", { class: "exp-list" }, make("caption", { class: "visually-hidden" }, "Experiments"),
    make("thead", {}, make("tr", {}, ...HEADS.map((head) => make("th", { scope: "col" }, head)))), body);
  const trouble = make("div", { class: "notice bad", role: "alert", hidden: "" });
  const empty = make("div", { class: "state", hidden: "" },
    make("h2", {}, "No experiments yet"),
    make("p", {}, "An experiment is a group of runs with a purpose: a figure of a paper over several seeds, or a sweep over settings."),
    make("div", { class: "exp-actions" }, make("a", { class: "button primary", href: "/experiments/new" }, "New sweep")));
  const offered = make("section", { class: "exp-section", "aria-labelledby": "offered", hidden: "" }, make("h2", { id: "offered" }, "Ready to run"));
  const more = button("Load more", () => list.more(), { hidden: "" });
  element.replaceChildren(make("div", { class: "exp" },
    make("div", { class: "exp-title" }, make("h1", {}, "Experiments"), make("a", { class: "button", href: "/experiments/new" }, "New sweep")),
    trouble, table, empty, more, offered));
  Promise.all([getCatalog(), getDataSets().catch(() => [])]).then(([{ experiments = [] }, data]) => {
    if (signal.aborted || experiments.length === 0) return;
    offered.append(experimentCards(experiments, data, navigate));
    offered.hidden = false;
  }, (error) => {
    if (!(error instanceof ApiError)) throw error; // the list says it
  });
  body.replaceChildren(...Array.from({ length: 4 }, () => make("tr", { class: "exp-bone", "aria-hidden": "true" },
    make("td", { colspan: "5" }, make("div", { class: "skeleton" })))));
  table.setAttribute("aria-busy", "true");

  const complain = (/** @type {string} */ message) => {
    trouble.textContent = message;
    trouble.hidden = message === "";
  };

  /** Says what the server refused instead of failing silently. @param {() => Promise<unknown>} action */
  const attempt = async (action) => {
    try {
      await action();
      complain("");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      complain(error.message);
    }
    await list.refresh();
  };

  const actions = {
    async cancel(/** @type {ExperimentSummary} */ experiment) {
      if (await confirmCancel(element, experiment)) await attempt(() => cancelExperiment(experiment.id));
    },
    async remove(/** @type {ExperimentSummary} */ experiment) {
      if (!(await confirmDelete(element, experiment))) return;
      await attempt(() => deleteExperiment(experiment.id));
      /** @type {HTMLElement | null} */ (body.querySelector("a") ?? element.querySelector("a"))?.focus();
    },
  };

  const draw = () => {
    const experiments = list.items;
    body.querySelectorAll(".exp-bone").forEach((bone) => bone.remove());
    table.removeAttribute("aria-busy");
    const known = new Set(experiments.map(({ id }) => id));
    for (const [id, row] of rows) {
      if (known.has(id)) continue;
      row.element.remove();
      rows.delete(id);
    }
    experiments.forEach((experiment, place) => {
      const row = rows.get(experiment.id) ?? createExperimentRow(experiment, actions);
      rows.set(experiment.id, row);
      row.update(experiment);
      if (body.children[place] !== row.element) body.insertBefore(row.element, body.children[place] ?? null);
    });
    table.hidden = experiments.length === 0;
    empty.hidden = !table.hidden;
    more.hidden = list.next === null;
  };

  let away = false;
  list.addEventListener("change", () => {
    draw();
    if (away) complain("");
    away = false;
  });
  list.addEventListener("trouble", (event) => {
    const { detail: error } = /** @type {CustomEvent<unknown>} */ (event);
    if (!(error instanceof ApiError)) throw error;
    away = true;
    complain(error.status === 0 ? "The server cannot be reached. Emergescope may have been stopped; this page keeps trying." : error.message);
    if (rows.size === 0) table.hidden = true;
  });
  list.restart();
  return { destroy: () => list.stop() };
}
