/**
 * What is sent of an edited configuration. Pure; used by pages that start runs and sweeps.
 * @module
 */

import { changes, valueAt } from "./schema.js";

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
