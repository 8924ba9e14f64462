/** Numbers as the page writes them, everywhere: by the unit of their metric where they have one. Pure. */

import { count } from "../ui/dom.js";

/** @param {string} text @returns {string} with a true minus, for the eye; tables that are carried away keep the plain one */
export const trueMinus = (text) => text.replaceAll("-", "−");

/** @param {number} value @param {number} [digits] that count @returns {string} "0.0252", "1.3e−5", "12,345" */
export function short(value, digits = 3) {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return trueMinus(count(value));
  const size = Math.abs(value);
  return trueMinus(size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(Math.max(0, digits - 2)).replace("+", "") : String(Number(value.toPrecision(digits))));
}

/** @param {number} share @param {number} [digits] after the point @returns {string} "99.8 %" */
export const percent = (share, digits = 1) => `${trueMinus((100 * share).toFixed(digits))} %`;

/**
 * @param {number | null | undefined} value @param {Pick<import("../types").Metric, "unit"> | undefined} [metric] @param {number} [digits] of a share, after the point
 * @returns {string} "99.8 %", "0.037", "120"; "–" where it was not measured, "not a number" where it is none
 */
export function inUnit(value, metric, digits = 1) {
  if (value === undefined) return "–";
  if (value === null || !Number.isFinite(value)) return "not a number";
  if (metric?.unit === "share") return percent(value, digits);
  return metric?.unit === "count" ? count(Math.round(value)) : short(value);
}
