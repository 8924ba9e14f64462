/**
 * What a card says where data sets that it needs are not on this server: which, how to get them, and why its button does
 * nothing. Used by pages/gallery-card.js and pages/experiment-cards.js.
 * @typedef {import("../../types").DataSet} DataSet
 */

import { make } from "../../ui/dom.js";
import { dataOf } from "../../problems.js";

/**
 * @param {import("../../types").Preset} preset @param {DataSet[]} data that the server knows
 * @returns {DataSet | null} the data set that it needs and that is not there
 */
export function missingData({ config }, data) {
  const needed = dataOf(config);
  const { folder = null } = /** @type {{folder?: string | null}} */ (config.problem ?? {});
  if (needed === null) return null;
  const found = data.find((one) => one.id === needed && (needed !== "folder" || one.folder === folder));
  return found && !found.present ? found : null;
}

/**
 * @param {import("../../types").ExperimentPreset} preset @param {DataSet[]} data that the server knows
 * @returns {DataSet[]} those that its runs need and that are not there
 */
export const missingOfRuns = ({ data: needed = [] }, data) => data.filter(({ id, present }) => !present && needed.includes(id));

/** @param {DataSet} missing @param {string} id of the line */
export const needsLine = ({ title, how }, id) =>
  make("p", { class: "small muted gallery-needs", id }, `Needs ${title}: `, ...commands(how));

/** @param {string} text with commands between backticks */
const commands = (text) => text.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part));

/**
 * Not switched off by the attribute, so that the button can be reached and says why.
 * @param {HTMLButtonElement} press @param {DataSet[]} missing @param {string[]} lines ids of what says how to get them
 */
export function explain(press, missing, lines) {
  if (missing.length === 0) return;
  press.setAttribute("aria-disabled", "true");
  press.setAttribute("aria-describedby", [press.getAttribute("aria-describedby"), ...lines].filter(Boolean).join(" "));
  press.title = `Needs ${missing.map(({ title }) => title).join(" and ")}, which ${missing.length > 1 ? "are" : "is"} not on this server`;
}
