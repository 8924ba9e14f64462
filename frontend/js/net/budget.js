/**
 * Keeps a page from asking too often, whatever the reader scrolls over. Used by lists.
 * @module
 */

/**
 * @param {number} most requests @param {number} within ms
 * @returns {() => Promise<void>} resolves as soon as another request is one of at most so many
 */
export function createBudget(most, within) {
  /** @type {number[]} when the last ones began */
  let begun = [];
  let line = Promise.resolve();
  const turn = async () => {
    const wait = begun.length < most ? 0 : begun[0] + within - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    begun = [...begun, performance.now()].slice(-most);
  };
  return () => (line = line.then(turn));
}
