/**
 * Above the runs of a comparison: which panel is compared, its controls, what is selected, how to add a run, what the page has to say.
 * @import { FilmView } from "../../panels/film-view.js"
 * @import { ColourBy, PanelDeclaration, Run, RunSummary } from "../../types"
 * @import { PanelChoice } from "./words.js"
 */

import { colourOf, tokenColour } from "../../display/colours.js";
import { groupsOf } from "../../display/values.js";
import { outcome } from "../../film/status.js";
import { ApiError, getControl, listRuns } from "../../net/api.js";
import { panelOptions } from "../../panels/panel.js";
import { optionControls } from "../../panels/choices.js";
import { ago } from "../../ui/ago.js";
import { button, count, fill, make, nameOf, setText } from "../../ui/dom.js";
import { theme } from "../../ui/theme.js";
import { BESIDE, startButton } from "../shared/start.js";
import { MOST } from "./runs.js";
import { panelKey } from "./words.js";

const TYPING_MS = 200; // of rest before a search
const OFFERED = 12;

/** @param {FilmView<any>} view @param {() => void} onClear */
export function compareHead(view, onClear) {
  const title = make("h1", { class: "compare-title" });
  const panel = make("select", { class: "compare-panel", "aria-label": "Panel to compare" });
  panel.addEventListener("change", () => view.set({ panel: panel.value }, { push: true }));
  const controls = make("div", { class: "panel-controls" });
  const legend = make("p", { class: "compare-legend", "aria-label": "Colours" });
  const clear = button("", onClear, { class: "button quiet", title: "Clear the selection (Esc)" });
  const fold = () => view.set({ side: view.value.side === "open" ? "closed" : "open" });
  const side = button("Curves and settings", fold, { class: "button quiet compare-side-button" });
  const add = addRun(view);
  /** Runs whose control is not among those shown. @type {Run[]} */
  let alone = [];
  const trouble = make("p", { class: "notice bad small", role: "alert", hidden: "" });
  const control = startButton("runs", async () => {
    const found = await Promise.all(alone.map(({ id }) => getControl(id)));
    view.set({ runs: [...view.value.runs, ...found.map(({ id }) => id)] }, { push: true });
  }, trouble, "button", BESIDE);
  const element = make("div", { class: "compare-head" }, title, panel, controls, legend, clear, make("div", { class: "compare-tools" }, side, control, add.element), trouble);
  let buttons = { update() {} };

  /** @param {PanelChoice[]} choices @param {PanelChoice} choice */
  const offer = (choices, choice) => fill(legend, [theme().name, choice, choices.map(({ title: name, all }) => [name, all])], () => {
    panel.replaceChildren(...choices.map((one) => make("option", { value: panelKey(choices, one) }, one.all ? one.title : `${one.title} (some runs)`)));
    panel.value = panelKey(choices, choice);
    const { id } = choice;
    buttons = optionControls({ controls, option: (key) => view.option(id, key), setOption: (key, value) => view.setOption(id, key, value) }, panelOptions(choice.panel));
    return coloursOf(choice.panel);
  });

  return {
    element, controls,
    /** @param {number} runs @param {Run[]} known of them @param {PanelChoice[]} choices @param {PanelChoice | undefined} choice */
    update(runs, known, choices, choice) {
      alone = known.filter((run) => run.control && !known.some(({ preset }) => preset === run.control));
      control.hidden = alone.length === 0 || runs + alone.length > MOST;
      const selected = [...view.selection.values()].reduce((sum, { size }) => sum + size, 0);
      setText(title, runs === 0 ? "Compare" : `Compare ${runs === 1 ? "one run" : `${runs} runs`}`);
      clear.hidden = selected === 0;
      setText(clear, `${count(selected)} selected ×`);
      panel.hidden = controls.hidden = legend.hidden = !choice;
      side.hidden = runs === 0;
      side.setAttribute("aria-expanded", String(view.value.side === "open"));
      add.open.disabled = runs >= MOST;
      add.open.title = runs < MOST ? "" : `There is room for ${MOST} runs: remove one first.`;
      if (choice) offer(choices, choice);
      buttons.update();
    },
  };
}

/** A button that opens a search for runs by name; choosing one adds it. @param {FilmView<any>} view */
function addRun(view) {
  const open = button("Add a run", () => {}, { class: "button compare-add-button", "aria-haspopup": "dialog" });
  const field = make("input", { type: "search", placeholder: "Search by name", "aria-label": "Search runs by name" });
  const list = make("ul", { class: "compare-offers", "aria-label": "Runs" });
  const note = make("p", { class: "muted small", role: "status" });
  const box = make("div", { class: "compare-add-box", popover: "auto", role: "dialog", "aria-label": "Add a run" }, field, list, note);
  open.popoverTargetElement = box; // a press on the button does not open again what it has just shut
  let asking = new AbortController();

  box.addEventListener("toggle", (event) => {
    asking.abort();
    if (event.newState !== "open") return;
    const { bottom, right } = open.getBoundingClientRect();
    Object.assign(box.style, { top: `${bottom + 4}px`, right: `${Math.max(16, innerWidth - right)}px` });
    field.value = "";
    field.focus();
    search(0);
  });
  field.addEventListener("input", () => search(TYPING_MS));

  /** @param {number} rest ms, in which another search may take its place */
  async function search(rest) {
    asking.abort();
    const { signal } = (asking = new AbortController());
    await new Promise((resolve) => setTimeout(resolve, rest));
    if (signal.aborted) return;
    try {
      const { items, next } = await listRuns({ q: field.value.trim(), limit: 50 }, signal);
      if (!signal.aborted) offer(items.filter(({ id }) => !view.value.runs.includes(id)), next !== null);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      list.replaceChildren();
      setText(note, error.message);
    }
  }

  /** @param {RunSummary[]} free @param {boolean} more there are older ones */
  function offer(free, more) {
    list.replaceChildren(...free.slice(0, OFFERED).map((run) => {
      const press = button("", () => {
        box.hidePopover();
        open.focus();
        view.set({ runs: [...view.value.runs, run.id] }, { push: true });
      }, { class: "compare-offer" });
      press.append(make("span", { class: "compare-offer-name name" }, run.name), make("span", { class: "muted small" }, `${outcome(run)}, ${ago(run.created_at)}`));
      return make("li", {}, press);
    }));
    setText(note, free.length === 0 ? "No other run has such a name." : free.length > OFFERED || more ? "The newest. Type to search among all." : "");
  }

  field.addEventListener("keydown", ({ key }) => key === "Enter" && list.querySelector("button")?.click());
  return { element: make("div", { class: "compare-add" }, open, box), open };
}

/** @param {PanelDeclaration} panel @returns {HTMLElement[]} what its colours mean, once for all tiles */
function coloursOf({ show }) {
  /** @type {ColourBy | undefined} */
  const by = show.colour ?? show.mark;
  const [least, most] = by?.range ?? [-1, 1];
  return groupsOf(by, null).map(({ name, colour, low = least, high = most }) => {
    const dot = make("span", { class: "map-dot", "aria-hidden": "true" });
    dot.style.background = colour ? tokenColour(colour, theme()) : colourOf(/** @type {ColourBy} */ (by), [least, most], theme())((low + high) / 2);
    return make("span", {}, dot, name);
  });
}

/** Runs that are not here, and runs that there is no room for. @param {string[]} missing ids @param {string[]} waiting ids @param {(ids: string[]) => void} onDrop */
export function compareNotices(missing, waiting, onDrop) {
  const notice = (/** @type {string} */ kind, /** @type {string[]} */ ids, /** @type {(Node | string)[]} */ ...text) => {
    const drop = button("Leave out", () => onDrop(ids), { class: "button quiet", title: "Take these runs out of the address" });
    return ids.length ? [make("div", { class: `notice ${kind} compare-notice`, role: "status" }, make("p", {}, ...text), drop)] : [];
  };
  const listed = (/** @type {string[]} */ ids, /** @type {(id: string) => (Node | string)[]} */ each) => ids.flatMap((id, i) => [i ? ", " : "", ...each(id)]);
  const [noun, pronoun] = missing.length === 1 ? ["is no run ", "It"] : ["are no runs ", "They"];
  return [
    ...notice("warn", missing, `There ${noun}`, ...listed(missing, (id) => ["“", nameOf(id), "”"]),
      ` on this server that can be shown. ${pronoun} may have been deleted, or the link is from another machine.`),
    ...notice("", waiting, `Only the first ${MOST} of ${MOST + waiting.length} runs are shown. Remove one to make room for the next of: `,
      ...listed(waiting, (id) => [make("a", { class: "name", href: `/runs/${id}` }, id)]), "."),
  ];
}

/** @param {boolean} asked whether the address named runs, none of which is here @returns {HTMLElement} */
export function nothingToCompare(asked) {
  return make("div", { class: "state" },
    make("h2", {}, asked ? "None of these runs is here" : "No runs chosen yet"),
    make("p", {}, "Here runs play side by side on one timeline: what is seen of them, what is measured, and in which settings they differ."),
    make("p", {}, "Mark two or more in the list of runs and press Compare, or add them one by one with the button above."),
    make("a", { class: "button primary", href: "/runs" }, "Choose runs"));
}
