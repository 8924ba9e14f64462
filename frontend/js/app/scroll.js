/**
 * Where the reader has scrolled to, for each place of the history: Back and Forward lead there again, as soon as the page is high
 * enough. Used by main.js.
 */

const WAIT_MS = 5000; // a page that is still too short then has less to show than it had

/** @type {Map<string, number>} */
const places = new Map();
let place = "";
let stop = () => {};

history.scrollRestoration = "manual";
addEventListener("scroll", () => place && places.set(place, scrollY), { passive: true });

/** The page goes: where it jumps to as it is taken down is no place that the reader has chosen. */
export function depart() {
  stop();
  place = "";
}

/** The reader has come to a new place of the history, or back to one. */
export function arrive() {
  stop();
  const known = history.state?.place;
  place = known ?? Math.random().toString(36).slice(2);
  if (!known) history.replaceState({ ...history.state, place }, "");
  const wanted = places.get(place) ?? 0;
  scrollTo(0, wanted);
  if (scrollY >= wanted) return;
  const grown = new ResizeObserver(() => {
    scrollTo(0, wanted);
    if (scrollY >= wanted - 1) stop();
  });
  const timer = setTimeout(() => stop(), WAIT_MS);
  const own = new AbortController(); // who scrolls meanwhile has decided otherwise
  for (const type of ["wheel", "touchmove", "keydown", "pointerdown"]) addEventListener(type, () => stop(), { signal: own.signal, passive: true });
  stop = () => {
    grown.disconnect();
    clearTimeout(timer);
    own.abort();
    stop = () => {};
  };
  grown.observe(document.body);
}
