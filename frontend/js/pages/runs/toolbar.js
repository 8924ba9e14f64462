/** Above the table of runs: search, filters, and what to do with the chosen ones. */

import { STATUSES } from "../../film/status.js";
import { getGallery } from "../../net/api.js";
import { button, make, nameOf, visible } from "../../ui/dom.js";

const TYPING = 250; // ms of rest before a search

/**
 * @param {import("../../ui/view-state.js").ViewState<any>} view @param {AbortSignal} signal the page has gone
 * @param {{ remove: () => void, compare: () => void, clear: () => void }} actions
 */
export function createToolbar(view, signal, actions) {
  const field = make("input", {
    type: "search", name: "q", class: "runs-search", placeholder: "Search names, notes and tags", "aria-label": "Search runs", "aria-keyshortcuts": "/",
  });
  const choice = (/** @type {string} */ name, /** @type {string} */ label) => make("select", { name, "aria-label": label, class: "runs-filter" });
  /** @param {HTMLSelectElement} select @param {string} any @param {[string, string][]} values */
  const offer = (select, any, values) => select.replaceChildren(...[["", any], ...values].map(([value, title]) => make("option", { value }, title)));
  const [status, study] = [choice("status", "Status"), choice("study", "Study")];
  offer(status, "any status", STATUSES.map((name) => [name, name]));
  offer(study, "any study", []);
  const alone = make("input", { type: "checkbox", name: "in_experiment", value: "false" });
  const tag = button("", () => view.set({ tag: "", row: 0 }, { push: true }), { class: "button quiet name" });
  const number = make("span", { role: "status" });
  const compare = button("Compare", actions.compare, { title: "Play the chosen runs side by side" });
  const chosen = make("span", { class: "runs-chosen" }, number, compare, button("Delete", actions.remove, { class: "button danger" }),
    button("Choose none", actions.clear, { class: "button quiet" }));
  const element = make("form", { class: "runs-toolbar" },
    make("span", { class: "runs-search-pair" }, field, make("kbd", { class: "runs-key", "aria-hidden": "true" }, "/")), status, study,
    make("label", { class: "runs-alone" }, alone, "hide runs of experiments"), tag, chosen);
  let timer = 0;

  /** @param {boolean} push */
  const apply = (push) => {
    clearTimeout(timer);
    timer = 0;
    const asked = Object.fromEntries(new FormData(element));
    if (!signal.aborted) view.set({ in_experiment: "", ...asked, q: field.value.trim(), row: 0 }, { push });
  };
  element.addEventListener("submit", (event) => event.preventDefault());
  element.addEventListener("change", ({ target }) => target !== field && apply(true));
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => apply(false), TYPING);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
  }, { signal });

  const draw = () => {
    const { value } = view;
    if (!timer && field.value.trim() !== value.q) field.value = value.q; // what is being typed stays
    status.value = value.status;
    if (![...study.options].some((option) => option.value === value.study)) study.append(make("option", { value: value.study }, value.study));
    study.value = value.study;
    alone.checked = value.in_experiment === "false";
    tag.hidden = value.tag === "";
    tag.replaceChildren("tag: ", nameOf(visible(value.tag)), " ×");
    tag.setAttribute("aria-label", visible(`show runs without the tag ${value.tag} too`));
  };
  draw();

  return {
    element,
    draw,
    /** Without the titles of studies, there is one choice less. */
    async nameStudies() {
      const { studies } = await getGallery(signal);
      offer(study, "any study", studies.map(({ id, title }) => [id, title]));
      draw();
    },
    /** @param {number} count */
    showChosen(count) {
      chosen.hidden = count === 0;
      compare.hidden = count < 2;
      number.textContent = count ? `${count} chosen` : "";
    },
  };
}
