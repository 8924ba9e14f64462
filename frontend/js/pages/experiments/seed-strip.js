/**
 * A tiny axis with a dot per seed, over the band that was expected; each dot is a link. Used by the pages of experiments.
 * @module
 */

import { make } from "../../ui/dom.js";

/** @typedef {{ value: number, href: string, title: string, ok: boolean | null }} Dot */
/** @typedef {{ range: [number, number], low?: number, high?: number, dots: Dot[], label: string }} Strip */

const NEAR = 0.045; // of the width: closer dots would hide each other
const ROWS = [0, -1, 1, -2, 2];
const ROW_PX = 7;

/** @param {Strip} strip */
export function seedStrip({ range: [from, to], low, high, dots, label }) {
  const place = (/** @type {number} */ value) => Math.min(1, Math.max(0, (value - from) / (to - from)));
  const element = make("div", { class: "seed-strip", role: "group", "aria-label": label });
  if (low !== undefined && high !== undefined) {
    const band = make("span", { class: "seed-band" });
    band.style.left = `${100 * place(low)}%`;
    // A band as thin as a line is still to be seen.
    band.style.width = `max(3px, ${100 * (place(high) - place(low))}%)`;
    if (place(low) > 0.97) band.style.translate = "-3px 0";
    element.append(band);
  }
  /** Places taken so far, with their row. @type {{ x: number, row: number }[]} */
  const taken = [];
  for (const { value, href, title, ok } of dots) {
    const x = place(value);
    const row = ROWS.find((one) => !taken.some((other) => other.row === one && Math.abs(other.x - x) < NEAR)) ?? ROWS[taken.length % ROWS.length];
    taken.push({ x, row });
    const dot = make("a", { class: "seed-dot", href, title, "aria-label": title, "data-ok": String(ok) });
    dot.style.left = `${100 * x}%`;
    dot.style.top = `calc(50% + ${row * ROW_PX}px)`;
    element.append(dot);
  }
  return element;
}

/**
 * One axis for all rows of a metric, so that they can be compared.
 * @param {import("../../types").Metric | undefined} metric @param {number[]} numbers that must lie on it @returns {[number, number]}
 */
export function rangeOf(metric, numbers) {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  if (metric?.unit === "share") return [least >= 0.4 ? 0.4 : 0, 1];
  const [low, high] = [metric?.low ?? null, metric?.high ?? null];
  if (low !== null && high !== null) return [least >= 0 ? Math.max(0, low) : low, high];
  const room = 0.1 * (most - least) || 0.5;
  return [least - room, most + room];
}
