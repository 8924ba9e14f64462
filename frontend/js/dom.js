/**
 * Small helpers for making elements and writing numbers. Used by pages and views.
 */

import { at } from "./address.js";

/**
 * An address that begins with / is a path within the dashboard.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, name === "href" && value.startsWith("/") ? at(value) : value);
  element.append(...children);
  return element;
}

/**
 * @param {string} label @param {() => void} onPress @param {Record<string, string>} [attributes]
 * @returns {HTMLButtonElement}
 */
export function button(label, onPress, attributes = {}) {
  const element = make("button", { type: "button", class: "button", ...attributes }, label);
  element.addEventListener("click", onPress);
  return element;
}

/** @param {HTMLElement} element @param {string} text written only when it differs, so that nothing is announced twice */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {number} value @returns {string} 12,345 */
export const count = (value) => value.toLocaleString("en");

/**
 * @param {number | null | undefined} value @param {number} [digits] after the point
 * @returns {string} with a true minus; a number that is not finite is called what it is
 */
export function decimal(value, digits = 3) {
  if (value === undefined) return "–";
  if (value === null || !Number.isFinite(value)) return "not a number";
  return value.toFixed(digits).replace("-", "−");
}

/**
 * A number beside the end of a line.
 * @param {number} value finite
 * @returns {string} "0.93", "512", "8.9e10"
 */
export function brief(value) {
  const size = Math.abs(value);
  if (size < 100) return decimal(value, 2);
  return (size < 1e4 ? String(Math.round(value)) : value.toExponential(1)).replace("+", "").replace("-", "−");
}

/** @param {number} seconds @returns {string} "4 s", "3 min", "1 h 20 min" */
export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
