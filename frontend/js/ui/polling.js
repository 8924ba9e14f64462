/**
 * Asks again while something changes, and rests while nobody looks. Used by pages.
 * @module
 */

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
    /** @type {number | null} */
    let next = AFTER_FAULT;
    try {
      next = await ask(signal);
    } catch (error) {
      if (!signal.aborted) reportError(error);
    }
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
