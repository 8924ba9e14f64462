/**
 * The controls of the form: one function per kind of value. Each shows a value, reports edits, and knows nothing of the
 * rest of the configuration. Used by the form only.
 * @module
 */

import { make, visible } from "../ui/dom.js";
import { wholeItems } from "./schema.js";
import { readNumber, readNumbers } from "../ui/numbers.js";

/** @typedef {import("./schema.js").Schema} Schema */
/**
 * @typedef {object} Control
 * @property {HTMLElement} element what stands in the row
 * @property {HTMLElement} input what a label and an error point to
 * @property {(value: any) => void} show
 */
/** @typedef {(node: Schema, id: string, report: (value: any) => void) => Control} MakeControl */

/**
 * A title with its symbols set as in print: `weight decay λ_w` gets a subscript, a last single letter italics.
 * @param {string} title @returns {DocumentFragment}
 */
export function typeset(title) {
  const fragment = document.createDocumentFragment();
  title.split(/(\s+)/).forEach((word, index, words) => {
    const [symbol, subscript] = word.split("_");
    if (subscript) fragment.append(make("i", {}, symbol), make("sub", {}, subscript));
    else if (index > 0 && index === words.length - 1 && word.length === 1) fragment.append(make("i", {}, word));
    else fragment.append(visible(word));
  });
  return fragment;
}

/** A number as short as reads well; the field shows all digits while it is edited. @param {number} value @returns {string} */
export function short(value) {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en");
  if (value !== 0 && Math.abs(value) < 1e-3) return Number(value.toPrecision(3)).toExponential().replace("-", "−");
  return String(Number(value.toPrecision(3)));
}

/** One of several choices in words: `random_features` is "random features". @param {string} choice @returns {string} */
export const inWords = (choice) => choice.replaceAll("_", " ");

/** @type {MakeControl} */
function numberControl(node, id, report) {
  const input = make("input", {
    id, type: "text", class: "form-input tabular", inputmode: node.type === "integer" ? "numeric" : "decimal",
    autocomplete: "off", spellcheck: "false", placeholder: node.nullable ? (node.usual ?? "automatic") : "",
  });
  /** @type {any} */
  let current = null;
  const full = () => (current === null ? "" : String(current));
  const brief = () => (typeof current === "number" ? short(current) : full());
  input.addEventListener("focus", () => {
    input.value = full();
    input.select();
  });
  input.addEventListener("blur", () => (input.value = brief()));
  input.addEventListener("input", () => {
    const { value, complaint } = readNumber(input.value, { whole: node.type === "integer" });
    current = complaint === null ? value : input.value; // what cannot be read stays, and form-schema.js says why
    report(current);
  });
  const show = (/** @type {any} */ value) => {
    current = value;
    input.value = document.activeElement === input ? full() : brief();
    input.title = full() === brief() ? "" : full();
  };
  return { element: input, input, show };
}

/** A slider, and beside it its value as a number that can be typed. @type {MakeControl} */
function sliderControl(node, id, report) {
  const { minimum = 0, maximum = 1, step = 0.01 } = node;
  const slide = make("input", { id, type: "range", class: "form-range", min: String(minimum), max: String(maximum), step: String(step) });
  const typed = numberControl(node, `${id}-number`, (value) => {
    if (typeof value === "number") slide.value = String(value);
    report(value);
  });
  typed.input.setAttribute("aria-labelledby", `${id}-label`);
  slide.addEventListener("input", () => {
    typed.show(Number(slide.value));
    report(Number(slide.value));
  });
  const show = (/** @type {any} */ value) => {
    slide.value = String(value);
    typed.show(value);
  };
  return { element: make("span", { class: "form-slider" }, slide, typed.element), input: slide, show };
}

/** @type {MakeControl} */
function textControl(node, id, report) {
  const input = make("input", { id, type: "text", class: "form-input", autocomplete: "off", spellcheck: "false", placeholder: node.nullable ? "none" : "" });
  input.addEventListener("input", () => report(input.value === "" && node.nullable ? null : input.value));
  return { element: input, input, show: (value) => (input.value = value ?? "") };
}

/** @type {MakeControl} */
function numbersControl(node, id, report) {
  const input = make("input", { id, type: "text", class: "form-input tabular", autocomplete: "off", inputmode: "numeric" });
  input.addEventListener("input", () => {
    const { values, complaint } = readNumbers(input.value, { whole: wholeItems(node) });
    report(complaint === null ? values : input.value);
  });
  return { element: input, input, show: (value) => (input.value = typeof value === "string" ? value : (value ?? []).join(", ")) };
}

/** @type {MakeControl} */
function switchControl(_node, id, report) {
  const input = make("input", { id, type: "checkbox", role: "switch", class: "form-switch" });
  const word = make("span", { class: "form-switch-word", "aria-hidden": "true" });
  const say = () => (word.textContent = input.checked ? "on" : "off");
  input.addEventListener("change", () => {
    say();
    report(input.checked);
  });
  const show = (/** @type {any} */ value) => {
    input.checked = Boolean(value);
    say();
  };
  return { element: make("span", { class: "form-switch-pair" }, word, input), input, show };
}

/** @type {MakeControl} */
export function selectControl(node, id, report) {
  const input = make("select", { id, class: "form-input" });
  for (const option of node.enum) input.append(make("option", { value: String(option) }, node.labels?.[option] ?? inWords(String(option))));
  input.addEventListener("change", () => report(node.enum[input.selectedIndex]));
  return { element: input, input, show: (value) => (input.value = String(value)) };
}

/** @type {MakeControl} */
function setControl(node, id, report) {
  const group = make("span", { id, class: "form-set", role: "group" });
  /** @type {[string, HTMLInputElement][]} */
  const boxes = node.items.enum.map((/** @type {string} */ option) => {
    const box = make("input", { type: "checkbox", value: option });
    group.append(make("label", {}, box, make("i", {}, option)));
    box.addEventListener("change", () => report(boxes.filter(([, b]) => b.checked).map(([o]) => o)));
    return [option, box];
  });
  const show = (/** @type {any} */ value) => boxes.forEach(([option, box]) => (box.checked = value.includes(option)));
  return { element: group, input: group, show };
}

/** @type {Partial<Record<import("./schema.js").Kind, MakeControl>>} */
export const CONTROLS = {
  number: numberControl,
  slider: sliderControl,
  text: textControl,
  numbers: numbersControl,
  switch: switchControl,
  select: selectControl,
  set: setControl,
};
