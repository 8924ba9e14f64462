/**
 * The gallery: what Emergescope shows, the presets with their pictures, the experiments, and the latest runs. One press starts each.
 * @import { DataSet, Gallery, RunSummary } from "../../types"
 */

import { isMoving, outcome } from "../../film/status.js";
import { ApiError, getDataSets, getGallery, listRuns } from "../../net/api.js";
import { absolute, ago } from "../../ui/ago.js";
import { button, count, fill, make, setText } from "../../ui/dom.js";
import { keepAsking } from "../../ui/polling.js";
import { ViewState, text } from "../../ui/view-state.js";
import { definitions } from "../../ui/words.js";
import { createShelf } from "./shelf.js";

const RECENT = 5; // runs
const BUSY_EVERY = 3000; // ms, while one of them is queued or running
const IDLE_EVERY = 20_000;

/** What was shown last, so that whoever comes back finds the page as it was, before the server has answered. @type {[Gallery, DataSet[]] | null} */
let kept = null;

/** @type {import("../../types").Page} */
export function galleryPage(element, { navigate, signal, setTitle }) {
  setTitle("Emergescope");
  const view = new ViewState({ q: text() });
  const field = make("input", { type: "search", placeholder: "Search the gallery", "aria-label": "Search the gallery" });
  const found = make("p", { class: "small muted", role: "status" });
  const parts = make("nav", { class: "gallery-parts", "aria-label": "Sections" });
  const shelves = make("div", { class: "gallery-shelves" });
  const glossary = make("details", { class: "gallery-glossary", hidden: "" });
  const recent = createRecent();
  /** @type {ReturnType<typeof createShelf>[]} */
  let shown = [];
  element.replaceChildren(make("div", { class: "gallery" }, intro(), make("div", { class: "gallery-find" }, field, parts, found), shelves, recent.element, glossary));

  /** @param {Gallery} gallery @param {DataSet[]} data */
  const show = (gallery, data) => {
    if (kept && shown.length && JSON.stringify(kept) === JSON.stringify([gallery, data])) return;
    kept = [gallery, data];
    const go = (/** @type {string} */ path) => signal.aborted || navigate(path);
    const used = gallery.sections.filter(({ id }) => [...gallery.presets, ...gallery.experiments].some(({ section }) => section === id));
    shown = used.map((section, i) => createShelf(section, gallery, data, i === 0, go));
    shelves.replaceChildren(...shown.map((shelf) => shelf.element));
    parts.replaceChildren(...shown.map(({ heading }) => make("a", { href: `#${heading.id}` }, heading.textContent ?? "")));
    const words = Object.entries(gallery.glossary);
    glossary.replaceChildren(make("summary", {}, "What the words mean"), definitions(words));
    glossary.hidden = words.length === 0;
    filter();
  };

  const filter = () => {
    if (field.value.trim() !== view.value.q) field.value = view.value.q;
    const asked = view.value.q.toLowerCase().split(/\s+/).filter(Boolean);
    const left = shown.reduce((sum, shelf) => sum + shelf.filter(asked), 0);
    [...parts.children].forEach((link, i) => (/** @type {HTMLElement} */ (link).hidden = shown[i].element.hidden));
    setText(found, asked.length === 0 ? "" : left === 0 ? "Nothing here has these words." : `${count(left)} found`);
  };

  const load = async () => {
    shelves.setAttribute("aria-busy", "true");
    if (kept) show(...kept);
    else shelves.replaceChildren(make("div", { class: "gallery-cards" }, ...Array.from({ length: 4 }, skeleton)));
    try {
      const [gallery, data] = await Promise.all([getGallery(signal), getDataSets().catch(() => [])]); // without the list, starting says what is missing
      if (signal.aborted) return;
      show(gallery, data);
      recent.start();
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      shown = [];
      shelves.replaceChildren(unreachable(error, load));
    } finally {
      shelves.removeAttribute("aria-busy");
    }
  };

  field.addEventListener("input", () => view.set({ q: field.value.trim() }));
  view.addEventListener("change", filter);
  load();
  return {
    readdress: () => view.reread(),
    destroy() {
      view.destroy();
      recent.stop();
    },
  };
}

const intro = () =>
  make("header", { class: "gallery-intro" }, make("h1", {}, "When, and why, does a feature appear?"),
    make("p", {}, "A network is trained in front of you. Its neurons start out pointing nowhere in particular; step by step they turn towards what decides the label, and that is how it solves what fixed features beside it do not. Press Run, and watch."));

const skeleton = () =>
  make("div", { class: "gallery-card", "aria-hidden": "true" }, make("div", { class: "gallery-picture skeleton" }),
    make("div", { class: "gallery-words" }, make("div", { class: "gallery-bone skeleton" }), make("div", { class: "gallery-bone long skeleton" })));

/** @param {ApiError} error @param {() => void} retry */
function unreachable(error, retry) {
  const away = error.status === 0;
  return make("div", { class: "state", role: "alert" },
    make("h2", {}, away ? "The server cannot be reached" : "The gallery could not be loaded"),
    make("p", {}, away ? "Emergescope may have been stopped. Start it again (emergescope serve), then retry." : error.message), button("Try again", retry));
}

/** The latest runs, as they are now, while somebody looks. */
function createRecent() {
  const list = make("ul");
  const element = make("section", { class: "gallery-recent", "aria-labelledby": "recent-runs", hidden: "" }, make("h2", { id: "recent-runs" }, "Recent runs"), list,
    make("a", { href: "/runs", class: "small muted" }, "All runs"));
  const { now: start, stop } = keepAsking(async (signal) => {
    try {
      const { items } = await listRuns({ limit: RECENT }, signal);
      const focused = document.activeElement?.getAttribute("href");
      fill(list, items.map((run) => [run.id, run.name, outcome(run), ago(run.created_at)]), () => items.map(recentRun));
      if (focused) [...list.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus({ preventScroll: true });
      element.hidden = items.length === 0;
      return items.some(({ status }) => isMoving(status)) ? BUSY_EVERY : IDLE_EVERY;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return IDLE_EVERY;
    }
  });
  return { element, start, stop };
}

/** @param {RunSummary} run */
function recentRun(run) {
  const { id, name, created_at: created } = run;
  const word = outcome(run);
  return make("li", {}, make("a", { class: "name", href: `/runs/${id}` }, name),
    make("span", { class: "status small muted", "data-status": word }, word),
    make("time", { class: "small muted", datetime: created, title: absolute(created) }, ago(created)));
}
