/**
 * Wiring only: addresses to pages, links to navigation, the theme button, the banner.
 * @typedef {import("../types").Page} Page
 * @typedef {import("../types").PageHandle} PageHandle
 */

import { here, onAddress, pathWithin, pushAddress } from "../ui/address.js";
import { button, make } from "../ui/dom.js";
import { restoreThemeChoice, setThemeChoice, themeChoice } from "../ui/theme.js";
import { watchHealth } from "./health.js";
import { arrive, depart } from "./scroll.js";

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

const main = /** @type {HTMLElement} */ (document.getElementById("page"));
const status = /** @type {HTMLElement} */ (document.getElementById("page-status"));
/** What is shown, and where. @type {{ path: string, handle: PageHandle | null, leaving: AbortController }} */
let current = { path: "", handle: null, leaving: new AbortController() };

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
  depart();
  current.leaving.abort();
  current.handle?.destroy();
  const leaving = new AbortController();
  current = { path, handle: null, leaving };
  main.replaceChildren();
  status.replaceChildren();
  document.body.dataset.page = route?.name ?? "missing";
  document.title = route?.title ?? "Emergescope";
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === location.pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!route) main.append(missing());
  else await build(route, path, leaving);
  if (!leaving.signal.aborted) arrive();
}

/** @param {typeof ROUTES[number]} route @param {string} path @param {AbortController} leaving */
async function build(route, path, leaving) {
  const { signal } = leaving;
  const setTitle = (/** @type {string} */ title) => {
    if (!signal.aborted) document.title = title;
  };
  try {
    const page = await route.load();
    if (signal.aborted) return;
    const params = route.pattern.exec(path)?.groups ?? {};
    current.handle = page(main, { navigate, status, signal, setTitle }, { ...params });
  } catch (error) {
    if (signal.aborted) return;
    console.error(error);
    main.replaceChildren(make("div", { class: "state", role: "alert" }, make("h1", {}, "This page could not be shown"),
      make("p", {}, `${error instanceof TypeError ? "A part of it could not be loaded: the server may have been stopped" : String(error)}.`),
      button("Try again", () => location.reload(), { class: "button primary" })));
  }
}

function missing() {
  return make("div", { class: "state" }, make("h1", {}, "There is no such page"),
    make("p", {}, `Nothing is at ${location.pathname}.`), make("a", { class: "button primary", href: "/" }, "Go to the gallery"));
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

const themeButton = /** @type {HTMLButtonElement} */ (document.getElementById("theme"));
const NEXT = /** @type {const} */ ({ auto: "light", light: "dark", dark: "auto" });
const labelTheme = () => {
  const [sign, word] = { auto: ["◐", "Auto"], light: ["○", "Light"], dark: ["●", "Dark"] }[themeChoice()];
  themeButton.replaceChildren(make("span", { "aria-hidden": "true" }, sign), make("span", { class: "visually-hidden" }, "Theme: "), make("span", { class: "theme-word" }, word));
};
themeButton.addEventListener("click", () => {
  setThemeChoice(NEXT[themeChoice()]);
  labelTheme();
});

const asked = new URLSearchParams(location.search).get("theme");
if (asked === "light" || asked === "dark") setThemeChoice(asked, { remember: false });
else restoreThemeChoice();
labelTheme();
watchHealth(/** @type {HTMLElement} */ (document.getElementById("trouble")));
show();
