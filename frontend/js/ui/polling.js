/** Asks again while something changes, rests while nobody looks, and never asks too often. */

const AFTER_FAULT = 10_000; // ms: a fault of ours in one answer must not end the asking

/**
 * What fails is reported, and asked again later: one answer that could not be shown is no reason to be silent for good.
 * @param {(signal: AbortSignal) => Promise<number | null>} ask answers in how many ms to ask again; null: not any more
 * @returns {{ now: () => Promise<void>, stop: () => void }} now: asks at once; a newer question ends an older one
 */
export function keepAsking(ask) {
  let timer = 0;
  let asking = new AbortController();
  /** @type {number | null} */
  let pause = null;

  const now = async () => {
    clearTimeout(timer);
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const next = await ask(signal).catch((error) => {
      if (!signal.aborted) reportError(error);
      return AFTER_FAULT;
    });
    if (signal.aborted) return;
    pause = next;
    if (pause !== null && !document.hidden) timer = window.setTimeout(now, pause);
  };
  // A page in the background needs no news; what it missed comes when it is looked at again.
  const seen = () => {
    clearTimeout(timer);
    if (!document.hidden && pause !== null) now();
  };
  document.addEventListener("visibilitychange", seen);
  return {
    now,
    stop() {
      clearTimeout(timer);
      asking.abort();
      document.removeEventListener("visibilitychange", seen);
    },
  };
}

/** @param {number} most requests @param {number} within ms @returns {() => Promise<void>} resolves as soon as another request is one of at most so many */
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
