/**
 * A section of the gallery: cards of its presets, each with its picture, its variants and the buttons that start them, its figures and
 * sweeps, and what cannot be started here.
 * @import { DataSet, Gallery, Paper, PresetCard, Section } from "../../types"
 */

import { createRun } from "../../net/api.js";
import { duration, make } from "../../ui/dom.js";
import { BESIDE, besideControl, experimentCards, missingData, missingLines, startButton } from "../shared/start.js";

/**
 * @param {Section} section @param {Gallery} gallery @param {DataSet[]} data that the server knows
 * @param {boolean} first of the page @param {(path: string) => void} navigate
 */
export function createShelf({ id, title, text }, { presets, experiments }, data, first, navigate) {
  const own = presets.filter(({ section }) => section === id);
  const papers = [...new Map(own.flatMap(({ paper }) => (paper ? [[paper.url, paper]] : []))).values()];
  const about = [title, text, ...papers.flatMap((paper) => [paper.authors, paper.title])].join("\n");
  const there = own.filter((preset) => missingData(preset, data).length === 0);
  const leads = there.filter(({ variant_of: lead }) => !there.some((preset) => preset.id === lead));
  const cards = leads.map((lead, i) => {
    const variants = there.filter((preset) => preset.variant_of === lead.id);
    return { element: galleryCard(lead, variants, first && i === 0, navigate), lead: wordsOf(about, [lead]), all: wordsOf(about, [lead, ...variants]) };
  });
  const all = experiments.filter(({ section }) => section === id);
  const figures = all.filter((preset) => missingData(preset, data).length === 0);
  const lacking = missingLines([...own.filter((preset) => !there.includes(preset)), ...all.filter((preset) => !figures.includes(preset))], data);
  const more = figures.length === 0 ? [] : [make("h3", { class: "gallery-figures" }, "Figures and sweeps"), experimentCards(figures, data, navigate)];
  const heading = make("h2", { id: `shelf-${id}`, tabindex: "-1" }, title);
  const words = [text, ...(papers.length ? [text && " ", "After ", ...papers.flatMap((paper, i) => [i ? ", " : "", paperLink(paper)]), "."] : [])];
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
      for (const one of rest) one.hidden = !has(`${about}\n${one.textContent}`.toLowerCase());
      element.hidden = false; // what is within it is counted
      const left = [...element.querySelectorAll("article, details.gallery-needs")].filter((one) => !one.closest("[hidden]")).length;
      if (more[0]) more[0].hidden = more[1].hidden;
      element.hidden = left === 0;
      return left;
    },
  };
}

/** Three authors or more are the first "et al.". @param {Paper} paper */
const paperLink = ({ authors, year, title, url }) => make("a", { href: url, rel: "noopener", title: `${authors}: ${title}` }, `${authors.replace(/,.*/, "\u00a0et\u00a0al.")}\u00a0${year}`);

/** @param {string} about their section @param {PresetCard[]} presets @returns {string} all by which they are found */
const wordsOf = (about, presets) =>
  [about, ...presets.flatMap(({ id, title, text, figure, summary, facets }) =>
    [id, title, text, figure ?? "", summary, ...facets.map(({ label, value }) => `${label} ${value}`)])].join("\n").toLowerCase();

/** @param {PresetCard} lead @param {PresetCard[]} variants @param {boolean} first of the page @param {(path: string) => void} navigate */
function galleryCard(lead, variants, first, navigate) {
  const trouble = make("p", { class: "notice bad small", role: "alert", hidden: "" });
  const title = make("h3", { id: `preset-${lead.id.replaceAll("/", "-")}` }, lead.title);
  const begin = async (/** @type {PresetCard} */ preset) => (await createRun({ preset: preset.id })).id;
  const run = (/** @type {PresetCard} */ preset, /** @type {string} */ look) =>
    [startButton(preset.title, async () => navigate(`/runs/${await begin(preset)}`), trouble, look),
      ...(preset.control ? [startButton(preset.title, async () => navigate(await besideControl(await begin(preset))), trouble, "button quiet", BESIDE)] : [])];
  const others = make("details", { class: "gallery-variants" }, make("summary", { class: "small muted" }, `also: ${variants.map(({ short }) => short).join(", ")}`),
    make("ul", {}, ...variants.map((preset) => make("li", {},
      make("div", { class: "gallery-variant" }, make("span", { class: "gallery-variant-title" }, preset.title), ...run(preset, "button quiet")),
      make("p", { class: "small muted" }, preset.text)))));
  return make("article", { class: "gallery-card", "aria-labelledby": title.id }, picture(lead, first),
    make("div", { class: "gallery-words" }, title,
      make("p", { class: "gallery-text" }, lead.text),
      make("p", { class: "small muted" }, [lead.figure, lead.summary].filter(Boolean).join(" · ")),
      make("div", { class: "gallery-action" }, ...run(lead, `button ${first ? "primary" : ""}`),
        make("span", { class: "small muted" }, `about ${duration(lead.seconds)}`)),
      trouble, ...(variants.length ? [others] : [])));
}

/** What a real run looked like; a plain place where there is no picture. @param {PresetCard} preset @param {boolean} first of the page */
function picture({ picture: path, title, captions }, first) {
  const parts = captions.length && path ? captions : ["no picture yet"];
  const nothing = make("div", { class: "gallery-no-picture" });
  const image = make("img", { alt: `“${title}”: ${parts.join(", ")}`, width: "660", height: "200", loading: first ? "eager" : "lazy", decoding: "async" });
  image.addEventListener("error", () => image.replaceWith(nothing));
  if (path) image.src = new URL(`../../../${path}`, import.meta.url).href;
  return make("figure", { class: "gallery-picture" }, path ? image : nothing,
    make("figcaption", { "aria-hidden": "true" }, ...parts.map((word) => make("span", {}, word))));
}
