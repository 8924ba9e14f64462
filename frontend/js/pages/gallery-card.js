/**
 * A card of the gallery: a preset with its picture and the button that starts it, and its variants below. Used by
 * pages/gallery.js.
 * @typedef {import("../types").Preset} Preset
 * @typedef {import("../types").DataSet} DataSet
 * @typedef {(preset: Preset, press: HTMLButtonElement, trouble: HTMLElement) => void} Start
 */

import { button, count, duration, make } from "../dom.js";
import { dataOf, describeMethod, hasPictures, isOfPatterns } from "../problems.js";
import { missingData, variantWords } from "./gallery-sections.js";

/** Nobody has made pictures of these: they are in no package. */
const UNSEEN = ["cifar10", "svhn"];
const STAGES = ["at the start", "on the way", "at the end"];

/**
 * @param {import("./gallery-sections.js").Card} card
 * @param {boolean} first of the page
 * @param {DataSet[]} data that the server knows
 * @param {Start} start
 */
export function galleryCard({ lead, variants }, first, data, start) {
  const trouble = make("p", { class: "notice bad small", role: "alert" });
  trouble.hidden = true;
  const title = make("h3", { id: `preset-${lead.order}` }, lead.title);
  const missing = missingData(lead, data);
  const facts = [lead.figure, size(lead.config)].filter(Boolean).join(" · ");
  const others = variants.length ? [variantList({ lead, variants }, data, start, trouble)] : [];
  return make("article", { class: "gallery-card", "aria-labelledby": title.id }, picture(lead),
    make("div", { class: "gallery-words" }, title,
      make("p", { class: "gallery-text" }, lead.text),
      make("p", { class: "small muted" }, facts),
      make("div", { class: "gallery-action" },
        runButton(lead, lead, title.id, missing, start, trouble, `button ${first ? "primary" : ""}`),
        make("span", { class: "small muted" }, missing ? "" : `about ${duration(lead.seconds)}`)),
      ...(missing ? [needs(lead, missing)] : []), trouble, ...others));
}

/** The line is said once on a card. @param {Preset} lead @param {DataSet} missing */
const needsId = ({ order }, { id, folder }) => `needs-${order}-${folder ?? id}`;

/** @param {Preset} lead @param {DataSet} missing */
const needs = (lead, missing) =>
  make("p", { class: "small muted gallery-needs", id: needsId(lead, missing) }, `Needs ${missing.title}: `, ...commands(missing.how));

/** @param {string} text with commands between backticks */
const commands = (text) => text.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part));

/**
 * Not switched off by the attribute, so that it can be reached and says why.
 * @param {Preset} preset @param {Preset} lead of its card @param {string} title id of its title @param {DataSet | null} missing
 * @param {Start} start @param {HTMLElement} trouble @param {string} look
 */
function runButton(preset, lead, title, missing, start, trouble, look) {
  const press = button("Run", () => missing || start(preset, press, trouble), {
    class: look, "aria-describedby": missing ? `${title} ${needsId(lead, missing)}` : title,
  });
  if (missing) {
    press.setAttribute("aria-disabled", "true");
    press.title = `Needs ${missing.title}, which is not on this server`;
  }
  return press;
}

/** @param {import("./gallery-sections.js").Card} card @param {DataSet[]} data @param {Start} start @param {HTMLElement} trouble */
function variantList({ lead, variants }, data, start, trouble) {
  const told = new Set([missingData(lead, data)]);
  const rows = variants.map((preset) => {
    const missing = missingData(preset, data);
    const title = make("span", { id: `preset-${preset.order}`, class: "gallery-variant-title", title: preset.text }, preset.title);
    const line = missing && !told.has(missing) ? [needs(lead, missing)] : [];
    told.add(missing);
    return make("li", {}, make("div", { class: "gallery-variant" }, title,
      runButton(preset, lead, title.id, missing, start, trouble, "button quiet")),
    make("p", { class: "small muted" }, preset.text), ...line);
  });
  return make("details", { class: "gallery-variants" }, make("summary", { class: "small muted" }, variantWords({ lead, variants })), make("ul", {}, ...rows));
}

/**
 * The neurons at the start, in the middle and at the end of a real run; three empty places where the picture is missing.
 * @param {Preset} preset
 */
function picture({ id, title, config }) {
  const shape = `gallery-no-picture${hasPictures(config) ? " of-pictures" : ""}`;
  const nothing = make("div", { class: shape }, make("span"), make("span"), make("span"));
  const stages = make("figcaption", { "aria-hidden": "true" }, ...STAGES.map((word) => make("span", {}, word)));
  if (UNSEEN.includes(dataOf(config) ?? "")) return make("figure", { class: "gallery-picture" }, nothing, stages);
  const image = make("img", {
    src: `/pictures/${id.replaceAll("/", "-")}.svg`,
    alt: `The neurons of “${title}” at the start, in the middle and at the end of training`,
    width: "660",
    height: "200",
    loading: "lazy",
  });
  image.addEventListener("error", () => image.replaceWith(nothing));
  return make("figure", { class: "gallery-picture" }, image, stages);
}

/** @param {import("../types").JsonObject} config @returns {string} "600 neurons, 100 patterns, 5 relevant" */
function size(config) {
  if (!isOfPatterns(config)) return describeMethod(config);
  const { problem, method } = /** @type {{ problem?: { D?: number, k?: number }, method?: { m?: number } }} */ (config);
  const parts = [
    method?.m ? `${count(2 * method.m)} neurons` : "",
    problem?.D ? `${count(problem.D)} patterns` : "",
    problem?.k ? `${problem.k} relevant` : "",
  ];
  return parts.filter(Boolean).join(", ");
}
