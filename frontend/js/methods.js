/**
 * The learning methods in their fixed order, with the name and the colour that each has on every page.
 * @typedef {"network" | "ntk" | "random_features"} MethodKind
 */

/** Members of experiments are called by these labels or in full, configurations by these kinds. */
export const METHODS = /** @type {const} */ ([
  { kind: "network", label: "network", long: "network" },
  { kind: "ntk", label: "NTK", long: "tangent kernel" },
  { kind: "random_features", label: "random features", long: "random features" },
]);

/** @param {string | undefined} name kind or label @returns {number} place in METHODS; -1 for what is none of them */
export const methodIndex = (name) =>
  METHODS.findIndex(({ kind, label, long }) => [kind, label.toLowerCase(), long].includes(name?.toLowerCase() ?? ""));

/** @param {string | undefined} kind @returns {string} in full, as in a sentence */
export const methodName = (kind) => METHODS[methodIndex(kind)]?.long ?? kind ?? "";

/** @param {import("./types").JsonObject} config @returns {string} kind; configurations written before there were others have none */
export const methodOf = (config) => String(/** @type {any} */ (config.method)?.kind ?? "network");

/** @param {string | undefined} kind @returns {string} */
export const methodLabel = (kind) => METHODS[methodIndex(kind)]?.label ?? kind ?? "";

/**
 * @param {string | undefined} name kind or label
 * @param {import("./types").Colours} colours
 * @returns {string} series 1 to 3 in the order of METHODS, series 4 for anything else
 */
export function methodColour(name, colours) {
  const index = methodIndex(name);
  return colours.series[index < 0 ? 3 : index];
}
