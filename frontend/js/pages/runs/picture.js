/**
 * The small picture of a run's last frame: its neurons on the map. Fetched once for a run that rests, when the row comes
 * into view. Used by the runs page only.
 * @module
 */

import { ApiError, getFrame } from "../../net/api.js";
import { make } from "../../ui/dom.js";
import { FrameError, readFrame } from "../../net/frame.js";
import { isMoving } from "../../film/status.js";
import { scaleIndex, theme } from "../../ui/theme.js";

/** @typedef {{ layout: Float32Array, cosine: Float32Array, extent: number }} SmallMap what is kept of a frame, a few kB */

/** @typedef {{ x: number, y: number, cosine: number, count: number }} Spot `cosine` is a sum */

const SIZE = 44; // CSS pixels
const KEPT = 500; // pictures in memory
const LARGEST = 7; // CSS pixels, radius of a dot
const NEURONS = 400; // dots say enough at this size

/** @type {Map<string, Promise<SmallMap | null>>} */
const cache = new Map();

const visible = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) target.dispatchEvent(new CustomEvent("seen"));
  }
}, { rootMargin: "100px" });

/** @returns {{ element: HTMLCanvasElement, show: (run: import("../../types").RunSummary) => void, redraw: () => void, destroy: () => void }} */
export function createPicture() {
  const canvas = make("canvas", { class: "runs-picture", "aria-hidden": "true" });
  [canvas.width, canvas.height] = [SIZE * devicePixelRatio, SIZE * devicePixelRatio];
  let wanted = "";
  /** @type {SmallMap | null} */
  let map = null;

  canvas.addEventListener("seen", async () => {
    visible.unobserve(canvas);
    const frame = wanted;
    const found = await remember(frame);
    if (frame !== wanted) return;
    map = found;
    paint(canvas, map);
  });
  return {
    element: canvas,
    show({ id, frames, status }) {
      const newest = `${id}/${frames.last_seq}`; // a run that was resumed has another one later
      if (isMoving(status) || frames.count === 0 || wanted === newest) return;
      wanted = newest;
      visible.observe(canvas);
    },
    redraw: () => paint(canvas, map),
    destroy: () => visible.unobserve(canvas),
  };
}

/** @param {string} frame "id/seq" @returns {Promise<SmallMap | null>} null where there is no frame to show */
function remember(frame) {
  let kept = cache.get(frame);
  if (!kept) {
    kept = fetchMap(frame);
    cache.set(frame, kept);
    const oldest = cache.keys().next().value;
    if (cache.size > KEPT && oldest !== undefined) cache.delete(oldest);
  }
  return kept;
}

/** @param {string} frame @returns {Promise<SmallMap | null>} */
async function fetchMap(frame) {
  const [id, seq] = frame.split("/");
  try {
    const { layout, signal_cosine: cosine } = readFrame(await getFrame(id, Number(seq))).tensors;
    if (!layout || !cosine) return null;
    // Copies of the first few neurons: the frame itself (up to some MB) can go.
    const places = Float32Array.from(layout.data.subarray(0, 2 * NEURONS));
    const extent = places.reduce((far, value) => Math.max(far, Math.abs(value) || 0), 1e-9);
    return { layout: places, cosine: Float32Array.from(cosine.data.subarray(0, NEURONS)), extent };
  } catch (error) {
    if (!(error instanceof ApiError) && !(error instanceof FrameError)) throw error;
    cache.delete(frame); // a picture is not worth a message, but worth another try
    return null;
  }
}

/** @param {HTMLCanvasElement} canvas @param {SmallMap | null} map */
function paint(canvas, map) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (!map) return;
  const { markScale } = theme();
  const half = SIZE / 2;
  const reach = (half - LARGEST) / map.extent;
  /** Neurons on one spot become one dot, its area their number: a crowd stays a crowd. @type {Map<string, Spot>} */
  const spots = new Map();
  map.cosine.forEach((cosine, i) => {
    const [x, y] = [half + map.layout[2 * i] * reach, half - map.layout[2 * i + 1] * reach];
    const key = `${Math.round(x / 2)} ${Math.round(y / 2)}`;
    const spot = spots.get(key) ?? { x, y, cosine: 0, count: 0 };
    spots.set(key, { ...spot, cosine: spot.cosine + cosine, count: spot.count + 1 });
  });
  for (const { x, y, cosine, count } of spots.values()) {
    pen.fillStyle = markScale[scaleIndex(cosine / count)];
    pen.beginPath();
    pen.arc(x * devicePixelRatio, y * devicePixelRatio, Math.min(LARGEST, 0.7 * Math.sqrt(count)) * devicePixelRatio, 0, 7);
    pen.fill();
  }
}
