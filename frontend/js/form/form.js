/**
 * The form of a run's configuration, built from the JSON Schema of its study's configurations. It fires `change` (a CustomEvent,
 * bubbling) on its element after each edit.
 * @import { Field } from "./controls.js"
 * @import { Path, Schema } from "./schema.js"
 * @typedef {{ detail?: string, errors?: { pointer: string, message: string }[] }} Problem the body of a refusal
 */

import { make } from "../ui/dom.js";
import { createField, inWords, typeset } from "./controls.js";
import { createListGroup } from "./list.js";
import { assign, changes, childrenOf, defaultOf, kindOf, members, pointer, same, valueAt, withTags } from "./schema.js";

const FOLDED = ["capture"];
let forms = 0;

/**
 * @param {HTMLElement} element filled by the form
 * @param {{ schema: Schema, config: any, base?: any, sliders?: HTMLElement, fixed?: string[] }} options `config` is shown, changes are marked against `base`; `sliders` are put there, else before all other fields; `fixed` settings, by dotted path, are left out
 */
export const createForm = (element, options) => new ConfigForm(element, options);

/** What the parts of the form share: the configuration under edit, its base, and the fields by JSON pointer. */
export class ConfigForm {
  /** @param {HTMLElement} element @param {Parameters<typeof createForm>[1]} options */
  constructor(element, { schema, config, base = config, sliders, fixed = [] }) {
    this.element = element;
    this.root = schema;
    this.fixed = fixed;
    this.config = withTags(schema, config);
    this.base = withTags(schema, base);
    this.prefix = `form${++forms}`;
    /** @type {Map<string, Field>} */
    this.fields = new Map();
    /** Where each item of an edited list came from: its index in the base, or null. @type {Map<string, (number | null)[]>} */
    this.origins = new Map();
    this.alert = make("p", { class: "form-alert", role: "alert" });
    /** Sliders stand before all else: they are there to be played with. */
    this.sliders = sliders ?? make("div", { class: "form-sliders" });
    this.body = make("div", { class: "form" }, this.alert, ...(sliders ? [] : [this.sliders]));
    this.addRecord(schema, [], this.body);
    element.replaceChildren(this.body);
  }

  /** @returns {any} the configuration as edited */
  value() {
    return structuredClone(this.config);
  }

  /** @returns {string[]} dotted paths that differ from the base; empty when nothing does */
  changed() {
    return changes(this.config, this.base);
  }

  destroy() {
    this.body.remove();
  }

  /** The rows of an object. @param {Schema} node resolved @param {Path} path @param {HTMLElement} into */
  addRecord(node, path, into) {
    for (const [name, child] of childrenOf(this.root, node)) {
      const at = [...path, name];
      const kind = kindOf(this.root, child);
      if (kind === "hidden" || this.fixed.includes(at.join("."))) continue;
      if (kind === "record" || (kind === "union" && path.length === 0)) this.addGroup(child, at, into);
      else if (kind === "list") createListGroup(this, child, at, into);
      else if (kind === "union") this.addUnion(child, at, into);
      else {
        const field = createField(this, child, at);
        this.fields.set(pointer(at), field);
        (kind === "slider" ? this.sliders : into).append(field.element);
      }
    }
  }

  /** @param {Schema} node resolved @param {Path} path @param {HTMLElement} into */
  addGroup(node, path, into) {
    const name = String(path.at(-1));
    const group = make("details", { class: "form-group" }, make("summary", {}, typeset(node.title ?? name)));
    group.open = !FOLDED.includes(name);
    if (node.called) group.append(make("p", { class: "form-kind" }, node.called));
    const before = this.fields.size;
    if (node.discriminator) this.addUnion(node, path, group);
    else this.addRecord(node, path, group);
    if (this.fields.size > before) into.append(group);
  }

  /** A choice of the member, then the member's own fields. @param {Schema} node resolved @param {Path} path @param {HTMLElement} into */
  addUnion(node, path, into) {
    const tag = node.discriminator.propertyName;
    const options = members(this.root, node);
    const own = make("div", { class: "form-member" });
    const draw = () => {
      this.forget(path);
      const member = options.get(valueAt(this.config, path)[tag]) ?? {};
      own.replaceChildren();
      this.addRecord(member, path, own);
      own.title = member.description ?? "";
    };
    const choose = (/** @type {string} */ value) => {
      const before = this.baseAt(path);
      const member = before?.[tag] === value ? structuredClone(before) : defaultOf(this.root, options.get(value) ?? {});
      const old = valueAt(this.config, path);
      const [from, to] = [options.get(old[tag]), options.get(value)].map((one) => one?.properties ?? {});
      // What means the same in both stays as it was edited; a penalty in other units does not.
      for (const name of Object.keys(from)) if (same(from[name], to[name])) member[name] = old[name];
      assign(this.config, path, member);
      draw();
      this.announce();
    };
    const labels = Object.fromEntries([...options].map(([name, { called }]) => [name, called ?? inWords(name)]));
    const choice = createField(this, { type: "string", enum: [...options.keys()], labels, title: (node.title ?? "").toLowerCase() }, [...path, tag], choose);
    this.fields.set(pointer(path), choice);
    into.append(choice.element, own);
    draw();
  }

  /** The base's value for a path, through the origins of list items. Undefined where the base has none. @param {Path} path @returns {any} */
  baseAt(path) {
    return path.reduce((part, step, depth) => {
      const origins = this.origins.get(pointer(path.slice(0, depth)));
      return part?.[(origins ? origins[Number(step)] : step) ?? ""];
    }, this.base);
  }

  /** @param {Path} path @param {any} value */
  edit(path, value) {
    if (same(valueAt(this.config, path), value)) return;
    assign(this.config, path, value);
    this.announce();
  }

  announce() {
    for (const field of this.fields.values()) field.mark();
    this.alert.textContent = "";
    this.element.dispatchEvent(new CustomEvent("change", { bubbles: true }));
  }

  /** Drops the fields below a path, for a part that is drawn anew. @param {Path} path */
  forget(path) {
    for (const key of this.fields.keys()) if (key.startsWith(`${pointer(path)}/`)) this.fields.delete(key);
  }

  /** Whatever the server said before: an edit may have helped. @returns {boolean} false after moving the focus to the first complaint */
  valid() {
    this.setErrors(null);
    return !this.reveal();
  }

  /** Shows what the server refused, each at its field or the closest one above. @param {Problem | null} problem */
  setErrors(problem) {
    for (const field of this.fields.values()) field.setError?.(null);
    const homeless = problem && !problem.errors?.length ? [problem.detail ?? "The server refused these settings."] : [];
    for (const { pointer: at, message } of problem?.errors ?? []) {
      const steps = at.replace(/^\/(config|overrides)(?=\/|$)/, "").split("/");
      const above = steps.map((_, i) => this.fields.get(steps.slice(0, steps.length - i).join("/")));
      const field = above.find((one) => one?.setError);
      if (field) field.setError?.(message);
      else homeless.push(message);
    }
    this.alert.textContent = homeless.join(" ");
    if (problem && !this.reveal()) this.alert.scrollIntoView({ block: "nearest" });
  }

  /** Opens the folds around what is wrong, and moves the focus to the topmost. @returns {boolean} whether anything is */
  reveal() {
    const wrong = [this.sliders, this.body].flatMap((part) => [...part.querySelectorAll("[aria-invalid=true]")]);
    for (const one of wrong) {
      for (let fold = one.closest("details"); fold; fold = fold.parentElement?.closest("details") ?? null) fold.open = true;
    }
    const [first] = wrong;
    /** @type {HTMLElement | null | undefined} */ (first?.matches("[role=group]") ? first.querySelector("input") : first)?.focus();
    return wrong.length > 0;
  }
}
