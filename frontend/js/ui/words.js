/** Words explained where they are used: a list of them, and a button that opens it. Knows no word itself. */

import { button, make } from "./dom.js";

/** @typedef {[word: string, meaning: string]} Word */

/** @param {readonly Word[]} words */
export const definitions = (words) => make("dl", { class: "glossary" }, ...words.flatMap(([word, meaning]) => [make("dt", {}, make("dfn", {}, word)), make("dd", {}, meaning)]));

/**
 * Escape, a press elsewhere or Close shut what the button opens.
 * @param {readonly Word[]} words @param {string} of what they are the words @param {import("../types").Paper | null} [paper] where they are from
 * @returns {HTMLElement[]} the button, and what it opens
 */
export function wordsButton(words, of, paper = null) {
  const source = paper ? [make("p", { class: "small muted" }, "The paper: ", make("a", { href: paper.url, rel: "noopener" }, `${paper.authors}, ${paper.year}`))] : [];
  const popup = make("div", { class: "words-window", popover: "auto", role: "dialog", "aria-label": `Words: ${of}`, tabindex: "-1" },
    definitions(words), ...source, button("Close", () => popup.hidePopover()));
  popup.onbeforetoggle = () => (popup.autofocus = true); // not before: it is heeded as the page is made, too
  const open = make("button", { type: "button", class: "button quiet words-open", "aria-haspopup": "dialog", "aria-label": `Words: ${of}`, title: "What the words here mean" },
    make("span", { "aria-hidden": "true" }, "i"));
  open.popoverTargetElement = popup;
  return [open, popup];
}
