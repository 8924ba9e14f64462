/**
 * Which settings of a configuration a sweep can vary, and lists of values as people write them. Pure; used by the page of a
 * new sweep.
 * @module
 */

import { inWords } from "../../form/controls.js";
import { childrenOf, complaint, fits, kindOf, members, range, resolve, tagOf } from "../../form/schema.js";
import { readNumbers } from "../../ui/numbers.js";

/** @typedef {import("../../form/schema.js").Schema} Schema */
/** @typedef {import("../../types").GridValue} GridValue */
/**
 * `choices`: of a setting that takes no number, its values and how each is called.
 * @typedef {{ path: string, title: string, group: string, hint: string, node: Schema, value: any, choices: Map<GridValue, string> | null }} Setting
 */

const SWITCH = /** @type {Map<GridValue, string>} */ (new Map([[true, "yes"], [false, "no"]]));

/**
 * @param {Schema} schema of the configurations of a study
 * @param {any} config that the sweep starts from: it says how many stages there are, and of what kind each part is
 * @returns {Setting[]} numbers, switches and choices that mean something there, in the order of the form; the seed has a field of its own
 */
export function sweepSettings(schema, config) {
  /** @type {Setting[]} */
  const found = [];
  collect(schema, resolve(schema, schema), config, config, { path: "", group: "", owner: "" }, found);
  return found;
}

/** @param {Schema} root @param {Schema} node resolved @param {any} value @param {any} config @param {{ path: string, group: string, owner: string }} at @param {Setting[]} found */
function collect(root, node, value, config, { path, group, owner }, found) {
  const kind = kindOf(root, node);
  const choices = kind === "switch" ? SWITCH : kind === "select" ? new Map(node.enum.map((/** @type {any} */ one) => [one, inWords(String(one))])) : null;
  /** @param {string} suffix @param {Map<GridValue, string> | null} of @param {any} now */
  const offer = (suffix, of, now) => found.push({ path: path + suffix, title: (node.title ?? path) + owner, group, hint: [node.description, range(node)].filter(Boolean).join(" · "), node, value: now, choices: of });
  if (kind === "number" || kind === "slider" || kind === "switch" || kind === "select") offer("", choices, value);
  else if (kind === "union") {
    const [tag, options] = [node.discriminator.propertyName, members(root, node)];
    offer(`.${tag}`, new Map([...options].map(([name, { called }]) => [name, called ?? inWords(name)])), tagOf(node, value));
    const member = options.get(tagOf(node, value));
    if (member) collect(root, member, value, config, { path, group, owner }, found);
  } else if (kind === "record") {
    for (const [name, child] of childrenOf(root, node)) {
      const below = path ? `${path}.${name}` : name;
      if (below !== "seed" && fits(child, value?.[name], undefined, config)) collect(root, child, value?.[name], config, { path: below, group: group || (child.title ?? name), owner }, found);
    }
  } else if (kind === "list" && Array.isArray(value)) {
    const item = resolve(root, node.items);
    value.forEach((one, i) => {
      const name = ownerName(value, i, (item.title ?? "part").toLowerCase());
      collect(root, item, one, config, { path: `${path}.${i}`, group: name, owner: ` of ${name}` }, found);
    });
  }
}

/** @param {any[]} items @param {number} i @param {string} noun @returns {string} the name of an item, or its place where others have the same name */
const ownerName = (items, i, noun) => (items[i].name && items.filter(({ name }) => name === items[i].name).length === 1 ? items[i].name : `${noun} ${i + 1}`);

/**
 * @param {string} text such as "10, 20 50", or "parity, majority" @param {Pick<Setting, "node" | "choices">} setting
 * @returns {{ values: GridValue[], complaint: string | null }}
 */
export function readValues(text, { node, choices }) {
  const none = (/** @type {string} */ why) => ({ values: [], complaint: why });
  if (text.trim() === "") return none("write one value or more, separated by commas");
  const read = choices ? readChoices(text, choices) : readNumbers(text, { whole: node.type === "integer" });
  if (read.complaint) return read;
  const twice = read.values.find((value, i) => read.values.indexOf(value) < i);
  if (twice !== undefined) return none(`${choices?.get(twice) ?? twice} is there twice`);
  const wrong = choices ? undefined : read.values.find((value) => complaint(node, value) !== null);
  return wrong === undefined ? read : none(`${wrong}: ${complaint(node, wrong)}`);
}

/** @param {string} text @param {Map<GridValue, string>} choices @returns {{ values: GridValue[], complaint: string | null }} */
function readChoices(text, choices) {
  const words = text.split(/[,;]+/).map((word) => word.trim()).filter(Boolean);
  const found = words.map((word) => [...choices].find(([value, called]) => [String(value), called].some((one) => one.toLowerCase() === word.toLowerCase())));
  const wrong = found.indexOf(undefined);
  if (wrong >= 0) return { values: [], complaint: `“${words[wrong]}” is none of ${[...choices.values()].join(", ")}` };
  return { values: found.flatMap((one) => (one ? [one[0]] : [])), complaint: null };
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
