/** A list of records in the form (the phases of training): one folding part per item, add and remove. @import { Path, Schema } from "./schema.js" */

import { button, make, setText, several } from "../ui/dom.js";
import { short } from "./controls.js";
import { assign, defaultOf, pointer, resolve, same, valueAt } from "./schema.js";

/** @param {import("./form.js").ConfigForm} form @param {Schema} node resolved; an array of objects @param {Path} path @param {HTMLElement} into */
export function createListGroup(form, node, path, into) {
  const item = resolve(form.root, node.items);
  const noun = (item.title ?? "item").toLowerCase();
  const items = () => /** @type {any[]} */ (valueAt(form.config, path));
  const base = /** @type {any[]} */ (form.baseAt(path) ?? []);
  const asBefore = base.map((_, index) => index);
  /** @type {(number | null)[]} */
  let origins = items().map((_, index) => asBefore[index] ?? null);

  const holder = make("div", { class: "form-list" });
  const add = button(`Add a ${noun}`, () => {
    const last = items().at(-1);
    become([...items(), last ? structuredClone(last) : defaultOf(form.root, item)], [...origins, null], items().length);
  }, { class: "form-quiet" });
  const undo = button(`Back to ${several(base.length, noun)}`, () => become(structuredClone(base), asBefore, null), { class: "form-quiet form-undo" });
  into.append(make("div", { class: "form-list-group" }, holder, make("div", { class: "form-list-foot" }, add, undo)));

  const drawItem = (/** @type {number} */ index, /** @type {boolean} */ open) => {
    const at = [...path, index];
    const [title, brief] = [make("b"), make("span", { class: "tabular" })];
    const isNew = base.length > 0 && origins[index] === null;
    const fold = make("details", { class: `form-item${isNew ? " is-new" : ""}` }, make("summary", {}, title, brief));
    fold.open = open;
    form.addRecord(item, at, fold);
    const remove = button(`Remove this ${noun}`, () => become(items().toSpliced(index, 1), origins.toSpliced(index, 1), null), { class: "form-quiet" });
    remove.disabled = items().length <= (node.minItems ?? 0);
    fold.append(make("div", { class: "form-list-foot" }, remove));
    const mark = () => {
      const value = items()[index];
      setText(title, value.name || `${noun} ${index + 1}`);
      setText(brief, isNew ? "new" : summarise(item, value));
    };
    form.fields.set(pointer(at), { mark });
    mark();
    return fold;
  };

  const draw = (/** @type {number | null} */ open) => {
    form.forget(path);
    form.origins.set(pointer(path), origins);
    holder.replaceChildren(...items().map((_, index) => drawItem(index, index === open)));
    undo.hidden = base.length === 0 || same(origins, asBefore);
    add.disabled = items().length >= (node.maxItems ?? Infinity);
  };

  /** @param {any[]} next @param {(number | null)[]} from @param {number | null} open */
  const become = (next, from, open) => {
    assign(form.config, path, next);
    origins = from;
    draw(open);
    form.announce();
    /** @type {HTMLElement | null} */ (open === null ? add : holder.children[open].querySelector("input"))?.focus();
  };
  draw(items().length === 1 ? 0 : null);
}

/** The first number of a record with its title: "120 steps". @param {Schema} item resolved @param {any} value @returns {string} */
function summarise(item, value) {
  const found = Object.entries(item.properties).find(([name]) => typeof value[name] === "number");
  if (!found) return "";
  const [name, { title = name }] = found;
  return `${short(value[name])} ${value[name] === 1 ? title.replace(/s$/, "") : title}`;
}
