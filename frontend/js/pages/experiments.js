/**
 * The experiments: figures, sweeps and groups of runs, newest first, live while one of them runs.
 * @module
 */

import { ApiError, cancelExperiment, deleteExperiment, listExperiments } from "../api.js";
import { button, make } from "../dom.js";
import { isMoving } from "../status.js";
import { confirmDelete } from "./experiments-delete.js";
import { createExperimentRow } from "./experiments-row.js";
import { keepAsking } from "./polling.js";

/** @typedef {import("../types").ExperimentSummary} ExperimentSummary */

const PAGE = 50;
const BUSY_EVERY = 1500; // ms, while something is queued or running
const IDLE_EVERY = 30_000;
const HEADS = ["experiment", "status", "result", "started", ""];

/** @type {import("../types").Page} */
export function experimentsPage(element) {
  document.title = "Experiments · Emergescope";
  /** @type {Map<string, ReturnType<typeof createExperimentRow>>} */
  const rows = new Map();
  /** Older pages, asked for once each. @type {ExperimentSummary[]} */
  let older = [];
  /** @type {string | null} */
  let next = null;
  const body = make("tbody");
  const table = make("table", { class: "exp-list" }, make("caption", { class: "visually-hidden" }, "Experiments"),
    make("thead", {}, make("tr", {}, ...HEADS.map((head) => (head ? make("th", { scope: "col" }, head) : make("td"))))), body);
  const trouble = make("div", { class: "notice bad", role: "alert", hidden: "" });
  const empty = make("div", { class: "state", hidden: "" },
    make("h2", {}, "No experiments yet"),
    make("p", {}, "An experiment is a group of runs with a purpose: a figure of the paper over several seeds, or a sweep over settings. The gallery has both, ready to run."),
    make("div", { class: "exp-actions" }, make("a", { class: "button primary", href: "/" }, "Open the gallery"),
      make("a", { class: "button", href: "/experiments/new" }, "New sweep")));
  const more = button("Load more", () => loadMore(), { hidden: "" });
  element.replaceChildren(make("div", { class: "exp" },
    make("div", { class: "exp-title" }, make("h1", {}, "Experiments"), make("a", { class: "button", href: "/experiments/new" }, "New sweep")),
    trouble, table, empty, more));
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
    await asking.now();
  };

  const actions = {
    cancel: (/** @type {ExperimentSummary} */ { id }) => attempt(() => cancelExperiment(id)),
    async remove(/** @type {ExperimentSummary} */ experiment) {
      if (!(await confirmDelete(element, experiment))) return;
      older = older.filter(({ id }) => id !== experiment.id);
      await attempt(() => deleteExperiment(experiment.id));
      /** @type {HTMLElement | null} */ (body.querySelector("a") ?? element.querySelector("a"))?.focus();
    },
  };

  const loadMore = () => attempt(async () => {
    const answer = await listExperiments({ limit: PAGE, cursor: next ?? "" });
    older = [...older, ...answer.items];
    next = answer.next;
  });

  /** @param {ExperimentSummary[]} experiments */
  const draw = (experiments) => {
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
    more.hidden = next === null;
  };

  let away = false;
  const asking = keepAsking(async (signal) => {
    try {
      const answer = await listExperiments({ limit: PAGE }, signal);
      if (older.length === 0) next = answer.next;
      const fresh = new Set(answer.items.map(({ id }) => id));
      const all = [...answer.items, ...older.filter(({ id }) => !fresh.has(id))];
      draw(all);
      if (away) complain("");
      away = false;
      return all.some(({ status }) => isMoving(status)) ? BUSY_EVERY : IDLE_EVERY;
    } catch (error) {
      if (signal.aborted) return null;
      if (!(error instanceof ApiError)) throw error;
      away = true;
      complain(error.status === 0 ? "The server cannot be reached. Emergescope may have been stopped; this page keeps trying." : error.message);
      if (rows.size === 0) table.hidden = true;
      return BUSY_EVERY * 2;
    }
  });
  asking.now();
  return { destroy: () => asking.stop() };
}
