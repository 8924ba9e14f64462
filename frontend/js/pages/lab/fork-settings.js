/**
 * What a fork may still change of a run's stages, as a configuration of its own, and back to what the server takes. Pure; used by
 * fork.js.
 * @typedef {import("../../form/schema.js").Schema} Schema
 * @typedef {import("../../types").JsonObject} JsonObject
 * @typedef {{ path: string[], length: string, noun: string }} Stages where a configuration has the list of its stages, the setting that
 *   says how many steps one has, and what one is called
 */

import { assign, changes, childrenOf, resolve, valueAt } from "../../form/schema.js";

/** @param {Schema} root @param {Schema} [node] @param {string[]} [path] @returns {Stages | null} null where training is of one piece */
function stagesIn(root, node = root, path = []) {
  for (const [name, child] of childrenOf(root, node)) {
    if (child.stages) return { path: [...path, name], length: child.stages, noun: (resolve(root, child.items).title ?? "stage").toLowerCase() };
    const below = stagesIn(root, child, [...path, name]);
    if (below) return below;
  }
  return null;
}

/** @param {Schema} schema of the run's study @param {any} config of the run @param {number} step */
export function forkPlan(schema, config, step) {
  const stages = stagesIn(schema);
  const all = stages ? valueAt(config, stages.path) : [];
  const { past, left } = stageAt(all.map((/** @type {any} */ one) => one[stages?.length ?? ""]), step);
  const at = `/overrides/${stages?.path.join("/")}/`;
  return {
    past, left,
    /** The one that goes on at the step. @type {{ noun: string, name: string, length: number, of: number } | null} */
    stage: stages && { noun: stages.noun, name: all[past].name, length: all[past][stages.length], of: all.length },
    /** @param {any} [of] @returns {any} the settings that a fork may still change */
    toCome(of = config) {
      const some = structuredClone(of);
      if (stages) assign(some, stages.path, valueAt(of, stages.path).slice(past));
      return some;
    },
    /** @param {any} edited settings to come @returns {JsonObject} what differs, by dotted path; where stages have come or gone, all of them */
    overridesOf(edited) {
      const whole = structuredClone(edited);
      if (stages) assign(whole, stages.path, [...all.slice(0, past), ...valueAt(edited, stages.path)]);
      return Object.fromEntries(changes(whole, config).map((path) => [path, valueAt(whole, path.split("."))]));
    },
    /** @param {string} pointer of the server's, into all stages @returns {string} into those to come */
    pointerToCome: (pointer) => (pointer.startsWith(at) ? at + pointer.slice(at.length).replace(/^\d+/, (place) => String(Number(place) - past)) : pointer),
  };
}

/**
 * @param {number[]} lengths of the stages @param {number} step
 * @returns {{ past: number, left: number }} stages that are over at a step, and the steps that the next one has left; of a run that is over, the last stage counts as still to come, so that it can be made longer
 */
function stageAt(lengths, step) {
  let end = 0;
  for (const [past, length] of lengths.entries()) {
    end += length;
    if (step < end || past === lengths.length - 1) return { past, left: Math.max(0, end - step) };
  }
  return { past: 0, left: 0 };
}
