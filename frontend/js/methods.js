/**
 * The learning methods in their fixed order, with the name and the colour that each has on every page.
 * @typedef {"network" | "ntk" | "random_features" | "two_layer_classifier" | "resnet18"} MethodKind
 */

/** Members of experiments are called by these labels or in full, configurations by these kinds; `series` is the colour. */
export const METHODS = /** @type {const} */ ([
  { kind: "network", label: "network", long: "network", series: 0 },
  { kind: "ntk", label: "NTK", long: "tangent kernel", series: 1 },
  { kind: "random_features", label: "random features", long: "random features", series: 2 },
  // Classifiers for many classes are never drawn beside the three above.
  { kind: "two_layer_classifier", label: "two layers", long: "two-layer classifier", series: 0 },
  { kind: "resnet18", label: "ResNet-18", long: "ResNet-18", series: 1 },
]);

/** @param {string | undefined} name kind or label @returns {number} place in METHODS; -1 for what is none of them */
export const methodIndex = (name) =>
  METHODS.findIndex(({ kind, label, long }) => [kind, label, long].some((one) => one.toLowerCase() === name?.toLowerCase()));

/** @param {string | undefined} kind @returns {string} in full, as in a sentence */
export const methodName = (kind) => METHODS[methodIndex(kind)]?.long ?? kind ?? "";

/** @param {import("./types").JsonObject} config @returns {string} kind; configurations written before there were others have none */
export const methodOf = (config) => String(/** @type {any} */ (config.method)?.kind ?? "network");

/** @param {string | undefined} kind @returns {string} */
export const methodLabel = (kind) => METHODS[methodIndex(kind)]?.label ?? kind ?? "";

/**
 * @param {string | undefined} name kind or label
 * @param {import("./types").Colours} colours
 * @returns {string} series 4 for what is no method
 */
export function methodColour(name, colours) {
  return colours.series[METHODS[methodIndex(name)]?.series ?? 3];
}
