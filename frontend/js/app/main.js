/**
 * Wiring only: addresses to pages, links to navigation, the theme button, the banner.
 * @typedef {import("../types").Page} Page
 */

import { onAddress, pathWithin, pushAddress } from "../ui/address.js";
import { make } from "../ui/dom.js";
import { watchHealth } from "./health.js";
import { comparePage } from "../pages/compare/compare.js";
import { experimentPage } from "../pages/experiments/experiment.js";
import { newSweepPage } from "../pages/experiments/new.js";
import { experimentsPage } from "../pages/experiments/experiments.js";
import { galleryPage } from "../pages/gallery/gallery.js";
import { labPage } from "../pages/lab/lab.js";
import { runsPage } from "../pages/runs/runs.js";
import { restoreThemeChoice, setThemeChoice, themeChoice } from "../ui/theme.js";

/** @type {{pattern: RegExp, page: Page, name: string}[]} */
const ROUTES = [
  { pattern: /^\/$/, page: galleryPage, name: "gallery" },
  { pattern: /^\/experiments\/?$/, page: experimentsPage, name: "experiments" },
  { pattern: /^\/experiments\/new$/, page: newSweepPage, name: "new-sweep" },
  { pattern: /^\/experiments\/(?<id>[^/]+)$/, page: experimentPage, name: "experiment" },
  { pattern: /^\/compare$/, page: comparePage, name: "compare" },
  { pattern: /^\/runs\/?$/, page: runsPage, name: "runs" },
  { pattern: /^\/runs\/(?<id>[^/]+)$/, page: labPage, name: "lab" },
];
const TITLES = /** @type {Record<string, string>} */ ({ gallery: "Emergescope", runs: "Runs · Emergescope", lab: "Emergescope" });

const main = /** @type {HTMLElement} */ (document.getElementById("page"));
const status = /** @type {HTMLElement} */ (document.getElementById("page-status"));
/** @type {{destroy(): void} | null} */
let current = null;
let leaving = new AbortController();

/** @param {string} path within the dashboard */
function navigate(path) {
  pushAddress(path);
  show();
  scrollTo(0, 0);
  main.focus({ preventScroll: true });
}

function show() {
  leaving.abort();
  current?.destroy();
  main.replaceChildren();
  status.replaceChildren();
  const path = pathWithin(location.pathname) ?? "";
  const route = ROUTES.find(({ pattern }) => pattern.test(path));
  document.body.dataset.page = route?.name ?? "missing";
  document.title = TITLES[route?.name ?? ""] ?? "Emergescope";
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === location.pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const params = route?.pattern.exec(path)?.groups ?? {};
  leaving = new AbortController();
  const { signal } = leaving;
  const setTitle = (/** @type {string} */ title) => {
    if (!signal.aborted) document.title = title;
  };
  current = route ? route.page(main, { navigate, status, signal, setTitle }, { ...params }) : missing();
}

function missing() {
  main.append(make("div", { class: "state" }, make("h1", {}, "There is no such page"),
    make("p", {}, `Nothing is at ${location.pathname}.`), make("a", { class: "button primary", href: "/" }, "Go to the gallery")));
  return { destroy() {} };
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
  themeButton.replaceChildren(sign, make("span", { class: "theme-word" }, word));
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
