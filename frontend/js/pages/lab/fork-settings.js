/**
 * What a fork may change, as a small configuration with a schema of its own, and back to what the server takes. Pure; used
 * by pages/lab-fork.js.
 * @typedef {import("../../form/schema.js").Schema} Schema
 * @typedef {import("../../types").JsonObject} JsonObject
 * @typedef {{ name: string, steps: number }} Phase
 */

import { changes, only, valueAt } from "../../form/schema.js";
import { problemOf } from "../../problems.js";

const PHASES = ["training.phases", "training.balance"];
const LOOKS = ["frames", "spacing", "probe_every", "probe_samples", "test_samples"].map((name) => `capture.${name}`);
/** In the order of the dialog. All else the network was drawn with, or is looked at through. */
const PATHS = {
  dictionary: [...["structure", "labels", "p_o", "label_noise", "aligned_positive"].map((name) => `problem.${name}`), ...PHASES, ...LOOKS],
  two_classes: ["problem.random_labels", ...PHASES, ...LOOKS],
  mixture: ["training.eta", "training.momentum", ...LOOKS.filter((path) => !path.includes("probe"))],
};

/** @param {Schema} schema of a whole configuration @param {any} config of the run @returns {Schema} of what a fork may change */
export const forkSchema = (schema, config) => only(schema, PATHS[problemOf(config)], config);

/** @param {any} config @returns {Phase[]} none where training has no phases */
export const phasesOf = (config) => config.training.phases ?? [];

/**
 * @param {any} config of the run @param {number} step
 * @returns {{ past: number, left: number }} phases that are over at a step, and the steps that the next one has left; of a
 *   run that is over, the last phase counts as still to come, so that it can be made longer
 */
export function phaseAt(config, step) {
  const phases = phasesOf(config);
  let end = 0;
  for (const [past, { steps }] of phases.entries()) {
    end += steps;
    if (step < end || past === phases.length - 1) return { past, left: Math.max(0, end - step) };
  }
  return { past: 0, left: 0 };
}

/** @param {any} config @param {number} past phases that are over @returns {any} the settings that a fork may still change */
export function toCome(config, past) {
  if (phasesOf(config).length === 0) return config;
  return { ...config, training: { ...config.training, phases: phasesOf(config).slice(past) } };
}

/**
 * @param {any} config of the run @param {any} edited its settings to come @param {number} past phases that are over
 * @returns {JsonObject} what differs, by dotted path; where phases have come or gone, all phases
 */
export function overridesOf(config, edited, past) {
  const phases = [...phasesOf(config).slice(0, past), ...phasesOf(edited)];
  const whole = { ...edited, training: { ...edited.training, ...(phases.length ? { phases } : {}) } };
  return Object.fromEntries(changes(whole, config).map((path) => [path, valueAt(whole, path.split("."))]));
}

/** @param {string} at a JSON pointer of the server's, into all phases @param {number} past @returns {string} into those to come */
export const pointerToCome = (at, past) => at.replace(/^(\/overrides\/training\/phases\/)(\d+)/, (_, path, place) => `${path}${Number(place) - past}`);
