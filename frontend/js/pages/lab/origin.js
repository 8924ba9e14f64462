/**
 * Where a run comes from, and what came between: the lines under its name that say what differs, and lead to its parent and
 * its experiment, and the history of workers that died. Used by side.js.
 * @typedef {import("../../types").Run} Run
 */

import { at } from "../../ui/address.js";
import { ApiError, getRun } from "../../net/api.js";
import { count, make, setText } from "../../ui/dom.js";
import { short } from "../../form/controls.js";
import { absolute } from "../../ui/ago.js";

const TIMES = ["", "once", "twice"];

/** A line that stays hidden for a run that is no fork. */
export function originLine() {
  const parent = make("a", { class: "name" });
  const step = make("span", {});
  const compare = make("a", {}, "compare with its parent");
  const element = make("p", { class: "muted fork-line", hidden: "" }, "Forked from ", parent, step, " ", compare);
  return {
    element,
    /** @param {Run} run */
    update({ id, origin }) {
      if (!origin || !element.hidden) return;
      element.hidden = false;
      parent.href = at(`/runs/${origin.run}?step=${origin.step}`);
      compare.href = at(`/compare?runs=${origin.run},${id}`);
      setText(parent, origin.run);
      setText(step, ` at step ${count(origin.step)}\u00a0·`);
      getRun(origin.run).then(
        ({ name }) => setText(parent, name),
        (error) => {
          if (!(error instanceof ApiError) || error.status !== 404) return; // its id says it too
          element.replaceChildren(`Forked at step ${count(origin.step)} from run ${origin.run}, which was deleted`);
        },
      );
    },
  };
}

/** Lines that stay hidden where there is nothing to tell: what differs from the preset or the parent, and the experiment. */
export function placeLines() {
  const changed = make("p", { class: "muted run-changes", hidden: "" });
  const link = make("a", { class: "name" });
  const experiment = make("p", { class: "muted", hidden: "" }, "Part of the experiment ", link);
  return {
    elements: [changed, experiment],
    /** @param {Run} run */
    update({ changes, experiment: group, origin }) {
      changed.hidden = !changes?.length;
      setText(changed, changes?.length ? `Differs from its ${origin ? "parent" : "preset"}: ${changes.map(withPast).join(", ")}` : "");
      experiment.hidden = !group;
      if (!group || link.textContent === group.name) return;
      link.href = at(`/experiments/${group.id}`);
      setText(link, group.name);
    },
  };
}

/** @param {import("../../types").Change} change @returns {string} "p_o = 0.2 (0.5)" where what was before can be said as shortly */
const withPast = ({ text, was }) => (typeof was === "number" ? `${text} (${short(was)})` : text);

/** @param {Run} run @returns {HTMLElement[]} how often it went on, and a line for each death */
export function interruptions({ deaths, status }) {
  const resumed = status === "failed" ? deaths.length - 1 : deaths.length;
  const often = resumed > 0 ? `Went on ${TIMES[resumed] ?? `${count(resumed)} times`} after its worker died. ` : "";
  const lines = deaths.map(({ at, step, reason }) =>
    make("li", {}, make("span", {}, `Step ${count(step)}: ${reason}`), make("time", { class: "muted", datetime: at }, absolute(at))));
  return [make("p", { class: "small muted" }, `${often}Its frames are those of a run without interruption.`), make("ol", { class: "deaths small" }, ...lines)];
}
