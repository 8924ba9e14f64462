/**
 * The experiments that come with the program, each with what it needs and the button that starts it. Used by the list of experiments
 * and by the page of a new sweep.
 * @typedef {import("../../types").ExperimentPreset} ExperimentPreset
 * @typedef {import("../../types").DataSet} DataSet
 */

import { ApiError, createExperiment } from "../../net/api.js";
import { button, duration, make, setText } from "../../ui/dom.js";
import { KINDS, several } from "./words.js";

/**
 * @param {ExperimentPreset[]} presets @param {DataSet[]} data that the server knows @param {(path: string) => void} navigate
 * @returns {HTMLElement}
 */
export function offeredExperiments(presets, data, navigate) {
  const trouble = make("p", { class: "notice bad", role: "alert", hidden: "" });
  const list = make("ul", { class: "exp-offered" }, ...presets.toSorted((a, b) => a.order - b.order).map((preset) => offer(preset)));

  /** @param {ExperimentPreset} preset */
  function offer({ id, kind, title, text, figure, runs, seeds, seconds, data: needed = [] }) {
    const missing = data.filter((one) => !one.present && needed.includes(one.id));
    const press = button("Run", async () => {
      const buttons = [...list.querySelectorAll("button")];
      buttons.forEach((one) => (one.disabled = true));
      trouble.hidden = true;
      try {
        const made = await createExperiment({ preset: id });
        if (list.isConnected) navigate(`/experiments/${made.id}`);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        setText(trouble, `“${title}” could not be started. ${error.message}`);
        trouble.hidden = false;
        buttons.forEach((one) => (one.disabled = false));
        press.focus();
      }
    }, { "aria-label": `Run: ${title}` });
    const facts = [figure ?? KINDS[kind], several(runs, "run"), several(Array.isArray(seeds) ? seeds.length : seeds, "seed"), `about ${duration(seconds)}`].join(" · ");
    const needs = missing.map((one) => make("p", { class: "small warn" }, `Needs ${one.title}: `, ...one.how.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part))));
    return make("li", {}, make("div", {}, make("h3", {}, title), make("p", { class: "exp-sentence muted" }, text), make("p", { class: "small muted" }, facts), ...needs), ...(missing.length ? [] : [press]));
  }
  return make("div", {}, trouble, list);
}
