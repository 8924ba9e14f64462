/** What the reader prefers, kept in this browser for the next visit. Where it keeps nothing (storage may be blocked, or full), all works without. */

/** @param {string} key @returns {string | null} */
export function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
export function store(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // it holds until the page is left
  }
}
