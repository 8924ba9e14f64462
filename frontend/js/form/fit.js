/**
 * What of the form fits a configuration: the choices that its problem leaves, and the settings that mean something only beside
 * others. Pure; used by form.js and pages/sweep-settings.js.
 * @module
 */

import { members, resolve, tagOf } from "./schema.js";
import { hasPictures, isOfPatterns, problemOf } from "../problems.js";

/** @typedef {import("./schema.js").Schema} Schema */
/** @typedef {import("./schema.js").Path} Path */

/** Settings by JSON pointer, and when they count. @type {Record<string, (config: any) => boolean>} */
const NEEDS = {
  "/problem/folder": ({ problem }) => problem.data === "folder" || problem.folder !== null,
  "/problem/size": ({ problem }) => problem.data === "folder",
  "/problem/injected_folder": ({ problem }) => problem.injected === "folder" || problem.injected_folder !== null,
  "/problem/motif": ({ problem }) => problem.dictionary === "pictures",
  "/capture/max_pictures": hasPictures,
  "/capture/probe_every": (config) => problemOf(config) !== "mixture",
  "/capture/probe_samples": (config) => problemOf(config) !== "mixture",
};

/** @param {string} at a JSON pointer @param {any} config @param {any} base @returns {boolean} also where something was changed */
export function fits(at, config, base) {
  const need = NEEDS[at];
  if (!need || need(config)) return true;
  const [part, name] = at.split("/").slice(1);
  return config[part]?.[name] !== base?.[part]?.[name];
}

/**
 * What an empty field stands for: descriptions say "theory: 1/k, images: 0.003".
 * @param {Schema} node resolved @param {any} config @returns {{ usual?: string }}
 */
export function usualOf({ description = "" }, config) {
  const found = new RegExp(`${isOfPatterns(config) ? "theory" : "images"}: ([^,;]+)`).exec(description);
  return found ? { usual: found[1] } : {};
}

/**
 * Problem and training are what an experiment is: they come with its preset and stay. Methods are those that learn the problem.
 * @param {Schema} root
 * @param {Schema} node resolved; a union
 * @param {Path} path
 * @param {any} config
 * @returns {string[]} tags of the members that can be chosen
 */
export function choicesOf(root, node, path, config) {
  const tags = [...members(root, node).keys()];
  if (path.length > 1) return tags;
  if (path[0] !== "method") return [tagOf(node, config[path[0]])];
  const problems = resolve(root, root.properties?.problem ?? {});
  const problem = problems.discriminator ? members(root, problems).get(tagOf(problems, config.problem)) : undefined;
  return tags.filter((tag) => problem?.methods?.includes(tag) ?? true);
}

/**
 * Configurations written before there was a choice do not say which member of a union they mean: it is the first.
 * @param {Schema} root @param {any} config @returns {any} a copy that says it
 */
export function withTags(root, config) {
  const whole = structuredClone(config);
  for (const [name, child] of Object.entries(resolve(root, root).properties)) {
    const node = resolve(root, child);
    if (node.discriminator && whole[name]) whole[name] = { [node.discriminator.propertyName]: tagOf(node, whole[name]), ...whole[name] };
  }
  return whole;
}
