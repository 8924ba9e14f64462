/**
 * Which settings of a configuration a sweep can vary, and lists of values as people write them. Pure; used by the page of a
 * new sweep.
 * @module
 */

import { fits } from "../../form/fit.js";
import { kindOf, members, range, resolve, tagOf } from "../../form/schema.js";
import { readNumbers } from "../../ui/numbers.js";

/** @typedef {import("../../form/schema.js").Schema} Schema */
/** @typedef {import("../../types").GridValue} GridValue */
/** @typedef {{ path: string, title: string, group: string, hint: string, kind: "number" | "switch", integer: boolean, value: any }} Setting */

/**
 * @param {Schema} schema of a whole configuration
 * @param {any} config that the sweep starts from: it says how many phases there are, and of what kind each part is
 * @returns {Setting[]} numbers and switches that mean something there, in the order of the form; the seed has a field of its own
 */
export function sweepSettings(schema, config) {
  /** @type {Setting[]} */
  const found = [];
  collect(schema, schema, config, "", "", found);
  return found.filter(({ path }) => path !== "seed" && fits(`/${path.replaceAll(".", "/")}`, config, config));
}

/** @param {Schema} root @param {Schema} node @param {any} value @param {string} path @param {string} group @param {Setting[]} found */
function collect(root, node, value, path, group, found) {
  const known = resolve(root, node);
  const kind = kindOf(root, known);
  if (kind === "number" || kind === "slider" || kind === "switch") {
    const hint = [known.description, range(known)].filter(Boolean).join(" · ");
    found.push({ path, title: known.title ?? path, group, hint, kind: kind === "switch" ? kind : "number", integer: known.type === "integer", value });
  } else if (kind === "union") {
    const member = members(root, known).get(tagOf(known, value));
    if (member) collect(root, { ...member, title: known.title }, value, path, group, found);
  } else if (kind === "record") {
    for (const [name, child] of Object.entries(known.properties ?? {})) {
      const title = resolve(root, /** @type {Schema} */ (child)).title ?? name;
      collect(root, /** @type {Schema} */ (child), value?.[name], path ? `${path}.${name}` : name, group || title, found);
    }
  } else if (kind === "list" && Array.isArray(value)) {
    value.forEach((item, i) => collect(root, known.items, item, `${path}.${i}`, `Phase ${i + 1}${item?.name ? `: ${item.name}` : ""}`, found));
  }
}

/**
 * @param {string} text such as "10, 20 50"
 * @param {Setting} setting
 * @returns {{ values: GridValue[], complaint: string | null }}
 */
export function readValues(text, { kind, integer }) {
  if (text.trim() === "") return { values: [], complaint: "write one value or more, separated by commas" };
  const read = kind === "switch" ? readSwitches(text) : readNumbers(text, { whole: integer });
  if (read.complaint) return read;
  const twice = read.values.find((value, i) => read.values.indexOf(value) < i);
  return twice === undefined ? read : { values: [], complaint: `${twice} is there twice` };
}

/** @param {string} text @returns {{ values: GridValue[], complaint: string | null }} */
function readSwitches(text) {
  const words = text.split(/[,;\s]+/).filter(Boolean);
  const values = words.map((word) => ({ yes: true, true: true, no: false, false: false })[word.toLowerCase()]);
  const wrong = values.indexOf(undefined);
  return wrong < 0 ? { values: values.map(Boolean), complaint: null } : { values: [], complaint: `“${words[wrong]}” is neither yes nor no` };
}

/**
 * @param {{ from: number, to: number, count: number, logarithmic: boolean, integer: boolean }} helper
 * @returns {{ values: number[], complaint: string | null }} rising; whole numbers that coincide are there once
 */
export function spread({ from, to, count, logarithmic, integer }) {
  if (!Number.isInteger(count) || count < 2 || count > 100) return { values: [], complaint: "count: 2 to 100" };
  if (logarithmic && (from <= 0 || to <= 0)) return { values: [], complaint: "a logarithmic scale needs numbers above 0" };
  const at = (/** @type {number} */ t) => (logarithmic ? from * (to / from) ** t : from + (to - from) * t);
  const values = Array.from({ length: count }, (_, i) => at(i / (count - 1))).map((value) => (integer ? Math.round(value) : Number(value.toPrecision(4))));
  return { values: [...new Set(values)], complaint: null };
}
