/**
 * What one press starts: the button, cards of experiments, and in their place how to get the data sets that are not there.
 * @import { DataSet, ExperimentCard } from "../../types"
 * @typedef {{ title: string, text: string, needs: import("../../types").Need[] }} Needing
 */

import { ApiError, createExperiment, getControl } from "../../net/api.js";
import { button, count, duration, make, visible } from "../../ui/dom.js";

export const BESIDE = "Beside its control";
let starting = false;

/** A run, and the one that is to fail where it does not. @param {string} id @returns {Promise<string>} where they stand side by side */
export const besideControl = async (id) => `/compare?runs=${id},${(await getControl(id)).id}`;

/**
 * One at a time; a refusal is said beside it.
 * @param {string} title of what it starts @param {() => Promise<void>} start @param {HTMLElement} trouble hidden until there is some
 * @param {string} look class of the button
 */
export function startButton(title, start, trouble, look, word = "Run") {
  const press = button(word, async () => {
    if (starting) return;
    starting = trouble.hidden = true;
    press.textContent = "Starting…";
    press.setAttribute("aria-disabled", "true"); // switched off, it would lose the focus
    try {
      await start();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      trouble.textContent = `It could not be started. ${error.message}`;
      trouble.hidden = false;
    } finally {
      starting = false;
      press.textContent = word;
      press.removeAttribute("aria-disabled");
    }
  }, { class: look, "aria-label": visible(`${word}: ${title}`) });
  return press;
}

/** @param {Needing} preset @param {DataSet[]} data that the server knows @returns {DataSet[]} those that it needs and that are not there */
export const missingData = ({ needs }, data) =>
  data.filter(({ id, folder, present }) => !present && needs.some((need) => need.id === id && (id !== "folder" || need.folder === folder)));

/** @param {Needing[]} presets that lack data @param {DataSet[]} data that the server knows @returns {HTMLElement[]} a line for each data set, which opens */
export function missingLines(presets, data) {
  const groups = Map.groupBy(presets, (preset) => missingData(preset, data).map(({ title }) => title).join(" and "));
  return [...groups].map(([titles, some]) => make("details", { class: "gallery-needs" },
    make("summary", {}, `${count(some.length)} more ${some.length === 1 ? "needs" : "need"} ${titles}: how to get it`),
    ...missingData(some[0], data).map(({ how }) => make("p", {}, ...how.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part)))),
    make("ul", {}, ...some.map(({ title, text }) => make("li", {}, make("strong", {}, title), ` ${text}`)))));
}

/** @param {ExperimentCard[]} presets @param {DataSet[]} data that the server knows @param {(path: string) => void} navigate */
export function experimentCards(presets, data, navigate) {
  const { true: there = [], false: lacking = [] } = Object.groupBy(presets, (preset) => String(missingData(preset, data).length === 0));
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
