/**
 * Above the runs of a comparison: which of their panels is compared, its controls, what is selected, how to add a run, and what the
 * page has to say. Used by compare.js.
 * @typedef {import("./words.js").PanelChoice} PanelChoice
 */

import { colourOf, tokenColour } from "../../display/colours.js";
import { groupsOf } from "../../display/values.js";
import { panelOptions } from "../../panels/panel.js";
import { optionControls } from "../../panels/choices.js";
import { button, count, make, nameOf, setText } from "../../ui/dom.js";
import { theme } from "../../ui/theme.js";
import { MOST } from "./runs.js";
import { panelKey } from "./words.js";

/**
 * @param {{ onPanel(key: string): void, onClear(): void, onSide(): void, option(panel: string, key: string): string | null,
 *   setOption(panel: string, key: string, value: string | null): void, add: HTMLElement }} page
 */
export function compareHead({ onPanel, onClear, onSide, option, setOption, add }) {
  const title = make("h1", { class: "compare-title" }, "Compare");
  const panel = make("select", { class: "compare-panel", "aria-label": "Panel to compare" });
  panel.addEventListener("change", () => onPanel(panel.value));
  const controls = make("div", { class: "panel-controls" });
  const legend = make("p", { class: "compare-legend", "aria-label": "Colours" });
  const clear = button("", onClear, { class: "button quiet", title: "Clear the selection (Esc)" });
  const side = button("Curves and settings", onSide, { class: "button quiet compare-side-button" });
  const element = make("div", { class: "compare-head" }, title, panel, controls, legend, clear, make("div", { class: "compare-tools" }, side, add));
  let offered = "";
  let buttons = { update() {} };

  /** @param {PanelChoice[]} choices @param {PanelChoice} choice */
  function offer(choices, choice) {
    const next = JSON.stringify([theme().name, choice, choices.map(({ title: name, all }) => [name, all])]);
    if (next === offered) return;
    offered = next;
    panel.replaceChildren(...choices.map((one) => make("option", { value: panelKey(choices, one) }, one.all ? one.title : `${one.title} (some runs)`)));
    panel.value = panelKey(choices, choice);
    const { id } = choice;
    buttons = optionControls({ controls, option: (key) => option(id, key), setOption: (key, value) => setOption(id, key, value) }, panelOptions(choice.panel));
    legend.replaceChildren(...coloursOf(choice.panel));
  }

  return {
    element,
    controls,
    /** @param {{ runs: number, selected: number, side: boolean, choices: PanelChoice[], choice: PanelChoice | undefined }} now side: whether it is open */
    update({ runs, selected, side: open, choices, choice }) {
      setText(title, runs === 0 ? "Compare" : `Compare ${runs === 1 ? "one run" : `${runs} runs`}`);
      clear.hidden = selected === 0;
      setText(clear, `${count(selected)} selected ×`);
      panel.hidden = controls.hidden = legend.hidden = !choice;
      side.hidden = runs === 0;
      side.setAttribute("aria-expanded", String(open));
      if (choice) offer(choices, choice);
      buttons.update();
    },
  };
}

/** @param {import("../../types").PanelDeclaration} panel @returns {HTMLElement[]} what its colours mean, once for all tiles */
function coloursOf({ show }) {
  /** @type {import("../../types").ColourBy | undefined} */
  const by = show.colour ?? show.mark;
  const [least, most] = by?.range ?? [-1, 1];
  return groupsOf(by, null).map(({ name, colour, low = least, high = most }) => {
    const dot = make("span", { class: "map-dot", "aria-hidden": "true" });
    dot.style.background = colour ? tokenColour(colour, theme()) : colourOf(/** @type {NonNullable<typeof by>} */ (by), [least, most], theme())((low + high) / 2);
    return make("span", {}, dot, name);
  });
}

/**
 * Runs that are not here, and runs that there is no room for.
 * @param {string[]} missing ids @param {string[]} waiting ids @param {(ids: string[]) => void} onDrop @returns {HTMLElement[]}
 */
export function compareNotices(missing, waiting, onDrop) {
  const notices = [];
  if (missing.length) {
    const names = missing.flatMap((id, i) => [i ? ", “" : "“", nameOf(id), "”"]);
    const [noun, pronoun] = missing.length === 1 ? ["is no run ", "It"] : ["are no runs ", "They"];
    const text = [`There ${noun}`, ...names, ` on this server that can be shown. ${pronoun} may have been deleted, or the link is from another machine.`];
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
    make("p", {}, "Here runs play side by side on one timeline: what is seen of them, what is measured, and in which settings they differ."),
    make("p", {}, "Mark two or more in the list of runs and press Compare, or add them one by one with the button above."),
    make("a", { class: "button primary", href: "/runs" }, "Choose runs"));
}
