/**
 * The page's address. All that write it do so here, which tells going to another page from moving within one.
 */

const current = () => location.pathname + location.search;
let shown = current();

/** @param {string} path the page goes by this address from now on */
export function replaceAddress(path) {
  history.replaceState(history.state, "", path);
  shown = current();
}

/** @param {string} path a new place in the reader's history */
export function pushAddress(path) {
  history.pushState(null, "", path);
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
