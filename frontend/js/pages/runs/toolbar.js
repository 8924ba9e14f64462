/**
 * Above the table of runs: search, filters, and what to do with the chosen ones. Used by the runs page only.
 * @module
 */

import { getGallery } from "../../net/api.js";
import { button, make, nameOf, visible } from "../../ui/dom.js";
import { STATUSES } from "../../film/status.js";

const TYPING = 250; // ms of rest before a search

/**
 * @param {import("../../ui/view-state.js").ViewState<any>} view @param {() => Promise<void>} turn to ask @param {AbortSignal} signal
 * @param {{ remove: () => void, compare: () => void, clear: () => void }} actions
 */
export function createToolbar(view, turn, signal, actions) {
  const field = make("input", {
    type: "search", class: "runs-search", placeholder: "Search names, notes and tags", "aria-label": "Search runs", "aria-keyshortcuts": "/",
  });
  const key = make("kbd", { class: "runs-key", "aria-hidden": "true" }, "/");
  const choice = (/** @type {string} */ label, /** @type {string} */ any, /** @type {[string, string][]} */ values) =>
    make("select", { "aria-label": label, class: "runs-filter" }, make("option", { value: "" }, any),
      ...values.map(([value, title]) => make("option", { value }, title)));
  const status = choice("Status", "any status", STATUSES.map((name) => [name, name]));
  const study = choice("Study", "any study", []);
  const tag = button("", () => view.set({ tag: "", row: 0 }, { push: true }), { class: "button quiet name" });
  const number = make("span", { role: "status" });
  const compare = button("Compare", actions.compare, { class: "button", title: "Play the chosen runs side by side" });
  const chosen = make("span", { class: "runs-chosen" }, number, compare, button("Delete", actions.remove, { class: "button danger" }),
    button("Choose none", actions.clear, { class: "button quiet" }));
  const alone = make("input", { type: "checkbox" });
  chosen.hidden = true;
  let timer = 0;

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => view.set({ q: field.value.trim(), row: 0 }), TYPING);
  });
  alone.addEventListener("change", () => view.set({ in_experiment: alone.checked ? "false" : "", row: 0 }, { push: true }));
  status.addEventListener("change", () => view.set({ status: status.value, row: 0 }, { push: true }));
  study.addEventListener("change", () => view.set({ study: study.value, row: 0 }, { push: true }));

  const draw = () => {
    if (field.value.trim() !== view.value.q) field.value = view.value.q;
    status.value = view.value.status;
    if (view.value.study && ![...study.options].some(({ value }) => value === view.value.study)) study.append(make("option", { value: view.value.study }, view.value.study));
    study.value = view.value.study;
    alone.checked = view.value.in_experiment === "false";
    tag.hidden = view.value.tag === "";
    tag.replaceChildren("tag: ", nameOf(visible(view.value.tag)), " ×");
    tag.setAttribute("aria-label", visible(`show runs without the tag ${view.value.tag} too`));
  };

  const nameStudies = async () => {
    await turn();
    const { studies } = await getGallery(signal);
    study.replaceChildren(make("option", { value: "" }, "any study"), ...studies.map(({ id, title }) => make("option", { value: id }, title)));
    draw();
  };

  const slash = (/** @type {KeyboardEvent} */ event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
  };
  document.addEventListener("keydown", slash);
  draw();
  // After the list itself. Without their titles, there is one choice less.
  setTimeout(() => signal.aborted || nameStudies().catch(() => {}), 0);

  return {
    element: make("div", { class: "runs-toolbar" }, make("span", { class: "runs-search-pair" }, field, key), status, study,
      make("label", { class: "runs-alone" }, alone, "hide runs of experiments"), tag, chosen),
    draw,
    /** @param {number} count */
    showChosen(count) {
      chosen.hidden = count === 0;
      compare.hidden = count < 2;
      number.textContent = count ? `${count} chosen` : "";
    },
    destroy() {
      clearTimeout(timer);
      document.removeEventListener("keydown", slash);
    },
  };
}
