/**
 * What readers carry away: text to the clipboard, and tables as files. The page writes a true minus, for the eye; what is carried
 * away has the plain one, which programs read.
 */

import { button, make, setText } from "./dom.js";

/** @param {string} text @returns {string} */
const plainMinus = (text) => text.replaceAll("−", "-");

/** Listener for `copy`: what was selected within it has plain minus signs. @param {ClipboardEvent} event */
export function copyPlainly(event) {
  const selected = String(getSelection() ?? "");
  if (!selected.includes("−") || !event.clipboardData || (event.target instanceof HTMLElement && event.target.matches("input, textarea"))) return;
  event.clipboardData.setData("text/plain", plainMinus(selected)); // rows and columns of a table are apart by lines and tabs
  event.preventDefault();
}

/**
 * A button that copies, and says so for a moment.
 * @param {string} word @param {() => string} text @param {() => string | void} instead done where there is no clipboard, as on plain http; what to say then
 * @param {Record<string, string>} attributes
 */
export function copyButton(word, text, instead, attributes) {
  const press = button(word, async () => {
    const copied = await navigator.clipboard?.writeText(text()).then(() => true, () => false);
    setText(press, copied ? "Copied" : (instead() ?? word));
    setTimeout(() => setText(press, word), 1500);
  }, attributes);
  return press;
}

/** @param {import("../types").TableData} table @returns {string} CSV with all digits; a number that is none is "nan" */
export function csvOf({ columns, rows }) {
  const cell = (/** @type {string | number | null} */ value) => {
    if (typeof value === "number") return Number.isNaN(value) ? "nan" : String(value);
    const text = value === null ? "nan" : plainMinus(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** @param {string} name of the file @param {string} text @param {string} [type] */
export function download(name, text, type = "text/csv") {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  make("a", { href: address, download: name.replace(/[^\p{L}\p{N}._-]+/gu, "-") }).click();
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
