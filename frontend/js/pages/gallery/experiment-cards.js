/**
 * The experiments of the catalog, each with the button that starts it. Used by the gallery and the page of a new sweep.
 * @module
 */

import { ApiError, createExperiment } from "../../net/api.js";
import { button, count, duration, make } from "../../ui/dom.js";
import { explain, missingOfRuns, needsLine } from "./data-needs.js";
import { several } from "../experiments/words.js";

/** @typedef {import("../../types").ExperimentPreset} ExperimentPreset */
/** @typedef {import("../../types").DataSet} DataSet */

/**
 * @param {ExperimentPreset[]} presets
 * @param {DataSet[]} data that the server knows
 * @param {(path: string) => void} navigate
 */
export function experimentCards(presets, data, navigate) {
  const ordered = presets.toSorted((a, b) => a.order - b.order);
  const element = make("div", { class: "exp-cards" });
  element.append(...ordered.map((preset) => card(preset, data, element, navigate)));
  return element;
}

/** @param {ExperimentPreset} preset @param {DataSet[]} data @param {HTMLElement} all @param {(path: string) => void} navigate */
function card(preset, data, all, navigate) {
  const trouble = make("p", { class: "notice bad small", role: "alert", hidden: "" });
  const title = make("h3", { id: `experiment-${preset.id.replaceAll("/", "-")}` }, preset.title);
  const missing = missingOfRuns(preset, data);
  const lines = missing.map((one) => needsLine(one, `${title.id}-needs-${one.id}`));
  const press = button("Run", async () => {
    if (missing.length > 0) return;
    const buttons = [...all.querySelectorAll("button")];
    buttons.forEach((one) => (one.disabled = true));
    trouble.hidden = true;
    press.textContent = "Starting…";
    try {
      const { id } = await createExperiment({ preset: preset.id });
      if (all.isConnected) navigate(`/experiments/${id}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      trouble.textContent = `This experiment could not be started. ${error.message}`;
      trouble.hidden = false;
      buttons.forEach((one) => (one.disabled = false));
      press.textContent = "Run";
      press.focus();
    }
  }, { class: "button", "aria-describedby": title.id });
  explain(press, missing, lines.map(({ id }) => id));
  const seeds = Array.isArray(preset.seeds) ? preset.seeds.length : preset.seeds;
  const facts = [preset.figure ?? "Sweep", `${count(preset.runs)} runs`, several(seeds, "seed")].join(" · ");
  return make("article", { class: "exp-card", "aria-labelledby": title.id }, title,
    make("p", { class: "gallery-text" }, preset.text),
    make("p", { class: "small muted" }, facts),
    make("div", { class: "gallery-action" }, press, make("span", { class: "small muted" }, missing.length ? "" : `about ${duration(preset.seconds)}`)), ...lines, trouble);
}
