/**
 * Small pictures of runs, the metrics that stand for each over its steps: asked for many at once, from stored numbers.
 * @import { Preview, RunSummary } from "../../types"
 */

import { isMoving } from "../../film/status.js";
import { ApiError, getPreviews } from "../../net/api.js";
import { svg } from "../../ui/dom.js";

const MOST = 60; // in one request
const KEPT = 2000; // in memory
const [WIDTH, HEIGHT] = [72, 36]; // CSS pixels
const MOVING_EVERY = 6000; // ms, of a run that is trained

/** @param {() => Promise<void>} turn to ask @param {() => void} onNews some are here @param {AbortSignal} signal */
export function createPreviews(turn, onNews, signal) {
  /** @type {Map<string, { seq: number | null, at: number, preview: Preview | null }>} */
  const known = new Map();
  let asking = false;

  /** @param {RunSummary} run */
  const isOld = ({ id, frames, status }) => {
    const kept = known.get(id);
    if (frames.last_seq === null || document.hidden) return false;
    return !kept || (kept.seq !== frames.last_seq && (!isMoving(status) || performance.now() - kept.at > MOVING_EVERY));
  };

  return {
    /** @param {string} id @returns {Preview | null} */
    of: (id) => known.get(id)?.preview ?? null,
    /** @param {RunSummary[]} runs that are shown */
    async want(runs) {
      const wanted = runs.filter(isOld).slice(0, MOST);
      if (asking || wanted.length === 0) return;
      asking = true;
      try {
        await turn();
        const found = await getPreviews(wanted.map(({ id }) => id), signal);
        for (const { id, frames } of wanted) known.set(id, { seq: frames.last_seq, at: performance.now(), preview: found.find((one) => one.id === id) ?? null });
        for (const id of known.keys()) if (known.size > KEPT) known.delete(id);
      } catch (error) {
        if (error instanceof ApiError || signal.aborted) return; // a picture is not worth a message: the next look at the list asks again
        throw error;
      } finally {
        asking = false;
      }
      onNews();
    },
  };
}

/** @param {Preview | null} preview @returns {SVGSVGElement} */
export function drawPreview(preview) {
  const { steps, lines } = preview ?? { steps: [], lines: [] };
  const across = (WIDTH - 2) / (steps.at(-1) || 1);
  const drawn = lines.map(({ values, colour, low, high }) => {
    const numbers = values.filter((value) => value !== null);
    const [least, most] = [low ?? Math.min(...numbers), high ?? Math.max(...numbers)];
    const points = values.flatMap((value, i) => {
      const share = ((value ?? 0) - least) / (most - least || 1);
      return value === null ? [] : [`${(1 + steps[i] * across).toFixed(1)},${(1 + (HEIGHT - 2) * (1 - Math.max(0, Math.min(1, share)))).toFixed(1)}`];
    });
    return svg("polyline", { points: points.join(" "), style: `stroke: var(--${colour}, var(--ink))` });
  });
  return svg("svg", { class: "runs-preview", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, "aria-hidden": "true" }, ...drawn);
}
