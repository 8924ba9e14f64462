/**
 * The experiments: figures, sweeps and groups of runs, newest first, live while one of them runs.
 * @import { ExperimentSummary } from "../../types"
 */

import { getCatalog, getDataSets, listExperiments } from "../../net/api.js";
import { isMoving } from "../../film/status.js";
import { absolute, ago } from "../../ui/ago.js";
import { button, make } from "../../ui/dom.js";
import { become } from "../shared/become.js";
import { experimentCards } from "../shared/start.js";
import { createNotice } from "../shared/notice.js";
import { actionButton, cancel, progressOf, remove } from "./actions.js";
import { tableOf } from "./section.js";
import { doneRuns, KINDS, progressText, sign, toneOf } from "./words.js";

const PAGE = 50;
const MOST = 100; // experiments in one answer
const BUSY_EVERY = 2000; // ms, while something is queued or running, for each request that the whole list takes
const IDLE_EVERY = 30_000;
const HEADS = ["experiment", "status", "result", "started", "actions"];

/** @type {import("../../types").Page} */
export function experimentsPage(element, { navigate, setTitle, signal }) {
  setTitle("Experiments · Emergescope");
  /** @type {ExperimentSummary[]} */
  let experiments = [];
  let wanted = PAGE;
  let oldest = "9"; // of those that are shown: newer ones do not push it out
  const notice = createNotice();
  const bone = () => make("tr", { class: "exp-bone", "aria-hidden": "true" }, make("td", { colspan: "5" }, make("div", { class: "skeleton" })));
  const list = (/** @type {HTMLElement[]} */ rows) => tableOf("exp-list", "Experiments", HEADS, rows);
  const table = list(Array.from({ length: 4 }, bone));
  table.setAttribute("aria-busy", "true");
  const empty = make("div", { class: "state", hidden: "" },
    make("h2", {}, "No experiments yet"),
    make("p", {}, "An experiment is a group of runs with a purpose: a figure of a paper over several seeds, or a sweep over settings."),
    make("div", { class: "exp-actions" }, make("a", { class: "button primary", href: "/experiments/new" }, "New sweep")));
  const offered = make("section", { class: "exp-section", "aria-labelledby": "offered", hidden: "" }, make("h2", { id: "offered" }, "Ready to run"));
  const more = button("Load more", () => {
    wanted = experiments.length + PAGE;
    asking.now();
  }, { hidden: "" });
  element.replaceChildren(make("div", { class: "exp" },
    make("div", { class: "exp-title" }, make("h1", {}, "Experiments"), make("a", { class: "button", href: "/experiments/new" }, "New sweep")),
    notice.element, table, empty, more, offered));
  Promise.all([getCatalog(), getDataSets().catch(() => [])]).then(([{ experiments: ready }, data]) => {
    if (signal.aborted || ready.length === 0) return;
    offered.append(experimentCards(ready, data, navigate));
    offered.hidden = false;
  }, notice.tell);

  /** @param {typeof cancel} act @param {string} id */
  const ask = async (act, id) => {
    const experiment = experiments.find((one) => one.id === id);
    if (experiment) await act(notice, experiment);
    await asking.now();
    const lost = document.activeElement === document.body; // with the button that was pressed
    if (lost) /** @type {HTMLElement | null} */ (table.querySelector(`[data-key="${id}"] button, tbody a`) ?? element.querySelector("a"))?.focus();
  };

  const asking = notice.keepAsking(async (answered) => {
    /** @type {ExperimentSummary[]} */
    const found = [];
    /** @type {string | null} */
    let cursor = null;
    do {
      const page = /** @type {Awaited<ReturnType<typeof listExperiments>>} */ (await listExperiments({ limit: found.length < wanted ? Math.min(MOST, wanted - found.length) : MOST, cursor }, answered));
      found.push(...page.items);
      cursor = page.next;
    } while (cursor !== null && (found.length < wanted || found[found.length - 1].created_at > oldest));
    experiments = found;
    oldest = found.at(-1)?.created_at ?? oldest;
    become(table, list(experiments.map((one) => row(one, { cancel: () => ask(cancel, one.id), remove: () => ask(remove, one.id) }))));
    table.hidden = experiments.length === 0;
    empty.hidden = !table.hidden;
    more.hidden = cursor === null;
    return experiments.some(({ status }) => isMoving(status)) ? BUSY_EVERY * Math.ceil(wanted / MOST) : IDLE_EVERY;
  });
  asking.now();
  return { destroy: asking.stop };
}

/** @param {ExperimentSummary} experiment @param {{ cancel(): void, remove(): void }} actions */
function row(experiment, actions) {
  const { id, name, kind, counts, damage, passed, created_at: created } = experiment;
  const { status, bar } = progressOf(experiment, doneRuns(counts) / Math.max(1, counts.total), `progress of ${name}`);
  const result = passed === null ? "" : `${sign(passed)} ${passed ? "reproduced" : "not reproduced"}`;
  return make("tr", { "data-key": id },
    make("td", { class: "exp-row-name" }, make("a", { class: "exp-name name", href: `/experiments/${id}` }, name), make("span", { class: "small muted" }, KINDS[kind])),
    make("td", { class: "exp-row-status" }, status, make("span", { class: "small muted exp-row-progress" }, damage ? `damaged: ${damage}` : progressText(counts)), ...bar),
    make("td", { class: "exp-row-verdict" }, make("span", { class: `exp-verdict ${toneOf(passed)}` }, result)),
    make("td", { class: "exp-row-when" }, make("time", { class: "muted", datetime: created, title: absolute(created) }, ago(created))),
    make("td", { class: "exp-row-actions" }, actionButton(experiment, actions, name)));
}
