/**
 * The order of the gallery: sections by what inputs are, and in each the presets that begin a card, with their variants. Pure;
 * used by pages/gallery.js.
 * @typedef {import("../../types").Preset} Preset
 * @typedef {{lead: Preset, variants: Preset[]}} Card
 * @typedef {{id: string, title: string, text: string, cards: Card[]}} Section
 */

import { canShow, hasPictures, isOfPatterns, problemOf } from "../../problems.js";

const SECTIONS = [
  { id: "patterns", title: "Patterns", text: "" },
  { id: "pictures", title: "Patterns as pictures", text: "The same problem with patterns that can be looked at: what a neuron carries is a picture." },
  { id: "images", title: "Real images", text: "Two classes of images. Nobody says what the relevant pattern is, and the neurons agree on one all the same." },
  { id: "mixtures", title: "Teacher and student", text: "A teacher learns images and labels a mixture of images and noise. Its student learns from the images what is to be learned from them, and of the noise far less." },
];

/** @param {Preset} preset @returns {string} id of its section */
function sectionOf({ config }) {
  if (isOfPatterns(config)) return hasPictures(config) ? "pictures" : "patterns";
  return problemOf(config) === "mixture" ? "mixtures" : "images";
}

/**
 * A preset whose id goes on from another's, as `paper/parity-ntk` from `paper/parity`, is its variant.
 * @param {Preset[]} presets @returns {Section[]} in the order of the gallery, without empty ones
 */
export function sections(presets) {
  const ordered = presets.filter(({ config }) => canShow(config)).toSorted((a, b) => a.order - b.order);
  return SECTIONS.map((section) => {
    const own = ordered.filter((preset) => sectionOf(preset) === section.id);
    const isVariant = (/** @type {Preset} */ { id }, /** @type {Preset} */ lead) => id.startsWith(`${lead.id}-`);
    const leads = own.filter((preset) => !own.some((other) => isVariant(preset, other)));
    return { ...section, cards: leads.map((lead) => ({ lead, variants: own.filter((preset) => isVariant(preset, lead)) })) };
  }).filter(({ cards }) => cards.length > 0);
}

/** @param {Card} card @returns {string} "also: no decay, lazy, random labels and 5 more" */
export function variantWords({ lead, variants }) {
  const NAMED = 3;
  const words = variants.map(({ id }) => id.slice(lead.id.length + 1).replaceAll("-", " ").replace(/\bntk\b/, "NTK"));
  const more = words.length - NAMED;
  return `also: ${more > 1 ? `${words.slice(0, NAMED).join(", ")} and ${more} more` : words.join(", ")}`;
}
