/** The rows of the form: a label, the control for the kind of value, the way back from a change, a hint, and what is wrong with it. */

import { readNumber, readNumbers } from "../ui/numbers.js";
import { button, count, make, visible } from "../ui/dom.js";
import { complaint, fits, kindOf, range, same, valueAt, wholeItems } from "./schema.js";

/**
 * @import { Path, Schema } from "./schema.js"
 * @typedef {object} Control
 * @property {HTMLElement} element what stands in the row
 * @property {HTMLElement} [input] what a label and an error point to, where that is a part of it
 * @property {(edited: EventTarget | null) => any} read the value, after an edit
 * @property {(value: any) => void} show
 * @typedef {(node: Schema, id: string) => Control} MakeControl
 * @typedef {object} Field
 * @property {() => void} mark shows what follows from the values of the form
 * @property {(message: string | null) => void} [setError] what the server said; an edit clears it
 */

/** A title with its symbols set as in print: `weight decay λ_w` gets a subscript, a last single letter italics. @param {string} title */
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
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return count(value);
  if (value !== 0 && Math.abs(value) < 1e-3) return Number(value.toPrecision(3)).toExponential().replace("-", "−");
  return String(Number(value.toPrecision(3)));
}

/** One of several choices in words: `random_features` is "random features". @param {string} choice @returns {string} */
export const inWords = (choice) => choice.replaceAll("_", " ");

/** @param {string} id @param {Record<string, string>} attributes */
const typed = (id, attributes) => make("input", { id, type: "text", class: "form-input", autocomplete: "off", spellcheck: "false", ...attributes });

/** By the kind of value. @type {Record<string, MakeControl>} */
const CONTROLS = {
  number(node, id) {
    const whole = node.type === "integer";
    const element = typed(id, { class: "form-input tabular", inputmode: whole ? "numeric" : "decimal", placeholder: node.nullable ? (node.usual ?? "automatic") : "" });
    /** @type {any} */
    let current = null;
    const full = () => String(current ?? "");
    const brief = () => (typeof current === "number" ? short(current) : full());
    element.addEventListener("focus", () => {
      element.value = full();
      element.select();
    });
    element.addEventListener("blur", () => (element.value = brief()));
    return {
      element,
      read() {
        const { value, complaint: unread } = readNumber(element.value, { whole });
        return (current = unread === null ? value : element.value); // what cannot be read stays, and schema.js says why
      },
      show(value) {
        current = value;
        element.value = document.activeElement === element ? full() : brief();
        element.title = full() === brief() ? "" : full();
      },
    };
  },

  /** And beside it its value as a number that can be typed. */
  slider(node, id) {
    const { minimum = 0, maximum = 1, step = 0.01 } = node;
    const input = make("input", { id, type: "range", class: "form-range", min: String(minimum), max: String(maximum), step: String(step) });
    const number = CONTROLS.number(node, `${id}-number`);
    number.element.setAttribute("aria-labelledby", `${id}-label`);
    return {
      element: make("span", { class: "form-slider" }, input, number.element),
      input,
      read(edited) {
        const value = edited === input ? Number(input.value) : number.read(edited);
        if (edited === input) number.show(value);
        else if (typeof value === "number") input.value = String(value);
        return value;
      },
      show(value) {
        input.value = String(value);
        number.show(value);
      },
    };
  },

  text({ nullable }, id) {
    const element = typed(id, { placeholder: nullable ? "none" : "" });
    return { element, read: () => (element.value === "" && nullable ? null : element.value), show: (value) => (element.value = value ?? "") };
  },

  numbers(node, id) {
    const element = typed(id, { class: "form-input tabular", inputmode: "numeric" });
    const read = () => {
      const { values, complaint: unread } = readNumbers(element.value, { whole: wholeItems(node) });
      return unread === null ? values : element.value;
    };
    return { element, read, show: (value) => (element.value = [value ?? []].flat().join(", ")) };
  },

  switch(_node, id) {
    const input = make("input", { id, type: "checkbox", role: "switch", class: "form-switch" });
    return { element: make("span", { class: "form-switch-pair" }, input), input, read: () => input.checked, show: (value) => (input.checked = Boolean(value)) };
  },

  select(node, id) {
    const element = make("select", { id, class: "form-input" }, ...node.enum.map((/** @type {any} */ option) => make("option", { value: String(option) }, called(node, option))));
    return { element, read: () => node.enum[element.selectedIndex], show: (value) => (element.value = String(value)) };
  },

  set({ items: { enum: options } }, id) {
    const element = make("span", { id, class: "form-set", role: "group", "aria-labelledby": `${id}-label` },
      ...options.map((/** @type {string} */ option) => make("label", {}, make("input", { type: "checkbox" }), make("i", {}, option))));
    const boxes = [...element.querySelectorAll("input")];
    return {
      element,
      read: () => options.filter((/** @type {string} */ _, /** @type {number} */ i) => boxes[i].checked),
      show: (value) => boxes.forEach((box, i) => (box.checked = value.includes(options[i]))),
    };
  },
};

/** @param {Schema} node @param {any} option of its choices @returns {string} */
const called = ({ labels }, option) => labels?.[option] ?? inWords(String(option));

/** @param {Schema} node @param {any} value @returns {string} */
function describe(node, value) {
  if (value === null) return "the usual value";
  if (node.enum) return called(node, value);
  if (typeof value === "number") return short(value);
  return typeof value === "boolean" ? (value ? "on" : "off") : Array.isArray(value) ? value.join(", ") : String(value);
}

/**
 * @param {import("./form.js").ConfigForm} form @param {Schema} node resolved @param {Path} path @param {(value: any) => void} [set]
 * @returns {Required<Field> & { element: HTMLElement }}
 */
export function createField(form, node, path, set = (value) => form.edit(path, value)) {
  const id = [form.prefix, ...path].join("-");
  const kind = kindOf(form.root, node);
  const title = node.title ?? String(path.at(-1));
  const { element: shown, input = shown, read, show } = CONTROLS[kind](node, id);
  /** @type {string | null} */
  let served = null;
  const hint = [node.description, range(node)].filter(Boolean).join(" · ");
  const label = make("label", { for: id, id: `${id}-label`, class: "form-label", title: hint }, typeset(title));
  const error = make("p", { id: `${id}-error`, class: "form-error" });
  const reset = button("", () => {
    served = null;
    set(structuredClone(form.baseAt(path)));
    show(valueAt(form.config, path));
    input.focus();
  }, { class: "form-reset" });
  const element = make("div", { class: `form-row form-row-${kind}` }, label, make("span", { class: "form-value" }, shown, reset),
    make("p", { id: `${id}-hint`, class: "form-hint" }, hint), error);
  input.setAttribute("aria-describedby", `${id}-hint ${id}-error`);

  const mark = () => {
    const [value, base] = [valueAt(form.config, path), form.baseAt(path)];
    const changed = base !== undefined && !same(base, value);
    element.classList.toggle("is-changed", changed);
    element.hidden = !fits(node, value, base, form.config);
    reset.hidden = !changed;
    reset.title = changed ? `back to ${describe(node, base)}` : "";
    reset.setAttribute("aria-label", `${title}: ${reset.title}`);
    error.textContent = served ?? complaint(node, value, form.root, form.config);
    input.setAttribute("aria-invalid", String(error.textContent !== ""));
  };
  shown.addEventListener("input", ({ target }) => {
    served = null;
    set(read(target));
  });
  show(valueAt(form.config, path));
  mark();
  return {
    element,
    mark,
    setError(message) {
      served = message;
      mark();
    },
  };
}
