/**
 * A button that opens a search for runs by name; choosing one adds it. Used by compare.js.
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
  const open = button("Add a run", () => {}, { class: "button compare-add-button", "aria-expanded": "false", "aria-haspopup": "dialog" });
  const field = make("input", { type: "search", placeholder: "Search by name", "aria-label": "Search runs by name" });
  const list = make("ul", { class: "compare-offers", "aria-label": "Runs" });
  const note = make("p", { class: "muted small", role: "status" });
  const box = make("div", { class: "compare-add-box", popover: "auto", role: "dialog", "aria-label": "Add a run" }, field, list, note);
  open.popoverTargetElement = box; // a press on the button does not open again what it has just shut
  open.popoverTargetAction = "toggle";
  let asking = new AbortController();
  let timer = 0;

  box.addEventListener("toggle", (event) => {
    const shown = event.newState === "open";
    open.setAttribute("aria-expanded", String(shown));
    clearTimeout(timer);
    asking.abort();
    if (!shown) return;
    const { bottom, right } = open.getBoundingClientRect();
    Object.assign(box.style, { top: `${bottom + 4}px`, right: `${Math.max(16, innerWidth - right)}px` });
    field.value = "";
    field.focus();
    search();
  });

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
      const press = button("", () => {
        box.hidePopover();
        open.focus();
        actions.add(run.id);
      }, { class: "compare-offer" });
      press.append(make("span", { class: "compare-offer-name name" }, run.name),
        make("span", { class: "muted small" }, `${outcome(run)}, ${ago(run.created_at)}`));
      return make("li", {}, press);
    }));
    setText(note, free.length === 0 ? "No other run has such a name." : free.length > OFFERED || more ? "The newest. Type to search among all." : "");
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(search, TYPING_MS);
  });
  box.addEventListener("keydown", (event) => {
    const stops = /** @type {HTMLElement[]} */ ([field, ...list.querySelectorAll("button")]);
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const from = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (way) stops[(from + way + stops.length) % stops.length]?.focus();
    else if (event.key === "Enter" && from === 0) stops[1]?.click();
    else return;
    event.preventDefault();
  });

  return {
    element: make("div", { class: "compare-add" }, open, box),
    /** @param {string} reason why there is no room for more; "": there is */
    limit(reason) {
      open.disabled = reason !== "";
      open.title = reason;
    },
    destroy: () => asking.abort(),
  };
}
