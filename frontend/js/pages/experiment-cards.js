/**
 * The experiments of the catalog, each with the button that starts it. Used by the gallery and the page of a new sweep.
 * @module
 */

import { createExperiment } from "../net/api.js";
import { count, duration, make } from "../ui/dom.js";
import { missingData, missingLines } from "./missing-data.js";
import { startButton } from "./start-button.js";

/** @typedef {import("../types").ExperimentCard} ExperimentCard */

/**
 * @param {ExperimentCard[]} presets
 * @param {import("../types").DataSet[]} data that the server knows
 * @param {(path: string) => void} navigate
 */
export function experimentCards(presets, data, navigate) {
  const [there, lacking] = [true, false].map((wanted) => presets.filter((preset) => (missingData(preset, data).length === 0) === wanted));
  return make("div", {}, make("div", { class: "exp-cards" }, ...there.map((preset) => card(preset, navigate))), ...missingLines(lacking, data));
}

/** @param {ExperimentCard} preset @param {(path: string) => void} navigate */
function card(preset, navigate) {
  const trouble = make("p", { class: "notice bad small", role: "alert", hidden: "" });
  const title = make("h3", { id: `experiment-${preset.id.replaceAll("/", "-")}` }, preset.title);
  const start = async () => navigate(`/experiments/${(await createExperiment({ preset: preset.id })).id}`);
  const seeds = Array.isArray(preset.seeds) ? preset.seeds.length : preset.seeds;
  const facts = [preset.figure ?? { figure: "Figure", sweep: "Sweep", runs: "Runs" }[preset.kind], `${count(preset.runs)} runs`, `${count(seeds)} ${seeds === 1 ? "seed" : "seeds"}`].join(" · ");
  return make("article", { class: "exp-card", "aria-labelledby": title.id }, title,
    make("p", { class: "gallery-text" }, preset.text),
    make("p", { class: "small muted" }, facts),
    make("div", { class: "gallery-action" }, startButton(preset.title, start, trouble, "button"),
      make("span", { class: "small muted" }, `about ${duration(preset.seconds)}`)), trouble);
}
