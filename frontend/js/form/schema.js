/**
 * What the form needs to know of a JSON Schema, and what is sent of an edited configuration: pure functions, no DOM.
 * @typedef {Record<string, any>} Schema a JSON Schema node. Beside what JSON Schema knows: `when` (see fits), `usual` (what an empty
 *   field stands for), `called` (the name of a record), `at_most` (the path of a setting), `parts` (more of that, by name), `control`
 * @typedef {(string | number)[]} Path steps from the root of the configuration to a value
 * @typedef {"hidden" | "switch" | "select" | "number" | "slider" | "text" | "set" | "numbers" | "union" | "list" | "record"} Kind
 */

import { count } from "../ui/dom.js";
import { readNumber, readNumbers } from "../ui/numbers.js";

/** What tells the members of a union apart. */
const TAGS = ["kind", "rule"];

/** The node with its `$ref` followed and a nullable wrapper opened: `nullable` tells that null is allowed. @type {(root: Schema, node: Schema) => Schema} */
export function resolve(root, node) {
  const { $ref, anyOf, ...own } = node;
  if ($ref) return resolve(root, { ...valueAt(root, $ref.split("/").slice(1)), ...own }); // such as #/$defs/Phase
  const some = anyOf?.filter((/** @type {Schema} */ option) => option.type !== "null");
  return some?.length === 1 ? { ...resolve(root, some[0]), ...own, nullable: true } : node;
}

/**
 * The settings of a record, with what the schema of its owner says of them (`parts`).
 * @param {Schema} root @param {Schema} node resolved; a record @returns {[string, Schema][]} resolved, by name
 */
export const childrenOf = (root, { properties = {}, parts }) =>
  Object.entries(properties).map(([name, child]) => [name, { ...resolve(root, child), ...parts?.[name] }]);

/**
 * Whether a setting counts: the schema may say `when`, by the values of others, or never. What was set all the same is shown.
 * @param {Schema} node resolved @param {any} value @param {any} base @param {any} config @returns {boolean}
 */
export function fits({ when, nullable }, value, base, config) {
  const counts = when === undefined || (when && Object.entries(when).every(([path, values]) => values.includes(valueAt(config, path.split(".")))));
  return counts || (base !== undefined && !same(value, base)) || (Boolean(nullable) && value !== null);
}

/**
 * Configurations written before there was a choice do not say which member of a union they mean: it is the first.
 * @param {Schema} root @param {any} config @returns {any} a copy that says it
 */
export function withTags(root, config) {
  const unions = childrenOf(root, root).filter(([name, { discriminator }]) => discriminator && config[name]);
  const parts = unions.map(([name, node]) => [name, { [node.discriminator.propertyName]: tagOf(node, config[name]), ...config[name] }]);
  return structuredClone({ ...config, ...Object.fromEntries(parts) });
}

/** Which member of a union a value is: where it does not say, that of the default. @param {Schema} node resolved @param {any} value @returns {string} */
export const tagOf = ({ discriminator: { propertyName }, default: first }, value) => value?.[propertyName] ?? first?.[propertyName];

/** Which control a resolved node asks for. @param {Schema} root @param {Schema} node @returns {Kind} */
export function kindOf(root, node) {
  if ("const" in node) return "hidden";
  if (node.discriminator) return "union";
  if (node.enum) return "select";
  if (node.type === "boolean") return "switch";
  if (node.type === "integer" || node.type === "number") return node.control === "slider" ? "slider" : "number";
  if (node.type !== "array") return node.type === "object" ? "record" : "text";
  const items = resolve(root, node.items ?? {});
  return items.enum ? "set" : items.type === "object" ? "list" : "numbers";
}

/** The members of a discriminated union by their tag. @param {Schema} root @param {Schema} node @returns {Map<string, Schema>} */
export function members(root, { oneOf, parts, discriminator: { propertyName } }) {
  const all = oneOf.map((/** @type {Schema} */ one) => ({ ...resolve(root, one), ...(parts ? { parts } : {}) }));
  return new Map(all.map((/** @type {Schema} */ one) => [one.properties[propertyName].const, one]));
}

/** The value that an object of this schema starts from. @param {Schema} root @param {Schema} node @returns {any} */
export function defaultOf(root, node) {
  const known = resolve(root, node);
  if ("default" in known) return structuredClone(known.default);
  if ("const" in known) return known.const;
  return known.properties ? Object.fromEntries(childrenOf(root, known).map(([name, child]) => [name, defaultOf(root, child)])) : null;
}

/** @param {any} value @param {Path} path @returns {any} undefined where the path leads nowhere */
export const valueAt = (value, path) => path.reduce((part, step) => part?.[step], value);

/** @param {any} value changed in place @param {Path} path @param {any} part */
export function assign(value, path, part) {
  valueAt(value, path.slice(0, -1))[/** @type {string | number} */ (path.at(-1))] = part;
}

/** @param {Path} path @returns {string} the JSON pointer */
export const pointer = (path) => path.map((step) => `/${step}`).join("");

/** Deep equality of JSON values, whatever the order of keys. @param {any} a @param {any} b @returns {boolean} */
export function same(a, b) {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => same(a[key], b[key]));
}

/**
 * Dotted paths of the leaves in which `value` differs from `base`; lists of different lengths differ as a whole.
 * @param {any} value @param {any} base @param {string} [path] @returns {string[]}
 */
export function differences(value, base, path = "") {
  if (same(value, base)) return [];
  const deep = [value, base].every((part) => typeof part === "object" && part !== null);
  const lists = Array.isArray(value) && Array.isArray(base);
  if (!deep || (lists && (value.length !== base.length || typeof value[0] !== "object"))) return [path];
  return Object.keys({ ...value, ...base }).flatMap((key) => differences(value[key], base[key], path ? `${path}.${key}` : key));
}

/**
 * The differences as a person counts them: another member of a union is one change, whatever fields come with it.
 * @param {any} value @param {any} base @returns {string[]} dotted paths
 */
export function changes(value, base) {
  const whole = (/** @type {string} */ path) => {
    const steps = path.split(".");
    const depth = steps.findIndex((_, i) => {
      const [now, before] = [value, base].map((part) => valueAt(part, steps.slice(0, i + 1)));
      return TAGS.some((tag) => now?.[tag] !== before?.[tag]);
    });
    return depth < 0 ? path : steps.slice(0, depth + 1).join(".");
  };
  return [...new Set(differences(value, base).map(whole))];
}

/** @param {any} config @param {any} base @returns {import("../types").JsonObject} what differs, by dotted path */
export const overridesOf = (config, base) => Object.fromEntries(changes(config, base).map((path) => [path, valueAt(config, path.split("."))]));

/**
 * What began as a preset stays one, told apart by overrides, so that its promises can still be held against it.
 * @param {any} config @param {{ id: string, config: any } | undefined} preset
 * @returns {{ preset: string, overrides: import("../types").JsonObject } | { config: any }}
 */
export function submissionOf(config, preset) {
  if (!preset) return { config };
  const overrides = overridesOf(config, preset.config);
  return Object.values(overrides).every((value) => value !== undefined) ? { preset: preset.id, overrides } : { config };
}

/**
 * What is wrong with `value`, in a few words, or null. The server has the last word; this is the first.
 * @param {Schema} node resolved @param {any} value text where it could not be read
 * @param {Schema} [root] to hold it against other settings @param {any} [config] @returns {string | null}
 */
export function complaint(node, value, root, config) {
  if (value === null) return node.nullable ? null : "a value is needed";
  if (node.type === "array") return listComplaint(node, value);
  if (node.type === "string") return node.pattern && !new RegExp(node.pattern, "u").test(value) ? node.words : null;
  if (node.type !== "integer" && node.type !== "number") return null;
  if (typeof value === "string") return readNumber(value, { whole: node.type === "integer" }).complaint;
  if (node.type === "integer" && !Number.isInteger(value)) return "a whole number is needed";
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum: above = -Infinity, exclusiveMaximum: below = Infinity, at_most: most } = node;
  if (value < minimum || value > maximum || value <= above || value >= below) return `${/^[a-z]/.test(range(node)) ? "must be" : "outside"} ${range(node)}`;
  const other = most && valueAt(config, most.split("."));
  return root && typeof other === "number" && value > other ? `more than ${nodeAt(root, config, most.split(".")).title}, ${count(other)}` : null;
}

/** @param {Schema} root @param {any} config that says which member of a union is meant @param {string[]} path @returns {Schema} resolved */
function nodeAt(root, config, path) {
  return path.reduce((/** @type {Schema} */ node, step, i) => {
    const record = node.discriminator ? members(root, node).get(tagOf(node, valueAt(config, path.slice(0, i)))) : node;
    return childrenOf(root, record ?? {}).find(([name]) => name === step)?.[1] ?? {};
  }, root);
}

/** @param {Schema} node of a list of numbers @returns {boolean} whether they are whole */
export const wholeItems = ({ items, prefixItems = [items] }) => prefixItems.every((/** @type {Schema | undefined} */ item) => item?.type === "integer");

/** @param {Schema} node @param {any[] | string} value @returns {string | null} */
function listComplaint(node, value) {
  const { prefixItems, minItems = 0 } = node;
  const whole = wholeItems(node);
  if (typeof value === "string") return readNumbers(value, { whole }).complaint;
  if (whole && !value.every(Number.isInteger)) return "write whole numbers, separated by commas";
  if (prefixItems && value.length !== prefixItems.length) return `write ${prefixItems.length} numbers, separated by commas`;
  return value.length < minItems ? "choose at least one" : null;
}

/** The allowed range in words: "2 to 8,192", "above 0", "at least 0, below 0.5", or "". @param {Schema} node resolved @returns {string} */
export function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }) {
  if (minimum !== undefined && maximum !== undefined) return `${count(minimum)} to ${count(maximum)}`;
  const ends = Object.entries({ above: exclusiveMinimum, "at least": minimum, below: exclusiveMaximum, "at most": maximum });
  return ends.flatMap(([word, end]) => (end === undefined ? [] : [`${word} ${count(end)}`])).join(", ");
}
