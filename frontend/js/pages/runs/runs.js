/**
 * The table of runs: live status, search, filters, order, rename, tags, pause, cancel, delete, small pictures. What it shows is its
 * address.
 * @module
 */

import { ApiError, cancelRun, patchRun, pauseRun, resumeRun } from "../../net/api.js";
import { STATUSES } from "../../film/status.js";
import { button, count, make, setText } from "../../ui/dom.js";
import { ViewState, number, oneOf, text } from "../../ui/view-state.js";
import { createBudget } from "../../ui/polling.js";
import { confirmCancel } from "../../ui/confirm.js";
import { createHeads } from "./heads.js";
import { RunList } from "./list.js";
import { createPreviews } from "./preview.js";
import { createRow } from "./row.js";
import { createRows } from "./rows.js";
import { createToolbar } from "./toolbar.js";
import { createUndo } from "./undo.js";

/** @typedef {import("../../types").RunSummary} RunSummary */

const FILTERS = ["q", "status", "study", "tag", "in_experiment"];
const MOST_REQUESTS = 3; // in WITHIN ms, whatever the reader does
const WITHIN = 2000;
const SCREEN = 20; // rows, about

/** @type {import("../../types").Page} */
export function runsPage(element, { navigate, signal, setTitle }) {
  setTitle("Runs · Emergescope");
  const view = new ViewState({
    q: text(), status: oneOf("", ...STATUSES), study: text(), tag: text(), in_experiment: oneOf("", "false", "true"),
    sort: text("created"), rising: oneOf("", "true"), row: number(0, { low: 0, whole: true }),
  });
  const turn = createBudget(MOST_REQUESTS, WITHIN);
  const list = new RunList(turn, () => ({ ...filters(), sort: view.value.sort, rising: view.value.rising, without: undo.doomed().join() }));
  const previews = createPreviews(turn, () => draw(), signal);
  /** elements of rows in sight, by id @type {Map<string, ReturnType<typeof createRow>>} */
  const rows = new Map();
  /** @type {Map<string, RunSummary>} */
  const chosen = new Map();
  /** to be the first in sight as soon as the list is here @type {number | null} */
  let restoring = null;

  const toolbar = createToolbar(view, turn, signal, {
    remove: () => {
      const doomed = [...chosen.values()];
      choose([...chosen.values()], false);
      undo.remove(doomed);
    },
    compare: () => navigate(`/compare?runs=${[...chosen.keys()].join()}`),
    clear: () => choose([...chosen.values()], false),
  });
  const undo = createUndo({ changed: () => signal.aborted || list.restart(), complain: (message) => signal.aborted || complain(message) });
  const heads = createHeads(view, (on) => choose([...list.rows.values()], on));
  const table = make("table", { class: "runs-table" }, make("caption", { class: "visually-hidden" }, "Runs"), heads.element);
  const tally = make("p", { class: "small muted runs-tally", role: "status" });
  const trouble = make("div", { class: "notice bad", role: "alert" });
  const empty = make("div", { class: "state" });
  trouble.hidden = empty.hidden = true;
  element.replaceChildren(make("div", { class: "runs" }, make("h1", {}, "Runs"), toolbar.element, undo.element, trouble, tally, table, empty));

  const filters = () => Object.fromEntries(FILTERS.map((name) => [name, /** @type {Record<string, any>} */ (view.value)[name]]));

  const actions = {
    choose: (/** @type {RunSummary} */ run, /** @type {boolean} */ on) => choose([run], on),
    filterByTag: (/** @type {string} */ tag) => view.set({ tag, row: 0 }, { push: true }),
    patch: (/** @type {string} */ id, /** @type {{ name?: string, tags?: string[] }} */ changes) =>
      attempt(async () => list.replace(await patchRun(id, changes))),
    async cancel(/** @type {RunSummary} */ run) {
      if (await confirmCancel(element, run)) await change(run, cancelRun);
    },
    pause: (/** @type {RunSummary} */ run) => change(run, pauseRun),
    resume: (/** @type {RunSummary} */ run) => change(run, resumeRun),
    sorted: () => heads.metric(),
  };

  /** @param {RunSummary} run @param {(id: string) => Promise<unknown>} request */
  const change = ({ id }, request) =>
    attempt(async () => {
      await request(id);
      await list.refresh();
    });

  /** Says what the server refused instead of failing silently. @param {() => Promise<void>} action */
  const attempt = async (action) => {
    try {
      await action();
      trouble.hidden = true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      complain(error.message);
    }
  };

  const complain = (/** @type {string} */ message) => {
    trouble.textContent = message;
    trouble.hidden = false;
  };

  /** @param {RunSummary[]} runs @param {boolean} on */
  const choose = (runs, on) => {
    for (const run of runs) {
      if (on) chosen.set(run.id, run);
      else chosen.delete(run.id);
      rows.get(run.id)?.choose(on);
    }
    showChosen();
  };

  const showChosen = () => {
    toolbar.showChosen(chosen.size);
    heads.showChosen(chosen.size, chosen.size > 0 && [...list.rows.values()].every(({ id }) => chosen.has(id)));
  };

  const body = createRows(table, (from, to) => {
    if (restoring === null) list.look(from, to);
    const shown = Array.from({ length: to - from }, (_, i) => list.rows.get(from + i) ?? null);
    const known = new Set(shown.map((run) => run?.id));
    for (const id of rows.keys()) if (!known.has(id)) rows.delete(id);
    previews.want(shown.filter((run) => run !== null));
    if (restoring === null) view.set({ row: body.first() });
    return shown.map((run) => {
      if (run === null) return null;
      const row = rows.get(run.id) ?? createRow(run, actions);
      rows.set(run.id, row);
      row.update(run);
      row.picture(previews.of(run.id));
      row.choose(chosen.has(run.id));
      return row.element;
    });
  });

  const draw = () => {
    if (signal.aborted || list.total === null) return;
    table.hidden = list.total === 0;
    empty.hidden = !table.hidden;
    heads.draw([...list.rows.values()]);
    body.show(list.total);
    if (restoring !== null) {
      const row = restoring;
      restoring = null;
      if (row !== body.first()) body.scrollTo(row);
    }
    if (table.hidden) drawEmpty();
    setText(tally, `${count(list.total)} ${list.total === 1 ? "run" : "runs"}`);
    showChosen();
  };

  const drawEmpty = () => {
    const filtered = Object.values(filters()).some(Boolean);
    empty.replaceChildren(
      make("h2", {}, filtered ? "No run matches" : "No runs yet"),
      make("p", {}, filtered ? "Search for another name or tag, or look at all runs." :
        "Every run you start is kept here with all its frames, to be watched again. The gallery has experiments to start from."),
      filtered ? button("Show all runs", () => view.set({ q: "", status: "", study: "", tag: "", in_experiment: "", row: 0 }, { push: true }))
        : make("a", { class: "button primary", href: "/" }, "Open the gallery"),
    );
  };

  view.addEventListener("change", (event) => {
    const { detail: names } = /** @type {CustomEvent<string[]>} */ (event);
    if (names.length === 1 && names[0] === "row") return;
    toolbar.draw();
    open();
  });
  list.addEventListener("change", () => {
    trouble.hidden = true;
    element.removeAttribute("aria-busy");
    for (const run of list.rows.values()) if (chosen.has(run.id)) chosen.set(run.id, run);
    draw();
  });
  list.addEventListener("trouble", (event) => {
    const { detail: error } = /** @type {CustomEvent<unknown>} */ (event);
    if (!(error instanceof ApiError)) throw error;
    element.removeAttribute("aria-busy");
    complain(error.status === 0 ? "The server cannot be reached. Emergescope may have been stopped; this page keeps trying." : error.message);
  });
  /** The list that the address names, from the row on that it names. */
  const open = () => {
    const row = view.value.row ?? 0;
    restoring = row;
    list.look(row, row + SCREEN);
    list.restart();
  };
  element.setAttribute("aria-busy", "true");
  open();
  body.show(SCREEN);

  return {
    readdress() {
      view.reread();
      restoring = view.value.row;
      draw();
    },
    destroy() {
      view.destroy();
      list.stop();
      toolbar.destroy();
      body.destroy();
      undo.destroy();
    },
  };
}
