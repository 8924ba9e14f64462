/**
 * One row of the form: label, control, mark of a change with its reset, hint and error. Used by form.js only.
 * @module
 */

import { make } from "../ui/dom.js";
import { CONTROLS, inWords, selectControl, short, typeset } from "./controls.js";
import { complaint, kindOf, range, same } from "./schema.js";

/** @typedef {import("./schema.js").Schema} Schema */
/** @typedef {import("./schema.js").Path} Path */
/**
 * @typedef {object} Field
 * @property {HTMLElement} element
 * @property {() => void} refresh redraws value, mark and complaint from the configuration
 * @property {() => void} mark redraws mark and complaint only
 * @property {(message: string | null) => void} setError what the server said; an edit clears it
 * @property {() => boolean} valid whatever the server said before: it judges anew, and an edit elsewhere may have helped
 * @property {() => void} focus
 * @property {() => boolean} [fits] whether it counts beside the other settings
 */
/**
 * @typedef {object} Binding what a row may do with the configuration
 * @property {() => any} get
 * @property {(value: any) => void} set
 * @property {() => any} base undefined where there is nothing to compare with
 * @property {() => any} config all of it
 */

/** @param {Schema} root @param {Schema} node resolved @param {string} id @param {Binding} binding @returns {Field} */
export function createField(root, node, id, binding) {
  const kind = kindOf(root, node);
  const makeControl = CONTROLS[kind] ?? selectControl;
  /** @type {string | null} */
  let served = null;
  const control = makeControl(node, id, (value) => {
    served = null;
    binding.set(value);
  });
  const { input } = control;

  const label = make("label", { for: id, id: `${id}-label`, class: "form-label" }, typeset(node.title ?? ""));
  const hintText = [node.description, range(node)].filter(Boolean).join(" · ");
  const hint = make("p", { id: `${id}-hint`, class: "form-hint" }, hintText);
  const error = make("p", { id: `${id}-error`, class: "form-error" });
  const reset = make("button", { type: "button", class: "form-reset" });
  reset.addEventListener("click", () => {
    served = null;
    binding.set(structuredClone(binding.base()));
    field.refresh();
    input.focus();
  });
  const value = make("span", { class: "form-value" }, control.element, reset);
  const element = make("div", { class: `form-row form-row-${kind}` }, label, value, hint, error);
  if (hintText) label.title = hintText;
  if (kind === "set") input.setAttribute("aria-labelledby", label.id);
  error.hidden = true;

  const own = () => complaint(node, binding.get(), root, binding.config());
  const mark = () => {
    const base = binding.base();
    const changed = base !== undefined && !same(base, binding.get());
    element.classList.toggle("is-changed", changed);
    reset.hidden = !changed;
    if (changed) {
      const back = `back to ${kind === "select" ? (node.labels?.[base] ?? inWords(String(base))) : describe(base)}`;
      reset.title = back;
      reset.setAttribute("aria-label", `${node.title}: ${back}`);
    }
    const message = served ?? own();
    error.textContent = message;
    error.hidden = message === null;
    input.setAttribute("aria-invalid", String(message !== null));
    const notes = [hintText ? hint.id : "", message === null ? "" : error.id].filter(Boolean);
    if (notes.length) input.setAttribute("aria-describedby", notes.join(" "));
    else input.removeAttribute("aria-describedby");
  };
  /** @type {Field} */
  const field = {
    element,
    mark,
    refresh: () => {
      control.show(binding.get());
      mark();
    },
    setError: (message) => {
      served = message;
      mark();
    },
    valid: () => own() === null,
    focus: () => (kind === "set" ? input.querySelector("input") : input)?.focus(),
  };
  field.refresh();
  return field;
}

/** @param {any} value @returns {string} */
function describe(value) {
  if (value === null) return "the usual value";
  if (typeof value === "number") return short(value);
  if (typeof value === "boolean") return value ? "on" : "off";
  return Array.isArray(value) ? value.join(", ") : String(value);
}
