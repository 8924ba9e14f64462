/**
 * The kinds of problems in words: what a run is about, what its neurons are compared with, and what tells two runs apart. Pure;
 * used by pages and views.
 * @typedef {import("./types").Run} Run
 * @typedef {import("./types").JsonObject} JsonObject
 * @typedef {"dictionary" | "two_classes" | "mixture"} ProblemKind
 */

import { count } from "./ui/dom.js";
import { methodName, methodOf } from "./methods.js";

/** What kinds of problems and of training are called in the form. @type {Record<string, string>} */
export const KIND_NAMES = {
  dictionary: "inputs made of patterns",
  two_classes: "two classes of images",
  mixture: "teacher, mixture, student",
  phases: "gradient descent in phases",
  sgd: "SGD with momentum",
};

/** @type {Record<string, string>} */
const DATA = { "mnist-5k": "MNIST", mnist: "MNIST", "fashion-mnist": "Fashion-MNIST", cifar10: "CIFAR-10", svhn: "SVHN" };
const DIGITS = ["mnist-5k", "mnist", "svhn"];
/** @type {Record<string, string>} */
const INJECTED = { gauss: "Gaussian inputs", natural: "natural patches" };

/** @param {JsonObject} config @returns {any} */
const problemIn = (config) => config.problem ?? {};

/** @param {JsonObject} config @returns {ProblemKind} configurations written before there were others have none */
export const problemOf = (config) => problemIn(config).kind ?? "dictionary";

/** The studies that this page can show. */
const STUDIES = ["patterns", "two_classes", "mixture"];

/** @param {JsonObject} config @returns {boolean} configurations written before studies had names are of one of these */
export const canShow = (config) => !config.study || STUDIES.includes(String(config.study));

/** @param {JsonObject} config @returns {boolean} whether inputs are made of patterns */
export const isOfPatterns = (config) => problemOf(config) === "dictionary";

/** @param {JsonObject} config @returns {boolean} whether neurons can be shown as pictures */
export const hasPictures = (config) => !isOfPatterns(config) || problemIn(config).dictionary === "pictures";

/** @param {JsonObject} config @returns {string | null} the data set that a run needs, null where it needs none */
export const dataOf = (config) => problemIn(config).data ?? null;

/** @param {any} problem of images @returns {string} */
const dataTitle = ({ data, folder }) => (data === "folder" ? String(folder ?? "a folder") : (DATA[data] ?? data));

/** @param {any} problem @returns {string} "MNIST (5,000 built in)" */
const source = (problem) => (problem.data === "mnist-5k" ? "MNIST (5,000 built in)" : dataTitle(problem));

/** @param {any} problem a mixture @returns {string} */
const injectedName = ({ injected, injected_folder: folder }) => INJECTED[injected] ?? `inputs from ${folder ?? "a folder"}`;

/** @param {number} share @returns {string} "50 %" */
const percent = (share) => `${Number((100 * share).toFixed(1))} %`;

/** @param {number} value */
const trim = (value) => String(Number(value.toFixed(3)));

/** @param {string} text */
export const sentenceCase = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * @param {JsonObject} config @param {readonly string[] | null} [names] of what neurons are compared with, which name the classes
 * @returns {string} "Parity of 5 patterns among 100 · random features, 600 neurons · seed 0"
 */
export function describeRun(config, names = null) {
  return [...describeProblem(config, names), describeMethod(config), `seed ${config.seed}`].join(" · ");
}

/** @param {JsonObject} config @param {readonly string[] | null} [names] @returns {string[]} what is learned */
export function describeProblem(config, names = null) {
  const problem = problemIn(config);
  const kind = problemOf(config);
  if (kind === "two_classes") {
    const [first, second] = classNames(problem, names);
    return [`${first} against ${second} of ${source(problem)}${problem.random_labels ? ", random labels" : ""}`];
  }
  if (kind === "mixture") {
    const balanced = problem.injected_labels === "balanced" ? ", balanced labels" : "";
    return [`Teacher and student on ${source(problem)}, ${percent(problem.ratio ?? 0)} ${injectedName(problem)}${balanced}`];
  }
  return patternWords(problem);
}

/** @param {any} problem @param {readonly string[] | null} names @returns {[string, string]} "Digits 0", "1"; "Trouser", "Sandal" */
function classNames({ data, classes = [0, 1] }, names) {
  const known = names?.filter((name) => name.startsWith("mean of ")).map((name) => name.slice("mean of ".length)) ?? [];
  const [first, second] = known.length === 2 ? known : classes;
  const noun = DIGITS.includes(data) ? "Digits " : known.length === 2 ? "" : "Classes ";
  return [`${noun}${first}`, String(second)];
}

/** @param {any} problem @returns {string[]} */
function patternWords({ labels, structure, dictionary, input_noise: noise, label_noise: flipped, k, D, motif }) {
  const kind = dictionary === "incoherent" ? " of an incoherent dictionary"
    : dictionary === "pictures" ? ` that are pictures${motif ? `, motif ${String(motif).replaceAll("_", " ")}` : ""}` : "";
  const rule = sentenceCase(String(labels?.rule ?? "labels"));
  return [
    `${rule} of ${count(k ?? 0)} patterns among ${count(D ?? 0)}${kind}${structure === false ? ", without input structure" : ""}`,
    ...(noise > 0 ? [`input noise ${trim(noise)}`] : []),
    ...(flipped > 0 ? [`${trim(100 * flipped)} % of labels flipped`] : []),
  ];
}

/** @param {JsonObject} config @returns {string} "600 neurons", "ResNet-18 of width 16" */
export function describeMethod(config) {
  const kind = methodOf(config);
  const method = /** @type {any} */ (config.method ?? {});
  if (kind === "resnet18") return `ResNet-18 of width ${count(method.width ?? 0)}`;
  const size = count(2 * (method.m ?? 0));
  if (kind === "two_layer_classifier") return `${size} units`;
  return `${kind === "network" ? "" : `${methodName(kind)}, `}${size} neurons`;
}

/**
 * What may tell runs of images apart, most telling first: a key, and a short word for its value.
 * @param {JsonObject} config @returns {[key: string, word: string][]}
 */
export function facets(config) {
  const problem = problemIn(config);
  const kind = problemOf(config);
  if (kind === "dictionary") return [];
  const method = /** @type {any} */ (config.method ?? {});
  const training = /** @type {any} */ (config.training ?? {});
  const data = /** @type {[string, string]} */ (["data", dataTitle(problem)]);
  if (kind === "mixture") {
    return [["ratio", percent(problem.ratio ?? 0)], ["injected", injectedName(problem)], data,
      ["labels", problem.injected_labels === "balanced" ? "balanced" : "teacher’s labels"], ["method", describeMethod(config)],
      ["epochs", `${training.epochs} epochs`]];
  }
  const decay = training.phases?.some((/** @type {any} */ phase) => phase.lambda_w > 0);
  return [["labels", problem.random_labels ? "random labels" : "true labels"], data, ["classes", problem.classes?.join("/") ?? ""],
    ["sigma", method.sigma_w ? `σw ${method.sigma_w}` : "usual σw"], ["decay", decay ? "decay" : "no decay"],
    ["size", describeMethod(config)]];
}

/** @type {Record<string, string>} */
const SHORT = { "difference of class means": "difference" };

/**
 * How to speak of the signal, the direction that the signed cosine is the cosine with.
 * @param {Pick<Run, "patterns">} run
 * @returns {{name: string, short: string, plus: string, minus: string, both: string}} short: beside a dot or on an axis
 */
export const signalWords = ({ patterns }) => wordsOfSignal(patterns?.signal ?? "s");

/** @param {string} name */
export function wordsOfSignal(name) {
  if (name === "s") return { name, short: "s", plus: "+s", minus: "−s", both: "±s" };
  const short = SHORT[name] ?? (name.startsWith("first principal direction") ? "direction 1" : name);
  return { name, short, plus: `+ ${short}`, minus: `− ${short}`, both: `± ${short}` };
}

/** @param {string} name of what neurons are compared with @returns {string} short, for the foot of a narrow column */
export const shortName = (name) => SHORT[name] ?? name.replace(/^mean of /, "mean ").replace(/^principal direction /, "direction ");

/**
 * What neurons of images are compared with: directions, each with a name. Patterns may have names as well, but are told in two
 * groups, relevant and background.
 * @param {Run} run
 * @returns {string[] | null} null for patterns
 */
export const directionsOf = ({ config, patterns }) => (isOfPatterns(config) ? null : (patterns?.names ?? null));
