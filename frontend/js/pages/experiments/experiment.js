/**
 * One experiment: a head with its state, and below the parts that its kind asks for. Asks again while its runs go on.
 * @import { Experiment } from "../../types"
 * @import { Part } from "./section.js"
 */

import { getExperiment } from "../../net/api.js";
import { isMoving, isOver } from "../../film/status.js";
import { make, visible } from "../../ui/dom.js";
import { onThemeChange } from "../../ui/theme.js";
import { ViewState, text, words } from "../../ui/view-state.js";
import { become } from "../shared/become.js";
import { createNotice } from "../shared/notice.js";
import { cancel, remove } from "./actions.js";
import { curvesPart } from "./curves.js";
import { framesPart } from "./frames.js";
import { experimentHead, observeRate } from "./head.js";
import { RunMetrics } from "./metrics.js";
import { linePart, sweepPart } from "./sweep.js";
import { differencesPart, filmsPart, runsPart, tablePart } from "./table.js";
import { linesOf, placeIn } from "./words.js";

const BUSY_EVERY = 1500; // ms
const PAUSED_EVERY = 10_000;

/** @type {import("../../types").Page} */
export function experimentPage(element, { navigate, setTitle }, { id }) {
  setTitle("Experiment · Emergescope");
  // The measure of a sweep and its marked cells; open tables, seeds, zoom and the like under the name of their part.
  const state = new ViewState({ measure: text(), marked: words() }, ["on."]);
  const notice = createNotice();
  const metrics = new RunMetrics();
  const remaining = observeRate();
  const head = make("header");
  const holder = make("div", { class: "exp-parts" }, make("div", { class: "exp-wait", role: "status" }, make("span", { class: "visually-hidden" }, "Loading the experiment"),
    make("div", { class: "skeleton exp-wait-title" }), make("div", { class: "skeleton exp-wait-line" }), make("div", { class: "skeleton exp-wait-picture" })));
  element.replaceChildren(make("div", { class: "exp" }, notice.element, holder));
  /** @type {Experiment | null} */
  let shown = null;
  /** @type {Part[]} */
  let parts = [];
  let request = 0;

  const actions = {
    async cancel() {
      if (shown) await cancel(notice, shown);
      await asking.now();
    },
    async remove() {
      if (shown && (await remove(notice, shown))) navigate("/experiments");
      else await asking.now();
    },
  };

  const draw = () => {
    request = 0;
    const experiment = shown;
    if (!experiment) return;
    become(head, experimentHead(experiment, remaining, actions));
    parts.forEach(({ update }) => update?.(experiment));
  };
  const soon = () => (request ||= requestAnimationFrame(draw));
  for (const source of [metrics, state]) source.addEventListener("change", soon);
  const stopTheme = onThemeChange(soon);
  const clear = () => {
    cancelAnimationFrame(request);
    stopTheme();
    parts.forEach(({ destroy }) => destroy?.());
    parts = [];
    shown = null;
  };

  const asking = notice.keepAsking(async (signal) => {
    const experiment = await getExperiment(id, signal).catch((error) => {
      if (error.status !== 404) throw error;
      return null;
    });
    if (signal.aborted) return null;
    if (!experiment) {
      clear();
      element.replaceChildren(make("div", { class: "state" }, make("h1", {}, "No such experiment"),
        make("p", {}, `There is no experiment “${id}” on this server. It may have been deleted, or the link is from another machine.`),
        make("a", { class: "button primary", href: "/experiments" }, "All experiments")));
      return null;
    }
    setTitle(visible(`${experiment.name} · Emergescope`));
    if (!shown) {
      parts = partsOf(experiment, state, metrics);
      const { damage } = experiment;
      const lost = damage ? [make("p", { class: "notice warn" }, `Rows of it in the database do not fit, and what does not is left out here: ${damage}.`)] : [];
      holder.replaceChildren(head, ...lost, make("div", { class: "exp-parts" }, ...parts.map((part) => part.element)));
    }
    shown = experiment;
    if (experiment.display.pictures.length) metrics.update(linesOf(experiment).flatMap(({ look, members }) => (look ? members : [])));
    draw();
    return isMoving(experiment.status) ? BUSY_EVERY : isOver(experiment.status) ? null : PAUSED_EVERY;
  });
  asking.now();
  return {
    readdress: () => state.reread(),
    destroy() {
      asking.stop();
      state.destroy();
      clear();
    },
  };
}

/** @param {Experiment} first @param {ViewState<any>} state @param {RunMetrics} metrics @returns {Part[]} */
function partsOf(first, state, metrics) {
  if (first.kind === "sweep") return [...linePart(first, state), sweepPart(first, state, metrics)];
  const pictures = first.display.pictures.map((picture, i) =>
    (picture.kind === "frames" ? framesPart(picture, first, metrics, placeIn(state, `p${i}`)) : curvesPart(picture, first, metrics, placeIn(state, `p${i}`))));
  return [...pictures, ...(first.table.length ? [tablePart(first)] : []), ...differencesPart(first), first.kind === "runs" ? runsPart() : filmsPart()];
}
