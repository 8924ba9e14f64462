/**
 * The words of the captions, explained, and the paper that they come from. A panel has a button that opens those it uses; the
 * gallery lists them all. Used by pages.
 */

import { button, make } from "./dom.js";

export const PAPER = "https://arxiv.org/abs/2206.01717";

/** In the order in which one meets them. @type {Record<string, string>} */
export const TERMS = {
  "neuron": "A unit of the hidden layer, with weights w, a bias b and an output weight a. On the map it is a dot.",
  "relevant pattern": "One of the few patterns that decide the label. All others are background.",
  "s, the signal": "The sum of the relevant patterns; for two classes of images the difference of their means, for a mixture the first principal direction. The stars are +s and −s.",
  "cosine": "Of two directions: 1 where they are the same, 0 where they have nothing in common, −1 where they are opposite. |cos| leaves the sign away.",
  "input structure": "Relevant patterns that tend to occur together, so that each alone says something of the label. Without it they are independent.",
  "parity part": "Inputs on which some, but not all, relevant patterns are there: the label is whether their number is odd, and no single pattern tells it. On the rest all or none are there.",
  "hard part": "The same for other rules: inputs on which some, but not all, relevant patterns are there.",
  "probe": "A linear classifier that is fitted to the hidden layer of the moment, by ridge regression on fresh inputs: what the features are worth, whatever the network itself makes of them. Half right is a coin; far below it, the probe follows the other inputs and tells the opposite.",
  "reference lines": "What two simple rules get right: guessing on the parity part, and the best single threshold on the number of patterns. Neither is a bound: fixed features may pass them.",
  "MDS": "Multidimensional scaling: neurons are placed so that distances on the map come as near as possible to 1 − cosine.",
  "stress": "How much the map distorts those distances: 0 is a perfect map, 0.3 a rough one.",
  "signal plane": "The other map, with fixed axes: to the right the cosine with s, upwards the length of the part along background patterns.",
  "singular value": "How strongly the weights of all neurons together use a direction. One large value: they all share it.",
  "background": "Patterns that say nothing of the label, and the part of the weights along them.",
  "centre": "The mean direction of one of the two clusters that 2-means finds among the neurons, whatever they are.",
  "silhouette": "How well two clusters are apart: 1 for two points, about 0 for a cloud.",
  "teacher and student": "The teacher learns the data and labels data and injected inputs; the student learns both from these labels. Direct training learns the data’s true labels.",
  "injected part": "Inputs of another kind, noise or patches of photographs, that are mixed among the data. Accuracy on them is agreement with the teacher; κ leaves out what agrees by chance.",
  "Lemma 5": "What the paper predicts for the first gradient: along each relevant pattern about β γ/σ̃, along background ones about 0.",
};

/** @param {readonly string[]} terms @returns {HTMLElement} */
export const definitions = (terms) => make("dl", { class: "glossary" }, ...terms.flatMap((term) => [make("dt", {}, make("dfn", {}, term)), make("dd", {}, TERMS[term])]));

/** @returns {HTMLElement} */
export const paperLink = () => make("a", { href: PAPER, rel: "noopener" }, "Shi, Wei and Liang, ICLR 2022");

/**
 * A button that opens the terms of a panel; Escape, a press elsewhere or Close shuts them.
 * @param {readonly string[]} terms @param {string} of the panel's title
 * @returns {HTMLElement[]} the button, and what it opens
 */
export function wordsButton(terms, of) {
  const popup = make("div", { class: "words-window", popover: "auto", role: "dialog", "aria-label": `Words: ${of}` });
  const open = button("", () => {
    popup.replaceChildren(definitions(terms), make("p", { class: "small muted" }, "The paper: ", paperLink()), button("Close", () => popup.hidePopover()));
    popup.showPopover();
    popup.scrollTop = 0;
    /** @type {HTMLElement} */ (popup.lastElementChild).focus({ preventScroll: true });
  }, { class: "button quiet words-open", "aria-haspopup": "dialog", "aria-label": "Words", title: "What the words here mean" });
  open.append(make("span", { "aria-hidden": "true" }, "i"));
  return [open, popup];
}
