/**
 * In which settings the runs of a comparison differ: a table, one row per dotted path. Used by pages/compare/compare.js.
 * @typedef {import("../../types").JsonObject} JsonObject
 * @typedef {import("../../form/schema.js").Schema} Schema
 * @typedef {{path: string, values: any[], odd: boolean[]}} Row odd: unlike what most runs have
 */

import { oddOnes } from "../../display/facets.js";
import { csvOf, download } from "../../ui/carry.js";
import { button, make } from "../../ui/dom.js";
import { short, typeset } from "../../form/controls.js";
import { differences, members, resolve, valueAt } from "../../form/schema.js";

/** @param {JsonObject[]} configs @returns {Row[]} */
export function differingSettings(configs) {
  const [first, ...others] = configs;
  const paths = new Set(others.flatMap((config) => differences(config, first)));
  const parts = Object.keys(first ?? {}); // the order in which a configuration is written
  const place = (/** @type {string} */ path) => parts.indexOf(path.split(".")[0]);
  return [...paths].sort((a, b) => place(a) - place(b)).map((path) => {
    const values = configs.map((config) => valueAt(config, path.split(".")));
    return { path, values, odd: oddOnes(values.map((value) => JSON.stringify(value))) };
  });
}

/**
 * @param {Schema} root @param {string} path @param {JsonObject} config to know which member of a union is meant
 * @returns {string} the title of a setting, with that of the part it belongs to in a list; "" where there is none
 */
export function titleOf(root, path, config) {
  const steps = path.split(".");
  let node = resolve(root, root);
  let part = "";
  for (const [i, step] of steps.entries()) {
    if (node.discriminator) {
      const found = members(root, node).get(valueAt(config, [...steps.slice(0, i), node.discriminator.propertyName]));
      if (!found?.properties?.[step]) return "";
      node = found;
    }
    if (node.items) {
      const name = valueAt(config, [...steps.slice(0, i), step, "name"]);
      part = typeof name === "string" ? name : `${Number(step) + 1}`;
      node = resolve(root, node.items);
    } else if (node.properties?.[step]) node = resolve(root, node.properties[step]);
    else return "";
  }
  if ("const" in node) return `${steps.at(-2)} ${steps.at(-1)}`;
  const title = node.title ?? "";
  return part && title ? `${part}: ${title}` : title;
}

/** @param {any} value of a setting @returns {string} in a word or two */
export function say(value) {
  if (value === undefined) return "–";
  if (value === null) return "usual"; // what the theory, or the kind of problem, gives
  if (typeof value === "number") return Math.abs(value) < 1e7 ? short(value) : value.toExponential().replace("+", "");
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map((item) => (typeof item === "object" ? item?.name ?? "…" : say(item))).join(", ") || "none";
  if (typeof value === "object") return Object.values(value).map(say).join(", ");
  return String(value).replaceAll("_", " ");
}

/**
 * @param {HTMLElement} element
 * @returns {{update: (films: {letter: string, name: string, colour: string, config: JsonObject}[], schemas: Record<string, Schema>) => void}}
 */
export function differencesTable(element) {
  const note = make("p", { class: "muted small" });
  const scroll = make("div", { class: "compare-scroll", tabindex: "0", role: "region", "aria-label": "Differences of the configurations" });
  const file = button("CSV", () => download("compare-settings.csv", csvOf(carried)), { class: "button quiet", "aria-label": "CSV: Settings", title: "The settings that differ, as a file" });
  element.append(make("div", { class: "compare-settings-head" }, make("h2", {}, "What differs in the settings"), file), note, scroll);
  let key = "";
  /** @type {import("../../types").TableData} */
  let carried = { columns: [], rows: [] };

  return {
    update(films, schemas) {
      const next = JSON.stringify([films, Object.keys(schemas)]);
      if (next === key) return;
      key = next;
      const configs = films.map((film) => film.config);
      const rows = films.length > 1 ? differingSettings(configs) : [];
      scroll.hidden = file.hidden = rows.length === 0;
      const titles = rows.map(({ path }) => configs.map((config) => schemas[String(config.study)] && titleOf(schemas[String(config.study)], path, config)).find(Boolean) ?? "");
      carried = {
        columns: ["setting", "title", ...films.map(({ letter, name }) => `${letter} ${name}`)],
        rows: rows.map(({ path, values }, i) => [path, titles[i], ...values.map((value) => (typeof value === "string" ? value : (JSON.stringify(value) ?? "")))]),
      };
      note.textContent = remark(films.length, rows);
      const heads = films.map(({ letter, name, colour }) => {
        const head = make("th", { scope: "col", title: name, class: "compare-value" }, letter);
        head.style.color = colour;
        return head;
      });
      const lines = rows.map(({ path, values, odd }, row) => {
        const title = titles[row];
        const name = title ? [make("span", {}, typeset(title)), broken(path)] : [broken(path)];
        return make("tr", {}, make("th", { scope: "row", title: path }, ...name),
          ...values.map((value, i) => make("td", { class: `compare-value${odd[i] ? " is-odd" : ""}`, title: raw(value) }, say(value))));
      });
      scroll.replaceChildren(make("table", { class: "compare-differences" },
        make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "setting"), ...heads)), make("tbody", {}, ...lines)));
    },
  };
}

/** A path that may break after its points. @param {string} path */
const broken = (path) => make("code", {}, ...path.split(".").flatMap((part, i) => (i ? [".", make("wbr", {}), part] : [part])));

/** @param {any} value */
const raw = (value) => (value === undefined ? "this run has no such setting" : JSON.stringify(value));

/** @param {number} runs @param {Row[]} rows @returns {string} */
function remark(runs, rows) {
  if (runs === 0) return "";
  if (runs === 1) return "One run alone: add another to see what differs.";
  if (rows.length === 0) return "Identical configurations: the runs differ in nothing.";
  const settings = `${rows.length} ${rows.length === 1 ? "setting differs" : "settings differ"}; all others are the same.`;
  return rows.some(({ odd }) => odd.includes(true)) ? `${settings} Marked: unlike most runs.` : settings;
}
