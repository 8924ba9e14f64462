/**
 * A card of the gallery: a preset with its picture and the button that starts it, and its variants below. Used by the gallery only.
 * @typedef {import("../../types").PresetCard} PresetCard
 * @typedef {{ lead: PresetCard, variants: PresetCard[] }} Card
 */

import { createRun } from "../../net/api.js";
import { duration, make } from "../../ui/dom.js";
import { startButton } from "../shared/start.js";

const NAMED = 3; // variants in the line above their list

/** @param {Card} card @param {boolean} first of the page @param {(path: string) => void} navigate */
export function galleryCard({ lead, variants }, first, navigate) {
  const trouble = make("p", { class: "notice bad small", role: "alert" });
  trouble.hidden = true;
  const title = make("h3", { id: `preset-${lead.id.replaceAll("/", "-")}` }, lead.title);
  const run = (/** @type {PresetCard} */ preset, /** @type {string} */ look) =>
    startButton(preset.title, async () => navigate(`/runs/${(await createRun({ preset: preset.id })).id}`), trouble, look);
  const others = make("details", { class: "gallery-variants" }, make("summary", { class: "small muted" }, variantWords(variants)),
    make("ul", {}, ...variants.map((preset) => make("li", {},
      make("div", { class: "gallery-variant" }, make("span", { class: "gallery-variant-title" }, preset.title), run(preset, "button quiet")),
      make("p", { class: "small muted" }, preset.text)))));
  return make("article", { class: "gallery-card", "aria-labelledby": title.id }, picture(lead, first),
    make("div", { class: "gallery-words" }, title,
      make("p", { class: "gallery-text" }, lead.text),
      make("p", { class: "small muted" }, [lead.figure, lead.summary].filter(Boolean).join(" · ")),
      make("div", { class: "gallery-action" }, run(lead, `button ${first ? "primary" : ""}`),
        make("span", { class: "small muted" }, `about ${duration(lead.seconds)}`)),
      trouble, ...(variants.length ? [others] : [])));
}

/** @param {PresetCard[]} variants @returns {string} "also: no decay, lazy, random labels and 5 more" */
function variantWords(variants) {
  const words = variants.map(({ short }) => short);
  const more = words.length - NAMED;
  return `also: ${more > 1 ? `${words.slice(0, NAMED).join(", ")} and ${more} more` : words.join(", ")}`;
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
