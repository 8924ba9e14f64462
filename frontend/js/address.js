/**
 * Where the dashboard lies on its host: at its root, or below a path that a proxy has for it. Paths in the code are those
 * without it; `make`, `navigate` and `at` put it in front.
 */

/** Such as "/emergescope"; empty at the root. The server says it in the page. */
export const ROOT = document.documentElement.dataset["root"] ?? "";

/** @param {string} path within the dashboard, from its "/" on @returns {string} the address, without the host */
export const at = (path) => ROOT + path;

/** @param {string} pathname of an address @returns {string | null} the path within the dashboard; null elsewhere on the host */
export const pathWithin = (pathname) => (pathname.startsWith(`${ROOT}/`) ? pathname.slice(ROOT.length) : null);
