/**
 * Colours of what a display declares: tokens of the theme, and values on a scale. Pure; used by marks, panels and pages.
 * @import { ColourBy, Theme } from "../types"
 */

import { scaleIndex } from "../ui/theme.js";

/** @param {string} token "series-2", "ink-muted", or a colour as it is @param {Theme} theme @returns {string} ink for what is neither */
export function tokenColour(token, { colours }) {
  if (token.startsWith("rgb")) return token;
  const series = /^series-([1-4])$/.exec(token);
  if (series) return colours.series[Number(series[1]) - 1];
  const name = token.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
  const found = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (colours))[name];
  return typeof found === "string" ? found : colours.ink;
}

/** @param {ColourBy} by @param {[number, number]} range of its values @param {Theme} theme @returns {(value: number) => string} for marks: a centre that can be seen alone */
export function colourOf({ scale }, [low, high], { colours, markScale }) {
  if (scale === "categories") return (value) => colours.series[((Math.round(value) % 4) + 4) % 4] ?? colours.ink;
  if (scale === "sequential") return (value) => markScale[Number.isFinite(value) ? 128 + Math.round(127 * Math.max(0, Math.min(1, (value - low) / (high - low || 1)))) : 128];
  const limit = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return (value) => markScale[scaleIndex(value, limit)];
}
