/**
 * One experiment: a head with its state, and below what its kind asks for. Asks again while its runs go on.
 * @module
 */

import { ApiError, cancelExperiment, deleteExperiment, getExperiment } from "../../net/api.js";
import { make, visible } from "../../ui/dom.js";
import { isMoving, isOver } from "../../film/status.js";
import { ViewState, text, words } from "../../ui/view-state.js";
import { experimentBody } from "./body.js";
import { experimentHead } from "./head.js";
import { sweepBody } from "./sweep.js";
import { confirmCancel, confirmDelete } from "./delete.js";
import { keepAsking } from "../../ui/polling.js";

/** @typedef {import("../../types").Experiment} Experiment */

const BUSY_EVERY = 1500; // ms
const AWAY_EVERY = 3000;
const PAUSED_EVERY = 10_000;

/** @type {import("../../types").Page} */
export function experimentPage(element, { navigate, setTitle }, { id }) {
  setTitle("Experiment · Emergescope");
  // The measure of a sweep and its marked cells; open tables, seeds, zoom and the like under the name of their part.
  const state = new ViewState({ measure: text(), marked: words() }, "on.");
  const trouble = make("div", { class: "notice bad", role: "alert", hidden: "" });
  const holder = make("div", { class: "exp-parts" });
  holder.append(make("div", { class: "exp-wait", role: "status" }, make("span", { class: "visually-hidden" }, "Loading the experiment"),
    make("div", { class: "skeleton exp-wait-title" }), make("div", { class: "skeleton exp-wait-line" }), make("div", { class: "skeleton exp-wait-picture" })));
  element.replaceChildren(make("div", { class: "exp" }, trouble, holder));
  /** @type {ReturnType<typeof experimentHead> | null} */
  let head = null;
  /** @type {import("./body.js").Part | null} */
  let body = null;
  /** @type {Experiment | null} */
  let shown = null;
  let away = false;

  const complain = (/** @type {string} */ message) => {
    trouble.textContent = message;
    trouble.hidden = message === "";
  };

  /** @param {() => Promise<unknown>} action @returns {Promise<boolean>} whether it was done */
  const attempt = async (action) => {
    try {
      await action();
      complain("");
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      complain(error.message);
      return false;
    }
  };

  const actions = {
    async cancel() {
      if (!shown || !(await confirmCancel(element, shown))) return;
      await attempt(() => cancelExperiment(id));
      await asking.now();
    },
    async remove() {
      if (!shown || !(await confirmDelete(element, shown))) return;
      if (await attempt(() => deleteExperiment(id))) navigate("/experiments");
      else await asking.now();
    },
  };

  /** @param {Experiment} experiment */
  const draw = (experiment) => {
    shown = experiment;
    setTitle(visible(`${experiment.name} · Emergescope`));
    if (!head || !body) {
      head = experimentHead(experiment, actions);
      body = (experiment.kind === "sweep" ? sweepBody : experimentBody)(experiment, state);
      holder.replaceChildren(head.element, ...damageNotice(experiment), body.element);
    }
    head.update(experiment);
    body.update(experiment);
  };

  const asking = keepAsking(async (signal) => {
    try {
      const experiment = await getExperiment(id, signal);
      if (signal.aborted) return null;
      draw(experiment);
      if (away) complain("");
      away = false;
      return isMoving(experiment.status) ? BUSY_EVERY : isOver(experiment.status) ? null : PAUSED_EVERY;
    } catch (error) {
      if (signal.aborted) return null;
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) {
        body?.destroy();
        body = null;
        element.replaceChildren(missing(id));
        return null;
      }
      away = true;
      complain(error.status === 0 ? "The server cannot be reached. Emergescope may have been stopped; this page keeps trying." : error.message);
      return AWAY_EVERY;
    }
  });
  asking.now();
  return {
    readdress: () => state.reread(),
    destroy() {
      asking.stop();
      state.destroy();
      body?.destroy();
    },
  };
}

/** @param {Experiment} experiment @returns {HTMLElement[]} */
function damageNotice({ damage }) {
  const text = `Rows of it in the database do not fit, and what does not is left out here: ${damage}.`;
  return damage ? [make("p", { class: "notice warn" }, text)] : [];
}

/** @param {string} id */
function missing(id) {
  return make("div", { class: "state" }, make("h1", {}, "No such experiment"),
    make("p", {}, `There is no experiment “${id}” on this server. It may have been deleted, or the link is from another machine.`),
    make("a", { class: "button primary", href: "/experiments" }, "All experiments"));
}
