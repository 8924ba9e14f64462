/**
 * In which settings the runs of a comparison differ: a table, one row per dotted path.
 * @import { Schema } from "../../form/schema.js"
 * @import { JsonObject, TableData } from "../../types"
 * @typedef {{path: string, values: any[], odd: boolean[]}} Row odd: unlike what most runs have
 */

import { oddOnes } from "../../display/facets.js";
import { short, typeset } from "../../form/controls.js";
import { differences, members, resolve, valueAt } from "../../form/schema.js";
import { csvOf, download } from "../../ui/carry.js";
import { button, fill, make } from "../../ui/dom.js";

/** @param {JsonObject[]} configs @returns {Row[]} */
export function differingSettings(configs) {
  const [first = {}, ...others] = configs;
  const paths = [...new Set(others.flatMap((config) => differences(config, first)).filter((path) => !path.startsWith("display.")))]; // of recordings
  const parts = Object.keys(first); // the order in which a configuration is written
  const place = (/** @type {string} */ path) => parts.indexOf(path.split(".")[0]);
  return paths.sort((a, b) => place(a) - place(b)).map((path) => {
    const values = configs.map((config) => valueAt(config, path.split(".")));
    return { path, values, odd: oddOnes(values.map((value) => JSON.stringify(value))) };
  });
}

/** A setting's title, with that of the part it belongs to in a list; "" where there is none. @param {Schema | undefined} root @param {string} path @param {JsonObject} config */
function titleOf(root, path, config) {
  if (!root) return "";
  const steps = path.split(".");
  let node = resolve(root, root);
  let part = "";
  for (const [i, step] of steps.entries()) {
    const valueOf = (/** @type {string[]} */ ...more) => valueAt(config, [...steps.slice(0, i), ...more]);
    if (node.discriminator) node = members(root, node).get(valueOf(node.discriminator.propertyName)) ?? {};
    if (node.items) part = valueOf(step, "name") ?? `${Number(step) + 1}`;
    const next = node.items ?? node.properties?.[step];
    if (!next) return "";
    node = resolve(root, next);
  }
  if ("const" in node) return `${steps.at(-2)} ${steps.at(-1)}`;
  return part && node.title ? `${part}: ${node.title}` : (node.title ?? "");
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

/** @param {HTMLElement} element */
export function differencesTable(element) {
  const note = make("p", { class: "muted small" });
  const scroll = make("div", { class: "compare-scroll", tabindex: "0", role: "region", "aria-label": "Differences of the configurations" });
  const file = button("CSV", () => download("compare-settings.csv", csvOf(carried)), { class: "button quiet", "aria-label": "CSV: Settings", title: "The settings that differ, as a file" });
  element.append(make("div", { class: "compare-settings-head" }, make("h2", {}, "What differs in the settings"), file), note, scroll);
  /** @type {TableData} */
  let carried = { columns: [], rows: [] };

  /** @param {{letter: string, name: string, colour: string, config: JsonObject}[]} films @param {Record<string, Schema>} schemas */
  return (films, schemas) => fill(scroll, [films, Object.keys(schemas)], () => {
    const configs = films.map(({ config }) => config);
    const rows = differingSettings(configs).map((row) =>
      ({ ...row, title: configs.map((config) => titleOf(schemas[String(config.study)], row.path, config)).find(Boolean) ?? "" }));
    scroll.hidden = file.hidden = rows.length === 0;
    carried = {
      columns: ["setting", "title", ...films.map(({ letter, name }) => `${letter} ${name}`)],
      rows: rows.map(({ path, title, values }) => [path, title, ...values.map((value) => (typeof value === "string" ? value : (JSON.stringify(value) ?? "")))]),
    };
    note.textContent = remark(films.length, rows);
    const heads = films.map(({ letter, name, colour }) => {
      const head = make("th", { scope: "col", title: name, class: "compare-value" }, letter);
      head.style.color = colour;
      return head;
    });
    const lines = rows.map(({ path, title, values, odd }) => {
      const broken = path.split(".").flatMap((part, i) => (i ? [".", make("wbr"), part] : [part])); // it may break after its points
      return make("tr", {}, make("th", { scope: "row", title: path }, ...(title ? [make("span", {}, typeset(title))] : []), make("code", {}, ...broken)),
        ...values.map((value, i) => make("td", { class: `compare-value${odd[i] ? " is-odd" : ""}`, title: JSON.stringify(value) ?? "this run has no such setting" }, say(value))));
    });
    return [make("table", { class: "compare-differences" },
      make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "setting"), ...heads)), make("tbody", {}, ...lines))];
  });
}

/** @param {number} runs @param {Row[]} rows @returns {string} */
function remark(runs, rows) {
  if (runs === 0) return "";
  if (runs === 1) return "One run alone: add another to see what differs.";
  if (rows.length === 0) return "Identical configurations: the runs differ in nothing.";
  const settings = `${rows.length} ${rows.length === 1 ? "setting differs" : "settings differ"}; all others are the same.`;
  return rows.some(({ odd }) => odd.includes(true)) ? `${settings} Marked: unlike most runs.` : settings;
}
