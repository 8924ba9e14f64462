/**
 * A list of records in the form (the phases of training): one folding part per item, add and remove. Used by form.js only.
 * @module
 */

import { make, setText } from "../ui/dom.js";
import { short } from "./controls.js";
import { defaultOf, pointer, resolve, valueAt } from "./schema.js";

/** @typedef {import("./form.js").ConfigForm} ConfigForm */
/** @typedef {import("./schema.js").Schema} Schema */
/** @typedef {import("./schema.js").Path} Path */

/** @param {ConfigForm} form @param {Schema} node resolved; an array of objects @param {Path} path @param {HTMLElement} into */
export function createListGroup(form, node, path, into) {
  const item = resolve(form.root, node.items);
  const noun = (item.title ?? "item").toLowerCase();
  const items = () => /** @type {any[]} */ (valueAt(form.config, path));
  const wholeBase = () => /** @type {any[]} */ (form.baseAt(path) ?? []);
  const origins = wholeBase().length ? items().map((_, i) => (i < wholeBase().length ? i : null)) : [];
  form.origins.set(pointer(path), origins);

  const holder = make("div", { class: "form-list" });
  const add = make("button", { type: "button", class: "form-quiet" }, `Add a ${noun}`);
  const undo = make("button", { type: "button", class: "form-quiet form-undo" }, "Undo");
  const error = make("p", { class: "form-error" });
  error.hidden = true;
  const foot = make("div", { class: "form-list-foot" }, add, undo);
  into.append(make("div", { class: "form-list-group" }, holder, error, foot));
  /** @type {string | null} */
  let served = null;

  const redraw = (/** @type {number | null} */ open) => {
    form.forget(path);
    holder.replaceChildren();
    items().forEach((_, index) => holder.append(drawItem(index, index === open)));
    form.fields.set(pointer(path), listField);
    mark();
  };

  const drawItem = (/** @type {number} */ index, /** @type {boolean} */ open) => {
    const at = [...path, index];
    const summary = make("summary", {}, make("b"), make("span", { class: "tabular" }));
    const fold = make("details", { class: "form-item" }, summary);
    fold.open = open;
    form.addRecord(item, at, fold);
    const remove = make("button", { type: "button", class: "form-quiet" }, `Remove this ${noun}`);
    remove.disabled = items().length <= (node.minItems ?? 0);
    remove.addEventListener("click", () => {
      items().splice(index, 1);
      origins.splice(index, 1);
      structural(null);
    });
    fold.append(make("div", { class: "form-list-foot" }, remove));
    return fold;
  };

  const structural = (/** @type {number | null} */ open) => {
    served = null;
    redraw(open);
    form.announce();
    /** @type {HTMLElement | null} */ (open === null ? add : holder.children[open].querySelector("input"))?.focus();
  };

  const mark = () => {
    const moved = origins.length !== wholeBase().length || origins.some((from, index) => from !== index);
    undo.hidden = !moved;
    undo.textContent = `Back to ${wholeBase().length} ${noun}${wholeBase().length === 1 ? "" : "s"}`;
    add.disabled = items().length >= (node.maxItems ?? Infinity);
    error.textContent = served;
    error.hidden = served === null;
    [...holder.children].forEach((fold, index) => {
      const [title, brief] = /** @type {Element} */ (fold.firstElementChild).children;
      const value = items()[index];
      setText(title, value.name || `${noun} ${index + 1}`);
      brief.textContent = origins[index] === null ? "new" : summarise(item, value);
      const inner = fold.querySelector(".is-changed") !== null || origins[index] === null;
      fold.classList.toggle("has-changes", inner);
    });
  };

  add.addEventListener("click", () => {
    const last = items().at(-1);
    items().push(last ? structuredClone(last) : defaultOf(form.root, item));
    origins.push(null);
    structural(items().length - 1);
  });
  undo.addEventListener("click", () => {
    items().splice(0, Infinity, ...structuredClone(wholeBase()));
    origins.splice(0, Infinity, ...wholeBase().map((_, index) => index));
    structural(null);
  });

  /** @type {import("./fields.js").Field} */
  const listField = {
    element: holder,
    mark,
    refresh: mark,
    setError: (message) => {
      served = message;
      mark();
    },
    valid: () => true,
    focus: () => add.focus(),
  };
  redraw(items().length === 1 ? 0 : null);
}

/** The first number of a record with its title: "120 steps". @param {Schema} item resolved @param {any} value @returns {string} */
function summarise(item, value) {
  for (const [name, child] of Object.entries(item.properties)) {
    const title = child.title ?? name;
    if (typeof value[name] === "number") return `${short(value[name])} ${value[name] === 1 ? title.replace(/s$/, "") : title}`;
  }
  return "";
}
