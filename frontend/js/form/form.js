/**
 * The form of a run's configuration, built from the JSON Schema of its study's configurations.
 *
 * It fires `change` (a CustomEvent, bubbling) on its element after each edit.
 * @module
 */

import { make } from "../ui/dom.js";
import { inWords, typeset } from "./controls.js";
import { createField } from "./fields.js";
import { createListGroup } from "./list.js";
import { assign, changes, childrenOf, defaultOf, fits, kindOf, members, pointer, resolve, same, valueAt, withTags } from "./schema.js";

/** @typedef {import("./schema.js").Schema} Schema */
/** @typedef {import("./schema.js").Path} Path */
/** @typedef {import("./fields.js").Field} Field */
/** @typedef {{ detail?: string, errors?: { pointer: string, message: string }[] }} Problem the body of a refusal */
/**
 * @typedef {object} Form
 * @property {() => any} value the configuration as edited
 * @property {() => string[]} changed dotted paths that differ from the base; empty when nothing does
 * @property {() => boolean} valid false after moving the focus to the first field with a complaint
 * @property {(problem: Problem | null) => void} setErrors shows what the server refused, each at its field
 * @property {() => void} destroy
 */

const FOLDED = ["capture"];
let forms = 0;

/**
 * @param {HTMLElement} element filled by the form
 * @param {{ schema: Schema, config: any, base?: any, sliders?: HTMLElement, fixed?: string[] }} options `config` is shown, changes are marked against `base`; `sliders` are put there, else before all other fields; `fixed` settings, by dotted path, are left out
 * @returns {Form}
 */
export function createForm(element, { schema, config, base = config, sliders, fixed = [] }) {
  return new ConfigForm(element, schema, config, base, sliders, fixed).handle();
}

/** What the parts of the form share: the configuration under edit, its base, and the fields by JSON pointer. */
export class ConfigForm {
  /**
   * @param {HTMLElement} element @param {Schema} root @param {any} config @param {any} base @param {HTMLElement} [sliders] @param {string[]} [fixed]
   */
  constructor(element, root, config, base, sliders, fixed = []) {
    this.element = element;
    this.root = root;
    this.fixed = fixed;
    this.config = withTags(root, config);
    this.base = withTags(root, base);
    this.prefix = `form${++forms}`;
    /** @type {Map<string, Field>} */
    this.fields = new Map();
    /** Where each item of an edited list came from: its index in the base, or null. @type {Map<string, (number | null)[]>} */
    this.origins = new Map();
    this.alert = make("p", { class: "form-alert", role: "alert" });
    this.alert.hidden = true;
    /** Sliders stand before all else: they are there to be played with. */
    this.sliders = sliders ?? make("div", { class: "form-sliders" });
    this.body = make("div", { class: "form" }, this.alert, ...(sliders ? [] : [this.sliders]));
    this.addRecord(resolve(root, root), [], this.body);
    this.fit();
    element.replaceChildren(this.body);
  }

  /** @returns {Form} */
  handle() {
    return {
      value: () => structuredClone(this.config),
      changed: () => changes(this.config, this.base),
      valid: () => this.valid(),
      setErrors: (problem) => this.setErrors(problem),
      destroy: () => this.body.remove(),
    };
  }

  /**
   * The rows of an object: plain values first at the root (the seed), then its groups.
   * @param {Schema} node resolved @param {Path} path @param {HTMLElement} into
   */
  addRecord(node, path, into) {
    for (const [name, known] of childrenOf(this.root, node)) {
      const at = [...path, name];
      const kind = kindOf(this.root, known);
      if (kind === "hidden" || this.fixed.includes(at.join("."))) continue;
      if (kind === "record" || (kind === "union" && path.length === 0)) this.addGroup(known, at, into);
      else if (kind === "list") createListGroup(this, known, at, into);
      else if (kind === "union") this.addUnion(known, at, into);
      else this.addField(known, at, into);
    }
  }

  /** @param {Schema} node resolved @param {Path} path @param {HTMLElement} into */
  addGroup(node, path, into) {
    const name = String(path.at(-1));
    const group = make("details", { class: "form-group" }, make("summary", {}, typeset(node.title ?? name)));
    group.open = !FOLDED.includes(name);
    if (node.called) group.append(make("p", { class: "form-kind" }, node.called));
    const before = this.fields.size;
    if (kindOf(this.root, node) === "union") this.addUnion(node, path, group);
    else this.addRecord(node, path, group);
    if (this.fields.size > before) into.append(group);
  }

  /**
   * @param {Schema} node resolved @param {Path} path @param {HTMLElement} into @param {Partial<import("./fields.js").Binding>} [binding]
   * @returns {Field}
   */
  addField(node, path, into, binding = {}) {
    const id = [this.prefix, ...path].join("-");
    const field = createField(this.root, { title: String(path.at(-1)), ...node }, id, {
      get: () => valueAt(this.config, path),
      set: (value) => this.edit(path, value),
      base: () => this.baseAt(path),
      config: () => this.config,
      ...binding,
    });
    field.fits = () => fits(node, valueAt(this.config, path), this.baseAt(path), this.config);
    this.fields.set(pointer(path), field);
    (kindOf(this.root, node) === "slider" ? this.sliders : into).append(field.element);
    return field;
  }

  /** A choice of the member, then the member's own fields. @param {Schema} node resolved @param {Path} path @param {HTMLElement} into */
  addUnion(node, path, into) {
    const tag = node.discriminator.propertyName;
    const options = members(this.root, node);
    const own = make("div", { class: "form-member" });
    const draw = () => {
      this.forget(path, false);
      const member = /** @type {Schema} */ (options.get(valueAt(this.config, path)[tag]));
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
    this.addField({ type: "string", enum: [...options.keys()], labels, title: (node.title ?? "").toLowerCase() }, path, into, {
      get: () => valueAt(this.config, path)[tag],
      set: choose,
      base: () => this.baseAt(path)?.[tag],
    });
    into.append(own);
    draw();
  }

  /** The base's value for a path, through the origins of list items. Undefined where the base has none. @param {Path} path @returns {any} */
  baseAt(path) {
    let part = this.base;
    path.forEach((step, depth) => {
      const origins = this.origins.get(pointer(path.slice(0, depth)));
      const from = origins && typeof step === "number" ? origins[step] : step;
      part = from === null || from === undefined ? undefined : part?.[from];
    });
    return part;
  }

  /** @param {Path} path @param {any} value */
  edit(path, value) {
    if (same(valueAt(this.config, path), value)) return;
    assign(this.config, path, value);
    this.announce();
  }

  /** Shows the fields that fit the other values. */
  fit() {
    for (const field of this.fields.values()) field.element.hidden = field.fits?.() === false;
  }

  announce() {
    for (const field of this.fields.values()) field.mark();
    this.fit();
    this.alert.hidden = true;
    this.element.dispatchEvent(new CustomEvent("change", { bubbles: true }));
  }

  /** Drops the fields below a path, for a part that is drawn anew. @param {Path} path @param {boolean} [itself] */
  forget(path, itself = true) {
    const top = pointer(path);
    for (const key of this.fields.keys()) {
      if (key.startsWith(`${top}/`) || (itself && key === top)) this.fields.delete(key);
    }
  }

  /** @returns {boolean} */
  valid() {
    const wrong = [...this.fields.values()].filter((field) => !field.valid());
    reveal(wrong);
    return wrong.length === 0;
  }

  /** @param {Problem | null} problem */
  setErrors(problem) {
    for (const field of this.fields.values()) field.setError(null);
    /** @type {string[]} */
    const homeless = [];
    /** @type {Field[]} */
    const wrong = [];
    for (const { pointer: at, message } of problem?.errors ?? []) {
      const field = this.nearest(at.replace(/^\/(config|overrides)(?=\/|$)/, ""));
      if (field) {
        field.setError(message);
        wrong.push(field);
      } else homeless.push(message);
    }
    if (problem && !problem.errors?.length) homeless.push(problem.detail ?? "The server refused these settings.");
    this.alert.textContent = homeless.join(" ");
    this.alert.hidden = homeless.length === 0;
    reveal(wrong);
  }

  /** @param {string} at a JSON pointer into the configuration @returns {Field | undefined} the field there, or the closest one above */
  nearest(at) {
    for (let key = at; key !== ""; key = key.slice(0, key.lastIndexOf("/"))) {
      const field = this.fields.get(key);
      if (field) return field;
    }
    return undefined;
  }
}

/** Opens the folds around fields and moves the focus to the topmost. @param {Field[]} fields */
function reveal(fields) {
  for (const { element } of fields) {
    for (let above = element.parentElement; above; above = above.parentElement) {
      if (above instanceof HTMLDetailsElement) above.open = true;
    }
  }
  const before = (/** @type {Field} */ a, /** @type {Field} */ b) =>
    a.element.compareDocumentPosition(b.element) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
  fields.toSorted(before)[0]?.focus();
}
