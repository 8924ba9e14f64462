/**
 * The table of runs: live status, search, filters, order, rename, tags, pause, cancel, delete, small pictures. What it shows is its address.
 * @import { RunSummary } from "../../types"
 */

import { STATUSES } from "../../film/status.js";
import { confirmCancel } from "../../ui/dialog.js";
import { button, make, setText, several } from "../../ui/dom.js";
import { createBudget } from "../../ui/polling.js";
import { ViewState, number, oneOf, text } from "../../ui/view-state.js";
import { createNotice } from "../shared/notice.js";
import { RunList } from "./list.js";
import { createPreviews } from "./preview.js";
import { createRow } from "./row.js";
import { createHeads, createRows } from "./table.js";
import { createToolbar } from "./toolbar.js";
import { createUndo } from "./undo.js";

const MOST_REQUESTS = 3; // in WITHIN ms, whatever the reader does
const WITHIN = 2000;
const SCREEN = 20; // rows, about
const UNFILTERED = /** @type {const} */ ({ q: "", status: "", study: "", tag: "", in_experiment: "" });

/** @type {import("../../types").Page} */
export function runsPage(element, { navigate, signal, setTitle }) {
  setTitle("Runs · Emergescope");
  const view = new ViewState({
    q: text(), status: oneOf("", ...STATUSES), study: text(), tag: text(), in_experiment: oneOf("", "false", "true"),
    sort: text("created"), rising: oneOf("", "true"), row: number(0, { low: 0, whole: true }),
  });
  const turn = createBudget(MOST_REQUESTS, WITHIN);
  const list = new RunList(turn, () => {
    const { row: _, ...query } = view.value;
    return { ...query, without: undo.doomed().join() };
  });
  const previews = createPreviews(turn, () => draw(), signal);
  /** elements of rows in sight, by id @type {Map<string, ReturnType<typeof createRow>>} */
  const rows = new Map();
  /** @type {Map<string, RunSummary>} */
  const chosen = new Map();
  /** to be the first in sight as soon as the list is here @type {number | null} */
  let restoring = null;

  /** @param {Iterable<RunSummary>} runs @param {boolean} on */
  const choose = (runs, on) => {
    for (const run of runs) {
      if (on) chosen.set(run.id, run);
      else chosen.delete(run.id);
    }
    draw();
  };
  const toolbar = createToolbar(view, signal, {
    remove: () => {
      const doomed = [...chosen.values()];
      choose(doomed, false);
      undo.remove(doomed);
    },
    compare: () => navigate(`/compare?runs=${[...chosen.keys()].join()}`),
    clear: () => choose([...chosen.values()], false),
  });
  const notice = createNotice();
  const undo = createUndo(signal, { changed: () => signal.aborted || list.restart(), complain: notice.say });
  const heads = createHeads(view, (on) => choose(list.rows.values(), on));
  const table = make("table", { class: "runs-table" }, make("caption", { class: "visually-hidden" }, "Runs"), heads.element);
  const tally = make("p", { class: "small muted runs-tally", role: "status" });
  const empty = make("div", { class: "state", hidden: "" });
  element.replaceChildren(make("div", { class: "runs" }, make("h1", {}, "Runs"), toolbar.element, undo.element, notice.element, tally, table, empty));

  /** @type {import("./row.js").RowActions} */
  const actions = {
    choose: (run, on) => choose([run], on),
    filterByTag: (tag) => view.set({ tag, row: 0 }, { push: true }),
    confirm: confirmCancel,
    perform: (asked) => notice.attempt(async () => list.replace(await asked)),
  };

  const body = createRows(table, signal, (from, to) => {
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
      row.update(run, chosen.has(run.id), previews.of(run.id), heads.metric());
      return row.element;
    });
  });

  const draw = () => {
    if (signal.aborted || list.total === null) return;
    table.hidden = list.total === 0;
    empty.hidden = !table.hidden;
    heads.draw([...list.rows.values()], chosen);
    toolbar.showChosen(chosen.size);
    setText(tally, several(list.total, "run"));
    if (table.hidden) drawEmpty();
    body.show(list.total);
    if (restoring === null) return;
    const row = restoring;
    restoring = null;
    if (row !== body.first()) body.scrollTo(row);
  };

  const drawEmpty = () => {
    const { sort: _, rising, row, ...filters } = view.value;
    const filtered = Object.values(filters).some(Boolean);
    empty.replaceChildren(
      make("h2", {}, filtered ? "No run matches" : "No runs yet"),
      make("p", {}, filtered ? "Search for another name or tag, or look at all runs." :
        "Every run you start is kept here with all its frames, to be watched again. The gallery has experiments to start from."),
      filtered ? button("Show all runs", () => view.set({ ...UNFILTERED, row: 0 }, { push: true }))
        : make("a", { class: "button primary", href: "/" }, "Open the gallery"),
    );
  };

  view.addEventListener("change", (event) => {
    if (/** @type {CustomEvent<string[]>} */ (event).detail.join() === "row") return;
    toolbar.draw();
    heads.draw([...list.rows.values()], chosen);
    open();
  });
  list.addEventListener("change", () => {
    notice.say("");
    element.removeAttribute("aria-busy");
    for (const run of list.rows.values()) if (chosen.has(run.id)) chosen.set(run.id, run);
    draw();
  });
  list.addEventListener("trouble", (event) => {
    notice.tell(/** @type {CustomEvent<unknown>} */ (event).detail);
    element.removeAttribute("aria-busy");
  });
  /** The list that the address names, from the row on that it names. */
  const open = () => {
    restoring = view.value.row ?? 0;
    list.restart({ from: restoring, to: restoring + SCREEN });
  };
  element.setAttribute("aria-busy", "true");
  open();
  body.show(SCREEN);
  turn().then(toolbar.nameStudies).catch(() => {}); // after the list itself

  return {
    readdress() {
      view.reread();
      restoring = view.value.row;
      draw();
    },
    destroy() {
      view.destroy();
      list.stop();
    },
  };
}
