/**
 * A button that opens a search for runs by name; choosing one adds it. Used by pages/compare.js.
 * @typedef {import("../../types").RunSummary} RunSummary
 */

import { ApiError, listRuns } from "../../net/api.js";
import { button, make, setText } from "../../ui/dom.js";
import { outcome } from "../../film/status.js";
import { ago } from "../../ui/ago.js";

const TYPING_MS = 200; // of rest before a search
const OFFERED = 12;

/** @param {{has: (id: string) => boolean, add: (id: string) => void}} actions */
export function addRunControl(actions) {
  const open = button("Add a run", () => toggle(), { class: "button compare-add-button", "aria-expanded": "false", "aria-haspopup": "dialog" });
  const field = make("input", { type: "search", placeholder: "Search by name", "aria-label": "Search runs by name" });
  const list = make("ul", { class: "compare-offers", "aria-label": "Runs" });
  const note = make("p", { class: "muted small", role: "status" });
  const box = make("div", { class: "compare-add-box", role: "dialog", "aria-label": "Add a run", hidden: "" }, field, list, note);
  const element = make("div", { class: "compare-add" }, open, box);
  let asking = new AbortController();
  let timer = 0;

  /** @param {boolean} [show] */
  function toggle(show = box.hidden === true) {
    box.hidden = !show;
    open.setAttribute("aria-expanded", String(show));
    clearTimeout(timer);
    asking.abort();
    if (!show) return;
    field.value = "";
    field.focus();
    search();
  }

  async function search() {
    asking.abort();
    const { signal } = (asking = new AbortController());
    try {
      const { items, next } = await listRuns({ q: field.value.trim(), limit: 50 }, signal);
      if (!signal.aborted) offer(items, next !== null);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      list.replaceChildren();
      setText(note, error.message);
    }
  }

  /** @param {RunSummary[]} runs @param {boolean} more there are older ones */
  function offer(runs, more) {
    const free = runs.filter((run) => !actions.has(run.id));
    list.replaceChildren(...free.slice(0, OFFERED).map((run) => {
      const press = button("", () => choose(run.id), { class: "compare-offer" });
      press.append(make("span", { class: "compare-offer-name name" }, run.name),
        make("span", { class: "muted small" }, `${outcome(run)}, ${ago(run.created_at)}`));
      return make("li", {}, press);
    }));
    const cut = free.length > OFFERED || more;
    setText(note, free.length === 0 ? "No other run has such a name." : cut ? "The newest. Type to search among all." : "");
  }

  /** @param {string} id */
  function choose(id) {
    toggle(false);
    open.focus();
    actions.add(id);
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(search, TYPING_MS);
  });
  box.addEventListener("keydown", (event) => {
    const stops = /** @type {HTMLElement[]} */ ([field, ...list.querySelectorAll("button")]);
    const place = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key === "Escape") {
      toggle(false);
      open.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      stops[(place + (event.key === "ArrowDown" ? 1 : -1) + stops.length) % stops.length]?.focus();
    } else if (event.key === "Enter" && place === 0) stops[1]?.click();
    else {
      event.stopPropagation(); // the keys of the player rest meanwhile
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  const outside = (/** @type {Event} */ event) => {
    if (!box.hidden && event.target instanceof Node && !element.contains(event.target)) toggle(false);
  };
  document.addEventListener("pointerdown", outside);

  return {
    element,
    /** @param {string} reason why there is no room for more; "": there is */
    limit(reason) {
      open.disabled = reason !== "";
      open.title = reason;
    },
    destroy() {
      toggle(false);
      document.removeEventListener("pointerdown", outside);
    },
  };
}
