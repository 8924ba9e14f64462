/**
 * A card of the gallery: a preset with its picture and the button that starts it, and its variants below. Used by
 * pages/gallery.js.
 * @typedef {import("../../types").Preset} Preset
 * @typedef {import("../../types").DataSet} DataSet
 * @typedef {(preset: Preset, press: HTMLButtonElement, trouble: HTMLElement) => void} Start
 */

import { button, count, duration, make } from "../../ui/dom.js";
import { describeMethod, hasPictures, isOfPatterns, problemOf } from "../../problems.js";
import { explain, missingData, needsLine } from "./data-needs.js";
import { variantWords } from "./sections.js";

const START = "at the start";
const END = "at the end";
const CURVES = ["data, injected and direct over training"];
const NOT_RUN = ["no picture: we have not run it"];

/**
 * @param {import("./sections.js").Card} card
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
      ...(missing ? [needsLine(missing, needsId(lead, missing))] : []), trouble, ...others));
}

/** The line is said once on a card. @param {Preset} lead @param {DataSet} missing */
const needsId = ({ order }, { id, folder }) => `needs-${order}-${folder ?? id}`;

/**
 * @param {Preset} preset @param {Preset} lead of its card @param {string} title id of its title @param {DataSet | null} missing
 * @param {Start} start @param {HTMLElement} trouble @param {string} look
 */
function runButton(preset, lead, title, missing, start, trouble, look) {
  const press = button("Run", () => missing || start(preset, press, trouble), { class: look, "aria-describedby": title });
  if (missing) explain(press, [missing], [needsId(lead, missing)]);
  return press;
}

/** @param {import("./sections.js").Card} card @param {DataSet[]} data @param {Start} start @param {HTMLElement} trouble */
function variantList({ lead, variants }, data, start, trouble) {
  const told = new Set([missingData(lead, data)]);
  const rows = variants.map((preset) => {
    const missing = missingData(preset, data);
    const title = make("span", { id: `preset-${preset.order}`, class: "gallery-variant-title", title: preset.text }, preset.title);
    const line = missing && !told.has(missing) ? [needsLine(missing, needsId(lead, missing))] : [];
    told.add(missing);
    return make("li", {}, make("div", { class: "gallery-variant" }, title,
      runButton(preset, lead, title.id, missing, start, trouble, "button quiet")),
    make("p", { class: "small muted" }, preset.text), ...line);
  });
  return make("details", { class: "gallery-variants" }, make("summary", { class: "small muted" }, variantWords({ lead, variants })), make("ul", {}, ...rows));
}

/**
 * The neurons at the start, in the middle and at the end of a real run, or its curves; empty places where there is no picture.
 * @param {Preset} preset
 */
function picture({ id, title, config, expected }) {
  const [parts, shape, alt] = problemOf(config) === "mixture"
    ? [CURVES, "of-curves", `Accuracy on the data part and on the injected part, and of direct training, over the training of “${title}”`]
    : [[START, between(config), END], hasPictures(config) ? "of-pictures" : "", `The neurons of “${title}” ${START}, ${between(config)} and ${END}`];
  const nothing = make("div", { class: `gallery-no-picture ${shape}` }, ...parts.map(() => make("span")));
  // Pictures are drawn from runs that we have made: those whose values we promise.
  if (expected.length === 0) return make("figure", { class: "gallery-picture" }, nothing, captions(NOT_RUN));
  const image = make("img", { src: new URL(`../../../pictures/${id.replaceAll("/", "-")}.svg`, import.meta.url).href, alt, width: "660", height: "200", loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(nothing));
  return make("figure", { class: "gallery-picture" }, image, captions(parts));
}

/**
 * What the picture in the middle is of (scripts/make_pictures.py): where features come with a step or two, nothing of them is
 * seen after the first step of two; else half of the way is behind, or half of the film.
 * @param {import("../../types").JsonObject} config @returns {string}
 */
function between(config) {
  const { problem, training } = /** @type {any} */ (config);
  const sudden = isOfPatterns(config) && problem?.structure !== false && training?.phases?.[0]?.steps === 1;
  return sudden ? "after one step" : "half-way";
}

/** @param {string[]} words side by side, below the picture */
const captions = (words) => make("figcaption", { "aria-hidden": "true" }, ...words.map((word) => make("span", {}, word)));

/** @param {import("../../types").JsonObject} config @returns {string} "600 neurons, 100 patterns, 5 relevant" */
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
