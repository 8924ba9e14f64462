/**
 * What is sent of an edited configuration. Pure; used by pages that start runs and sweeps.
 * @module
 */

import { changes, valueAt } from "./schema.js";

/**
 * What began as a preset stays one, told apart by overrides, so that its promises can still be held against it.
 * @param {any} config @param {{ id: string, config: any } | undefined} preset
 * @returns {{ preset: string, overrides: import("../types").JsonObject } | { config: any }}
 */
export function submissionOf(config, preset) {
  if (!preset) return { config };
  const overrides = Object.fromEntries(changes(config, preset.config).map((path) => [path, valueAt(config, path.split("."))]));
  return Object.values(overrides).every((value) => value !== undefined) ? { preset: preset.id, overrides } : { config };
}
