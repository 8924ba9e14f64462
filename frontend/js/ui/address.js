/**
 * Addresses. The dashboard lies at the root of its host, or below a path that a proxy has for it; paths in the code are those without
 * it: `make`, `at` and what is here put it in front. All that write the page's address do so here: going elsewhere is not moving within.
 */

/** Such as "/emergescope"; empty at the root. The server says it in the page. */
export const ROOT = document.documentElement.dataset["root"] ?? "";

/** @param {string} path within the dashboard, from its "/" on @returns {string} the address, without the host */
export const at = (path) => ROOT + path;

/** @param {string} pathname of an address @returns {string | null} the path within the dashboard; null elsewhere on the host */
export const pathWithin = (pathname) => (pathname.startsWith(`${ROOT}/`) ? pathname.slice(ROOT.length) : null);

/** The path of this page within the dashboard. */
export const here = () => pathWithin(location.pathname) ?? "/";

const current = () => location.pathname + location.search;
let shown = current();

/** @param {string} path within the dashboard, by which the page goes from now on */
export function replaceAddress(path) {
  history.replaceState(history.state, "", at(path));
  shown = current();
}

/** What still has to be written into the address of this place. @type {Set<() => void>} */
export const unwritten = new Set();

/** @param {string} path within the dashboard: a new place in the reader's history */
export function pushAddress(path) {
  for (const write of [...unwritten]) write();
  history.pushState(null, "", at(path));
  shown = current();
}

/** @param {() => void} listener called when the reader went back or forward to another address; not for a fragment of this one */
export function onAddress(listener) {
  addEventListener("popstate", () => {
    if (current() === shown) return;
    shown = current();
    listener();
  });
}
