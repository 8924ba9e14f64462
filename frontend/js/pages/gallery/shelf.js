/**
 * A section of the gallery: cards of its presets, its figures and sweeps, and what cannot be started here. Used by the gallery only.
 * @typedef {import("../../types").PresetCard} PresetCard
 * @typedef {import("../../types").Gallery} Gallery
 */

import { make } from "../../ui/dom.js";
import { experimentCards, missingData, missingLines } from "../shared/start.js";
import { galleryCard } from "./card.js";

/**
 * @param {import("../../types").Section} section @param {Gallery} gallery @param {import("../../types").DataSet[]} data that the server knows
 * @param {boolean} first of the page @param {(path: string) => void} navigate
 */
export function createShelf({ id, title, text }, { presets, experiments }, data, first, navigate) {
  const own = presets.filter(({ section }) => section === id);
  const there = own.filter((preset) => missingData(preset, data).length === 0);
  const known = new Set(there.map((preset) => preset.id));
  const isVariant = (/** @type {PresetCard} */ { variant_of: lead }) => lead !== null && known.has(lead);
  const cards = there.filter((preset) => !isVariant(preset)).map((lead, i) => {
    const variants = there.filter((preset) => isVariant(preset) && preset.variant_of === lead.id);
    return { element: galleryCard({ lead, variants }, first && i === 0, navigate), lead: wordsOf([lead]), all: wordsOf([lead, ...variants]) };
  });
  const all = experiments.filter(({ section }) => section === id);
  const figures = all.filter((preset) => missingData(preset, data).length === 0);
  const lacking = missingLines([...own.filter((preset) => !known.has(preset.id)), ...all.filter((preset) => !figures.includes(preset))], data);
  const more = figures.length === 0 ? [] : [make("h3", { class: "gallery-figures" }, "Figures and sweeps"), experimentCards(figures, data, navigate)];
  const papers = new Map(own.flatMap(({ paper }) => (paper ? [[paper.url, paper]] : [])));
  const heading = make("h2", { id: `shelf-${id}`, tabindex: "-1" }, title);
  const words = [text, ...(papers.size ? [text && " ", "After ", ...[...papers.values()].flatMap((paper, i) => [i ? ", " : "", paperLink(paper)]), "."] : [])];
  const element = make("section", { class: "gallery-shelf", "aria-labelledby": heading.id }, heading, make("p", { class: "muted" }, ...words),
    make("div", { class: "gallery-cards" }, ...cards.map((card) => card.element)), ...more, ...lacking);
  const rest = [...lacking, ...more, ...element.querySelectorAll(".exp-card")].map((one) => /** @type {HTMLElement} */ (one));

  return {
    element,
    heading,
    /** Leaves only what has all words. @param {string[]} words in lower case @returns {number} cards that are left */
    filter(words) {
      const has = (/** @type {string} */ said) => words.every((word) => said.includes(word));
      for (const card of cards) {
        card.element.hidden = !has(card.all);
        for (const list of card.element.querySelectorAll("details")) list.open = words.length > 0 && !card.element.hidden && !has(card.lead);
      }
      for (const one of rest) one.hidden = !has((one.textContent ?? "").toLowerCase());
      element.hidden = false; // what is within it is counted
      const left = [...element.querySelectorAll("article, details.gallery-needs")].filter((one) => !one.closest("[hidden]")).length;
      if (more[0]) more[0].hidden = more[1].hidden;
      element.hidden = left === 0;
      return left;
    },
  };
}

/** @param {import("../../types").Paper} paper */
const paperLink = ({ authors, year, title, url }) => make("a", { href: url, rel: "noopener", title }, `${authors} ${year}`);

/** @param {PresetCard[]} presets @returns {string} all by which they are found */
const wordsOf = (presets) =>
  presets.flatMap(({ id, title, text, figure, summary, facets, paper }) =>
    [id, title, text, figure ?? "", summary, paper?.title ?? "", ...facets.map(({ label, value }) => `${label} ${value}`)]).join("\n").toLowerCase();
