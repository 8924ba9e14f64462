/** Wiring only: addresses to pages, links, Back to where one had scrolled, the theme button, a server in trouble. @import { Page, PageHandle } from "../types" */

import { getTrouble } from "../net/api.js";
import { here, onAddress, pathWithin, pushAddress } from "../ui/address.js";
import { button, make, setText } from "../ui/dom.js";
import { keepAsking } from "../ui/polling.js";
import { restoreThemeChoice, setThemeChoice, themeChoice } from "../ui/theme.js";

const HEALTH_EVERY_MS = 15_000;
const IN_TROUBLE_MS = 5_000;
const WAIT_MS = 5000; // a page that is still too short then has less to show than it had

/** Pages come when they are first asked for. @type {{pattern: RegExp, load: () => Promise<Page>, name: string, title: string}[]} */
const ROUTES = [
  { pattern: /^\/$/, load: async () => (await import("../pages/gallery/gallery.js")).galleryPage, name: "gallery", title: "Emergescope" },
  { pattern: /^\/experiments\/?$/, load: async () => (await import("../pages/experiments/experiments.js")).experimentsPage, name: "experiments", title: "Experiments · Emergescope" },
  { pattern: /^\/experiments\/new$/, load: async () => (await import("../pages/experiments/new.js")).newSweepPage, name: "new-sweep", title: "New sweep · Emergescope" },
  { pattern: /^\/experiments\/(?<id>[^/]+)$/, load: async () => (await import("../pages/experiments/experiment.js")).experimentPage, name: "experiment", title: "Experiment · Emergescope" },
  { pattern: /^\/compare$/, load: async () => (await import("../pages/compare/compare.js")).comparePage, name: "compare", title: "Compare · Emergescope" },
  { pattern: /^\/runs\/?$/, load: async () => (await import("../pages/runs/runs.js")).runsPage, name: "runs", title: "Runs · Emergescope" },
  { pattern: /^\/runs\/(?<id>[^/]+)$/, load: async () => (await import("../pages/lab/lab.js")).labPage, name: "lab", title: "Emergescope" },
];

const [main, status, trouble, themeButton] = ["page", "page-status", "trouble", "theme"].map((id) => /** @type {HTMLElement} */ (document.getElementById(id)));
/** What is shown, and where. @type {{ path: string, handle: PageHandle | null, leaving: AbortController }} */
let current = { path: "", handle: null, leaving: new AbortController() };

/** Where the reader has scrolled to, by place of the history. @type {Map<string, number>} */
const places = new Map();
let place = "";
let stop = () => {};
history.scrollRestoration = "manual";
addEventListener("scroll", () => place && places.set(place, scrollY), { passive: true });

/** @param {string} path within the dashboard */
function navigate(path) {
  pushAddress(path);
  show().then(() => main.focus({ preventScroll: true }));
}

/** Shows what the address names: within a page it is told, and keeps what it has; else the page is made. */
async function show() {
  const path = here();
  if (path === current.path && current.handle?.readdress) return current.handle.readdress();
  const route = ROUTES.find(({ pattern }) => pattern.test(path));
  stop();
  place = ""; // where the page jumps to as it is taken down is no place that the reader has chosen
  current.leaving.abort();
  current.handle?.destroy();
  const leaving = new AbortController();
  const { signal } = leaving;
  current = { path, handle: null, leaving };
  main.replaceChildren();
  status.replaceChildren();
  document.body.dataset.page = route?.name ?? "missing";
  document.title = route?.title ?? "Emergescope";
  for (const link of document.querySelectorAll("nav a")) link.ariaCurrent = link.getAttribute("href") === location.pathname ? "page" : null;
  try {
    const page = await route?.load();
    if (signal.aborted) return;
    const setTitle = (/** @type {string} */ title) => {
      if (!signal.aborted) document.title = title;
    };
    if (page) current.handle = page(main, { navigate, status, signal, setTitle }, { ...route?.pattern.exec(path)?.groups });
    else {
      main.append(make("div", { class: "state" }, make("h1", {}, "There is no such page"),
        make("p", {}, `Nothing is at ${location.pathname}.`), make("a", { class: "button primary", href: "/" }, "Go to the gallery")));
    }
  } catch (error) {
    if (signal.aborted) return;
    console.error(error);
    main.replaceChildren(make("div", { class: "state", role: "alert" }, make("h1", {}, "This page could not be shown"),
      make("p", {}, `${error instanceof TypeError ? "A part of it could not be loaded: the server may have been stopped" : String(error)}.`),
      button("Try again", () => location.reload(), { class: "button primary" })));
  }
  arrive();
}

/** The reader has come to a new place of the history, or back to one. */
function arrive() {
  stop();
  const known = history.state?.place;
  place = known ?? Math.random().toString(36).slice(2);
  if (!known) history.replaceState({ ...history.state, place }, "");
  const wanted = places.get(place) ?? 0;
  scrollTo(0, wanted);
  if (scrollY >= wanted) return;
  const leaving = new AbortController();
  stop = () => leaving.abort();
  const signal = AbortSignal.any([leaving.signal, AbortSignal.timeout(WAIT_MS)]);
  for (const type of ["wheel", "touchmove", "keydown", "pointerdown"]) addEventListener(type, stop, { signal, passive: true }); // who scrolls has decided otherwise
  const grown = new ResizeObserver(() => {
    scrollTo(0, wanted);
    if (scrollY >= wanted - 1) stop();
  });
  grown.observe(document.body);
  signal.addEventListener("abort", () => grown.disconnect());
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.origin !== location.origin || link.target || link.hasAttribute("download")) return;
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const within = link.getAttribute("href")?.startsWith("#");
  const path = pathWithin(link.pathname);
  if (!within && (path === null || !ROUTES.some(({ pattern }) => pattern.test(path)))) return;
  event.preventDefault();
  if (within) document.getElementById(link.hash.slice(1))?.focus(); // the address stays, and with it the page
  else navigate(path + link.search);
});
onAddress(show);

/** Of each: the next one, its sign, its word. */
const THEMES = /** @type {const} */ ({ auto: ["light", "◐", "Auto"], light: ["dark", "○", "Light"], dark: ["auto", "●", "Dark"] });
const labelTheme = () => {
  const [, sign, word] = THEMES[themeChoice()];
  themeButton.replaceChildren(make("span", { "aria-hidden": "true" }, sign), make("span", { class: "visually-hidden" }, "Theme: "), make("span", { class: "theme-word" }, word));
};
themeButton.addEventListener("click", () => {
  setThemeChoice(THEMES[themeChoice()][0]);
  labelTheme();
});

const asked = new URLSearchParams(location.search).get("theme");
if (asked === "light" || asked === "dark") setThemeChoice(asked, { remember: false });
else restoreThemeChoice();
labelTheme();
keepAsking(async (signal) => {
  const why = await getTrouble(signal).catch(() => null); // a server that cannot be reached is spoken of by the pages
  if (signal.aborted) return null;
  trouble.hidden = why === null;
  setText(trouble, why === null ? "" : `${why.charAt(0).toUpperCase()}${why.slice(1)}.`);
  return why === null ? HEALTH_EVERY_MS : IN_TROUBLE_MS;
}).now();
show();
