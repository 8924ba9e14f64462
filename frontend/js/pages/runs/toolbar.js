/**
 * Above the table of runs: search, status, tag, and what to do with the chosen ones. Used by the runs page only.
 * @module
 */

import { here, replaceAddress } from "../../ui/address.js";
import { button, make, nameOf, visible } from "../../ui/dom.js";
import { STATUSES } from "../../film/status.js";

const TYPING = 250; // ms of rest before a search
const ALONE = "in_experiment"; // in the address as in the request

/**
 * @param {{ search: (changes: { q?: string, status?: string, tag?: string, in_experiment?: string }) => void, remove: () => void, compare: () => void, clear: () => void }} actions
 */
export function createToolbar(actions) {
  const field = make("input", {
    type: "search", class: "runs-search", placeholder: "Search names and tags", "aria-label": "Search runs", "aria-keyshortcuts": "/",
  });
  const key = make("kbd", { class: "runs-key", "aria-hidden": "true" }, "/");
  const status = make("select", { "aria-label": "Status", class: "runs-filter" }, make("option", { value: "" }, "any status"));
  for (const name of STATUSES) status.append(make("option", { value: name }, name));
  const tag = button("", () => setTag(""), { class: "button quiet name" });
  const number = make("span", { role: "status" });
  const remove = button("Delete…", actions.remove, { class: "button danger" });
  const compare = button("Compare", actions.compare, { class: "button", title: "Play the chosen runs side by side" });
  const chosen = make("span", { class: "runs-chosen" }, number, compare, remove, button("Choose none", actions.clear, { class: "button quiet" }));
  const alone = make("input", { type: "checkbox" });
  tag.hidden = chosen.hidden = true;
  let timer = 0;

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => actions.search({ q: field.value.trim() }), TYPING);
  });
  alone.addEventListener("change", () => {
    writeAlone(alone.checked);
    actions.search({ in_experiment: alone.checked ? "false" : "" });
  });
  status.addEventListener("change", () => actions.search({ status: status.value }));

  const setTag = (/** @type {string} */ name) => {
    tag.hidden = name === "";
    tag.replaceChildren("tag: ", nameOf(name), " ×");
    tag.setAttribute("aria-label", visible(`show runs without the tag ${name} too`));
    actions.search({ tag: name });
  };

  const slash = (/** @type {KeyboardEvent} */ event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
  };
  document.addEventListener("keydown", slash);

  return {
    element: make("div", { class: "runs-toolbar" }, make("span", { class: "runs-search-pair" }, field, key), status,
      make("label", { class: "runs-alone" }, alone, "hide runs of experiments"), tag, chosen),
    setTag,
    /** What the address asks for, before the first answer. */
    start() {
      alone.checked = new URLSearchParams(location.search).get(ALONE) === "false";
      return actions.search({ in_experiment: alone.checked ? "false" : "" });
    },
    /** @param {number} count */
    showChosen(count) {
      chosen.hidden = count === 0;
      compare.hidden = count < 2;
      number.textContent = `${count} chosen`;
    },
    reset() {
      field.value = status.value = "";
      tag.hidden = true;
      alone.checked = false;
      writeAlone(false);
      actions.search({ q: "", status: "", tag: "", in_experiment: "" });
    },
    destroy() {
      clearTimeout(timer);
      document.removeEventListener("keydown", slash);
    },
  };
}

/** Keeps in the address that runs of experiments are hidden. @param {boolean} hidden */
function writeAlone(hidden) {
  const params = new URLSearchParams(location.search);
  if (hidden) params.set(ALONE, "false");
  else params.delete(ALONE);
  replaceAddress(`${here()}${params.size ? `?${params}` : ""}`);
}
