/**
 * Small pictures of runs, the metrics that stand for each over its steps: asked for many at once, from stored numbers. Used by the
 * runs page only.
 * @module
 */

import { ApiError, getPreviews } from "../../net/api.js";
import { svg } from "../../marks/svg.js";
import { isMoving } from "../../film/status.js";

/** @typedef {import("../../types").Preview} Preview */

const MOST = 60; // in one request
const KEPT = 2000; // in memory
const WIDTH = 72; // CSS pixels
const HEIGHT = 36;
const MOVING_EVERY = 6000; // ms, of a run that is trained

/**
 * @param {() => Promise<void>} turn to ask @param {() => void} onNews some are here @param {AbortSignal} signal
 */
export function createPreviews(turn, onNews, signal) {
  /** @type {Map<string, { seq: number | null, at: number, preview: Preview | null }>} */
  const known = new Map();
  let asking = false;

  /** @param {import("../../types").RunSummary} run */
  const isOld = ({ id, frames, status }) => {
    const kept = known.get(id);
    if (frames.last_seq === null || document.hidden) return false;
    return !kept || (kept.seq !== frames.last_seq && (!isMoving(status) || performance.now() - kept.at > MOVING_EVERY));
  };

  return {
    /** @param {string} id @returns {Preview | null} */
    of: (id) => known.get(id)?.preview ?? null,
    /** @param {import("../../types").RunSummary[]} runs that are shown */
    async want(runs) {
      const wanted = runs.filter(isOld).slice(0, MOST);
      if (asking || wanted.length === 0) return;
      asking = true;
      try {
        await turn();
        const found = new Map((await getPreviews(wanted.map(({ id }) => id), signal)).map((preview) => [preview.id, preview]));
        for (const { id, frames } of wanted) known.set(id, { seq: frames.last_seq, at: performance.now(), preview: found.get(id) ?? null });
        for (const id of known.keys()) if (known.size > KEPT) known.delete(id);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        return; // a picture is not worth a message: the next look at the list asks again
      } finally {
        asking = false;
      }
      onNews();
    },
  };
}

/** @param {Preview | null} preview @returns {SVGSVGElement} */
export function drawPreview(preview) {
  const lines = (preview?.lines ?? []).map(({ values, colour, low, high }) => {
    const numbers = values.filter((value) => value !== null);
    const [least, most] = [low ?? Math.min(...numbers), high ?? Math.max(...numbers)];
    const points = values.flatMap((value, i) => (value === null ? [] : [[preview?.steps[i] ?? 0, (value - least) / (most - least || 1)]]));
    const end = preview?.steps.at(-1) || 1;
    const path = points.map(([step, share]) => `${(1 + ((WIDTH - 2) * step) / end).toFixed(1)},${(1 + (HEIGHT - 2) * (1 - Math.max(0, Math.min(1, share)))).toFixed(1)}`);
    return svg("polyline", { points: path.join(" "), style: `stroke: var(--${/^[a-z0-9-]+$/.test(colour) ? colour : "ink"})` });
  });
  return svg("svg", { class: "runs-preview", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, "aria-hidden": "true" }, ...lines);
}
