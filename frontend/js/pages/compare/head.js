/**
 * Above the maps of a comparison: what all of them share (mode, colours, selection), how to add a run, and what the page
 * has to say. Used by pages/compare.js.
 */

import { button, count, make, nameOf, setText } from "../../ui/dom.js";
import { mapControls } from "../../panels/points.js";
import { MOST } from "./runs.js";

/**
 * @param {{options: import("../../panels/points.js").MapOptions, onOptions: (changes: Partial<import("../../panels/points.js").MapOptions>) => void,
 *   onClear: () => void, add: HTMLElement}} context
 */
export function compareHead({ options, onOptions, onClear, add }) {
  const title = make("h1", { class: "compare-title" }, "Compare");
  const controls = make("div", { class: "panel-controls" });
  const mode = mapControls({ options, onOptions, controls });
  const names = [make("span", {}), make("span", {}, "between"), make("span", {})];
  const legend = make("p", { class: "compare-legend", "aria-label": "Colours of the neurons" },
    ...["negative", "diverging-centre-mark", "positive"].map((token, i) => {
      const dot = make("span", { class: "map-dot", "aria-hidden": "true" });
      dot.style.background = `var(--${token})`;
      return make("span", {}, dot, names[i]);
    }));
  const clear = button("", onClear, { class: "button quiet", title: "Clear the selection (Esc)" });
  clear.hidden = true;
  const element = make("div", { class: "compare-head" }, title, controls, legend, clear, add);
  mode.update();
  return {
    element,
    /** @param {number} runs @param {ReadonlySet<number>} selection @param {{plus: string, minus: string}} words for the signal */
    update(runs, selection, { plus, minus }) {
      setText(names[0], `at ${minus}`);
      setText(names[2], `at ${plus}`);
      setText(title, runs === 0 ? "Compare" : `Compare ${runs === 1 ? "one run" : `${runs} runs`}`);
      clear.hidden = selection.size === 0;
      setText(clear, `${count(selection.size)} selected ×`);
      controls.hidden = legend.hidden = runs === 0;
      mode.update();
    },
  };
}

/**
 * Runs that are not here, and runs that there is no room for.
 * @param {string[]} missing ids @param {string[]} waiting ids @param {(ids: string[]) => void} onDrop @returns {HTMLElement[]}
 */
export function compareNotices(missing, waiting, onDrop) {
  const notices = [];
  if (missing.length) {
    const names = missing.flatMap((id, i) => [i ? ", “" : "“", nameOf(id), "”"]);
    const text = missing.length === 1
      ? ["There is no run ", ...names, " on this server that can be shown. It may have been deleted, or the link is from another machine."]
      : ["There are no runs ", ...names, " on this server that can be shown. They may have been deleted, or the link is from another machine."];
    notices.push(notice("warn", text, missing, onDrop));
  }
  if (waiting.length) {
    const links = waiting.flatMap((id, i) => [i ? ", " : "", make("a", { class: "name", href: `/runs/${id}` }, id)]);
    const text = `Only the first ${MOST} of ${MOST + waiting.length} runs are shown. Remove one to make room for the next of: `;
    notices.push(notice("", [text, ...links, "."], waiting, onDrop));
  }
  return notices;
}

/** @param {string} kind @param {(Node | string)[]} text @param {string[]} ids @param {(ids: string[]) => void} onDrop */
function notice(kind, text, ids, onDrop) {
  const drop = button("Leave out", () => onDrop(ids), { class: "button quiet", title: "Take these runs out of the address" });
  return make("div", { class: `notice ${kind} compare-notice`, role: "status" }, make("p", {}, ...text), drop);
}

/** @param {boolean} asked whether the address named runs, none of which is here @returns {HTMLElement} */
export function nothingToCompare(asked) {
  return make("div", { class: "state" },
    make("h2", {}, asked ? "None of these runs is here" : "No runs chosen yet"),
    make("p", {}, "Here runs play side by side on one timeline: their neurons, what their networks know, and in which settings they differ."),
    make("p", {}, "Mark two or more in the list of runs and press Compare, or add them one by one with the button above."),
    make("a", { class: "button primary", href: "/runs" }, "Choose runs"));
}
