/** What the reader prefers, kept in this browser for the next visit. Where it keeps nothing (storage may be blocked, or full), all works without. */

/** @template T @param {() => T} access @returns {T | null} */
function tried(access) {
  try {
    return access();
  } catch {
    return null;
  }
}

/** @param {string} key */
export const stored = (key) => tried(() => localStorage.getItem(key));

/** @param {string} key @param {string} value it holds until the page is left, at least */
export const store = (key, value) => tried(() => localStorage.setItem(key, value));
