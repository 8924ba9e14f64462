/** Small helpers for making elements and writing numbers. */

import { at } from "./address.js";

/** Characters that one does not see, and that turn around, hide or part those that one sees. */
const UNSEEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff]/gu;

/** @param {string} text that may hold what somebody wrote @returns {string} with such characters named, as in "a⟨U+202E⟩b" */
export const visible = (text) => text.replace(UNSEEN, (sign) => `⟨U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);

/** Attributes that are read to people. */
const WORDS = new Set(["title", "aria-label", "placeholder", "alt"]);

/**
 * An address that begins with / is a path within the dashboard.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, string>} [attributes] @param {(Node | string)[]} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    const local = name === "href" && value.startsWith("/");
    element.setAttribute(name, local ? at(value) : WORDS.has(name) ? visible(value) : value);
  }
  element.append(...children.map((child) => (typeof child === "string" ? visible(child) : child)));
  return element;
}

/** @param {string} label @param {() => void} onPress @param {Record<string, string>} [attributes] */
export function button(label, onPress, attributes = {}) {
  const element = make("button", { type: "button", class: "button", ...attributes }, label);
  element.addEventListener("click", onPress);
  return element;
}

/** @param {string} path of a 16 × 16 drawing */
export const icon = (path) => svg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, svg("path", { d: path }));

/** @param {string} name that somebody gave @returns {HTMLElement} for the middle of a sentence, which keeps its direction */
export const nameOf = (name) => make("bdi", {}, name);

/** @param {Element} element never empty in between: rules for `:empty` would be matched anew @param {string} text written only when it differs, so that nothing is announced twice */
export function setText(element, text) {
  const shown = visible(text);
  if (element.textContent === shown) return;
  const { firstChild: first } = element;
  if (shown && first instanceof Text && !first.nextSibling) first.data = shown;
  else element.textContent = shown;
}

/** What is shown within each element that is drawn by `fill`. @type {WeakMap<Element, string>} */
const filled = new WeakMap();

/**
 * Draws the children of an element anew only where they show something else, so that the focus within them stays.
 * @param {Element} element @param {unknown} shown all that they show @param {() => (Node | string)[]} draw
 */
export function fill(element, shown, draw) {
  const key = JSON.stringify(shown);
  if (filled.get(element) !== key) element.replaceChildren(...draw());
  filled.set(element, key);
}

/** @param {number} value @returns {string} 12,345 */
export const count = (value) => value.toLocaleString("en");

/** @param {number} number @param {string} noun @returns {string} "1 run", "1,200 runs" */
export const several = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

/** @param {number | null | undefined} value @param {number} [digits] after the point @returns {string} with a true minus; a number that is not finite is called what it is */
export function decimal(value, digits = 3) {
  if (value === undefined) return "–";
  return value === null || !Number.isFinite(value) ? "not a number" : value.toFixed(digits).replace("-", "−");
}

/** A number beside the end of a line. @param {number} value finite @returns {string} "0.93", "512", "8.9e10" */
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

/**
 * An SVG element. @template {keyof SVGElementTagNameMap} T @param {T} tag @param {Record<string, string | number>} [attributes] @param {(Node | string)[]} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}
