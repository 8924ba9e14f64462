/**
 * What cannot be started because data sets are not on this server: once for each of them, with how to get it. Used by the gallery and
 * the page of a new sweep.
 * @module
 */

import { count, make } from "../ui/dom.js";

/** @typedef {import("../types").DataSet} DataSet */
/** @typedef {{ title: string, text: string, needs: import("../types").Need[] }} Needing */

/** @param {Needing} preset @param {DataSet[]} data that the server knows @returns {DataSet[]} those that it needs and that are not there */
export const missingData = ({ needs }, data) =>
  data.filter(({ id, folder, present }) => !present && needs.some((need) => need.id === id && (id !== "folder" || need.folder === folder)));

/** @param {Needing[]} presets that lack data @param {DataSet[]} data that the server knows @returns {HTMLElement[]} a line for each data set, which opens */
export function missingLines(presets, data) {
  /** @type {Map<string, { missing: DataSet[], presets: Needing[] }>} */
  const groups = new Map();
  for (const preset of presets) {
    const missing = missingData(preset, data);
    const key = missing.map(({ title }) => title).join(" and ");
    groups.set(key, { missing, presets: [...(groups.get(key)?.presets ?? []), preset] });
  }
  return [...groups].map(([titles, group]) => make("details", { class: "gallery-needs" },
    make("summary", {}, `${count(group.presets.length)} more ${group.presets.length === 1 ? "needs" : "need"} ${titles}: how to get it`),
    ...group.missing.map(({ how }) => make("p", {}, ...commands(how))),
    make("ul", {}, ...group.presets.map(({ title, text }) => make("li", {}, make("strong", {}, title), ` ${text}`)))));
}

/** @param {string} text with commands between backticks */
const commands = (text) => text.split("`").map((part, i) => (i % 2 ? make("code", {}, part) : part));
