/**
 * The table of runs: live status, search, tags, sort, rename, pause, cancel, delete, small
 * pictures of the last frame.
 * @module
 */

import { ApiError, cancelRun, deleteRun, patchRun, pauseRun, resumeRun } from "../../net/api.js";
import { button, make, setText } from "../../ui/dom.js";
import { onThemeChange } from "../../ui/theme.js";
import { runSeconds } from "../../ui/ago.js";
import { confirmCancel, confirmDelete } from "./delete.js";
import { RunList } from "./list.js";
import { createRow } from "./row.js";
import { createToolbar } from "./toolbar.js";

/** @typedef {import("../../types").RunSummary} RunSummary */
/** @typedef {{ label: string, name: string, key: ((run: RunSummary) => string | number | null | undefined) | null }} Column */

/** @type {Column[]} */
const COLUMNS = [
  { label: "name", name: "", key: (run) => run.name.toLowerCase() },
  { label: "status", name: "", key: (run) => run.status },
  { label: "test accuracy", name: "number", key: (run) => run.metrics?.test_accuracy },
  { label: "mean |cos|", name: "number", key: (run) => run.metrics?.signal_cosine_mean },
  { label: "duration", name: "number", key: (run) => runSeconds(run) },
  { label: "created", name: "number", key: (run) => run.created_at },
];

/** @type {import("../../types").Page} */
export function runsPage(element, { navigate }) {
  document.title = "Runs · Emergescope";
  const list = new RunList();
  /** @type {Map<string, ReturnType<typeof createRow>>} */
  const rows = new Map();
  /** @type {Set<string>} */
  const chosen = new Set();
  const sort = { column: COLUMNS.length - 1, rising: false };

  const toolbar = createToolbar({
    search: (changes) => list.search(changes),
    remove: () => removeChosen(),
    compare: () => navigate(`/compare?runs=${inOrder().map((run) => run.id).filter((id) => chosen.has(id)).join(",")}`),
    clear: () => choose([], false),
  });
  const all = make("input", { type: "checkbox", "aria-label": "choose all runs shown" });
  all.addEventListener("change", () => choose(list.items.map((run) => run.id), all.checked));
  const heads = COLUMNS.map(({ label, name }, i) => {
    const head = make("th", { scope: "col", class: name }, button(label, () => sortBy(i), { class: "runs-sort" }));
    return head;
  });
  const body = make("tbody");
  const table = make("table", { class: "runs-table" }, make("caption", { class: "visually-hidden" }, "Runs"),
    make("thead", {}, make("tr", {}, make("th", { class: "runs-choose" }, make("label", {}, all)), make("td", { class: "runs-picture-cell" }), ...heads)), body);
  const more = button("Load more", () => list.more());
  const tally = make("p", { class: "small muted", role: "status" });
  const trouble = make("div", { class: "notice bad", role: "alert" });
  const empty = make("div", { class: "state" });
  const foot = make("div", { class: "runs-foot" }, tally, more);
  element.replaceChildren(
    make("div", { class: "runs" }, make("h1", {}, "Runs"), toolbar.element, trouble, table, empty, foot),
  );
  trouble.hidden = empty.hidden = more.hidden = true;

  const actions = {
    choose: (/** @type {string} */ id, /** @type {boolean} */ on) => choose([id], on),
    filterByTag: (/** @type {string} */ tag) => toolbar.setTag(tag),
    patch: (/** @type {string} */ id, /** @type {{ name?: string, tags?: string[] }} */ changes) =>
      attempt(async () => list.replace(await patchRun(id, changes))),
    async cancel(/** @type {RunSummary} */ run) {
      if (await confirmCancel(element, run)) await change(run, cancelRun);
    },
    pause: (/** @type {RunSummary} */ run) => change(run, pauseRun),
    resume: (/** @type {RunSummary} */ run) => change(run, resumeRun),
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

  /** @param {string[]} ids empty: all of them @param {boolean} on */
  const choose = (ids, on) => {
    for (const id of ids.length ? ids : [...chosen]) {
      if (on) chosen.add(id);
      else chosen.delete(id);
      rows.get(id)?.choose(on);
    }
    showChosen();
  };

  const showChosen = () => {
    toolbar.showChosen(chosen.size);
    all.checked = chosen.size > 0 && chosen.size === list.items.length;
    all.indeterminate = chosen.size > 0 && !all.checked;
  };

  const removeChosen = async () => {
    const doomed = await confirmDelete(element, list.items.filter((run) => chosen.has(run.id)));
    await attempt(async () => {
      for (const { id } of doomed) {
        await deleteRun(id).catch(unlessGone);
        choose([id], false);
      }
    });
    if (doomed.length) await list.refresh();
  };

  /** @param {number} column */
  const sortBy = (column) => {
    sort.rising = sort.column === column ? !sort.rising : COLUMNS[column].name === "";
    sort.column = column;
    draw();
  };

  const inOrder = () => sorted(list.items, COLUMNS[sort.column], sort.rising);

  const draw = () => {
    const known = new Set(list.items.map((run) => run.id));
    for (const [id, row] of rows) {
      if (known.has(id)) continue;
      row.destroy();
      rows.delete(id);
      chosen.delete(id);
    }
    inOrder().forEach((run, place) => {
      const row = rows.get(run.id);
      if (row) row.update(run);
      else rows.set(run.id, createRow(run, actions));
      const line = /** @type {HTMLElement} */ (rows.get(run.id)?.element);
      if (body.children[place] !== line) body.insertBefore(line, body.children[place] ?? null);
    });
    heads.forEach((head, i) => head.setAttribute("aria-sort", i !== sort.column ? "none" : sort.rising ? "ascending" : "descending"));
    more.hidden = list.next === null;
    table.hidden = foot.hidden = list.loaded && list.items.length === 0;
    empty.hidden = !table.hidden;
    if (table.hidden) drawEmpty();
    const number = list.items.length.toLocaleString("en");
    setText(tally, `${number} ${list.items.length === 1 ? "run" : "runs"}${list.next === null ? "" : " loaded, sorted among themselves; there are more"}`);
    showChosen();
  };

  const drawEmpty = () => {
    const filtered = Object.values(list.filter).some(Boolean);
    empty.replaceChildren(
      make("h2", {}, filtered ? "No run matches" : "No runs yet"),
      make("p", {}, filtered ? "Search for another name or tag, or look at all runs." :
        "Every run you start is kept here with all its frames, to be watched again. The gallery has experiments to start from."),
      filtered ? button("Show all runs", () => toolbar.reset()) : make("a", { class: "button primary", href: "/" }, "Open the gallery"),
    );
  };

  list.addEventListener("change", () => {
    trouble.hidden = true;
    element.removeAttribute("aria-busy");
    draw();
  });
  list.addEventListener("trouble", (event) => {
    const { detail: error } = /** @type {CustomEvent<unknown>} */ (event);
    if (!(error instanceof ApiError)) throw error;
    element.removeAttribute("aria-busy");
    complain(error.status === 0 ? "The server cannot be reached. Emergescope may have been stopped; this page keeps trying." : error.message);
    if (!list.loaded) body.replaceChildren();
  });
  body.replaceChildren(...Array.from({ length: 6 }, () => make("tr", { class: "runs-bones", "aria-hidden": "true" },
    make("td", { colspan: "8" }, make("div", { class: "skeleton" })))));
  element.setAttribute("aria-busy", "true");
  list.addEventListener("change", () => body.querySelectorAll(".runs-bones").forEach((bone) => bone.remove()));
  const stopTheme = onThemeChange(() => rows.forEach((row) => row.redraw()));
  toolbar.start();

  return {
    destroy() {
      list.stop();
      stopTheme();
      toolbar.destroy();
      rows.forEach((row) => row.destroy());
    },
  };
}

/** Somebody else has deleted it first. @param {unknown} error */
function unlessGone(error) {
  if (!(error instanceof ApiError) || error.status !== 404) throw error;
}

/**
 * @param {RunSummary[]} runs
 * @param {Column} column
 * @param {boolean} rising
 * @returns {RunSummary[]} what has no value comes last either way
 */
function sorted(runs, { key }, rising) {
  if (!key) return runs;
  const rank = (/** @type {RunSummary} */ run) => key(run) ?? null;
  return runs.toSorted((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return (x < y ? -1 : x > y ? 1 : 0) * (rising ? 1 : -1);
  });
}
