/**
 * Axes of a new sweep: which settings of a configuration it can vary, lists of their values as people write them, and the fields for
 * both, with a helper that spreads values over a range.
 * @import { Schema } from "../../form/schema.js"
 * @import { GridValue } from "../../types"
 * @typedef {{ path: string, title: string, group: string, hint: string, node: Schema, value: any, choices: Map<GridValue, string> | null }} Setting
 *   `choices`: of a setting that takes no number, its values and how each is called
 * @typedef {{ values: GridValue[], complaint: string | null }} Reading no values where there is a complaint
 */

import { inWords } from "../../form/controls.js";
import { childrenOf, complaint, fits, kindOf, members, range, resolve, tagOf } from "../../form/schema.js";
import { button, make, setText } from "../../ui/dom.js";
import { readNumber, readNumbers } from "../../ui/numbers.js";

const SWITCH = /** @type {Map<GridValue, string>} */ (new Map([[true, "yes"], [false, "no"]]));
let made = 0;

/**
 * @param {Schema} root of the configurations of a study
 * @param {any} config that the sweep starts from: it says how many stages there are, and of what kind each part is
 * @returns {Setting[]} numbers, switches and choices that mean something there, in the order of the form; the seed has a field of its own
 */
export function sweepSettings(root, config) {
  /** @type {Setting[]} */
  const found = [];
  /** @param {Schema} node resolved @param {any} value @param {{ path: string, group: string, owner: string }} at */
  const collect = (node, value, at) => {
    const { path, group, owner } = at;
    const kind = kindOf(root, node);
    /** @param {string} suffix @param {Map<GridValue, string> | null} choices @param {any} now */
    const offer = (suffix, choices, now) => found.push({ path: path + suffix, title: (node.title ?? path) + owner, group, hint: [node.description, range(node)].filter(Boolean).join(" · "), node, value: now, choices });
    if (kind === "number" || kind === "slider") offer("", null, value);
    else if (kind === "switch") offer("", SWITCH, value);
    else if (kind === "select") offer("", new Map(node.enum.map((/** @type {any} */ one) => [one, inWords(String(one))])), value);
    else if (kind === "union") {
      const options = members(root, node);
      const tag = tagOf(node, value);
      offer(`.${node.discriminator.propertyName}`, new Map([...options].map(([name, { called }]) => [name, called ?? inWords(name)])), tag);
      const member = options.get(tag);
      if (member) collect(member, value, at);
    } else if (kind === "record") {
      for (const [name, child] of childrenOf(root, node)) {
        const below = path ? `${path}.${name}` : name;
        if (below !== "seed" && fits(child, value?.[name], undefined, config)) collect(child, value?.[name], { path: below, group: group || (child.title ?? name), owner });
      }
    } else if (kind === "list") {
      const item = resolve(root, node.items);
      const noun = (item.title ?? "part").toLowerCase();
      value.forEach((/** @type {any} */ one, /** @type {number} */ i) => {
        const own = one.name && value.filter((/** @type {any} */ { name }) => name === one.name).length === 1;
        const name = own ? one.name : `${noun} ${i + 1}`; // its place, where others have the same name
        collect(item, one, { path: `${path}.${i}`, group: name, owner: ` of ${name}` });
      });
    }
  };
  collect(resolve(root, root), config, { path: "", group: "", owner: "" });
  return found;
}

/** @param {string} text such as "10, 20 50", or "parity, majority" @param {Pick<Setting, "node" | "choices"> | undefined} setting @returns {Reading} */
export function readValues(text, setting) {
  const none = (/** @type {string} */ why) => ({ values: [], complaint: why });
  if (!setting) return none("choose a setting");
  if (text.trim() === "") return none("write one value or more, separated by commas");
  const { node, choices } = setting;
  const read = choices ? readChoices(text, choices) : readNumbers(text, { whole: node.type === "integer" });
  if (read.complaint) return read;
  const twice = read.values.find((value, i) => read.values.indexOf(value) < i);
  if (twice !== undefined) return none(`${choices?.get(twice) ?? twice} is there twice`);
  const wrong = choices ? undefined : read.values.find((value) => complaint(node, value) !== null);
  return wrong === undefined ? read : none(`${wrong}: ${complaint(node, wrong)}`);
}

/** @param {string} text @param {Map<GridValue, string>} choices @returns {Reading} */
function readChoices(text, choices) {
  const words = text.split(/[,;]+/).map((word) => word.trim()).filter(Boolean);
  const found = words.map((word) => [...choices].find((names) => names.some((one) => String(one).toLowerCase() === word.toLowerCase())));
  const wrong = found.indexOf(undefined);
  if (wrong >= 0) return { values: [], complaint: `“${words[wrong]}” is none of ${[...choices.values()].join(", ")}` };
  return { values: found.flatMap((one) => (one ? [one[0]] : [])), complaint: null };
}

/**
 * @param {{ from: number, to: number, count: number, logarithmic: boolean, integer: boolean }} helper
 * @returns {{ values: number[], complaint: string | null }} rising; whole numbers that coincide are there once
 */
function spread({ from, to, count, logarithmic, integer }) {
  if (count < 2 || count > 100) return { values: [], complaint: "count: 2 to 100" };
  if (logarithmic && (from <= 0 || to <= 0)) return { values: [], complaint: "a logarithmic scale needs numbers above 0" };
  const values = Array.from({ length: count }, (_, i) => {
    const t = i / (count - 1);
    const value = logarithmic ? from * (to / from) ** t : from + (to - from) * t;
    return integer ? Math.round(value) : Number(value.toPrecision(4));
  });
  return { values: [...new Set(values)], complaint: null };
}

/** An edit takes the complaint away. @template {HTMLInputElement | HTMLSelectElement} T @param {string} label @param {T} input @param {HTMLElement[]} hint */
export function createField(label, input, ...hint) {
  const id = `sweep-field-${++made}`;
  const error = make("p", { id: `${id}-error`, class: "small bad", role: "alert" });
  const described = [...hint, error].map((one, i) => Object.assign(one, { id: `${id}-${i}` }).id);
  Object.assign(input, { id }).setAttribute("aria-describedby", described.join(" "));
  const complain = (/** @type {string | null} */ message) => {
    setText(error, message ?? "");
    error.hidden = message === null;
    input.setAttribute("aria-invalid", String(message !== null));
  };
  complain(null);
  input.addEventListener("input", () => complain(null));
  return { input, complain, element: make("div", { class: "sweep-field" }, make("label", { for: id }, label), input, ...hint, error) };
}

/** Each edit is an `input` event that bubbles. @param {() => void} onRemove */
export function createAxis(onRemove) {
  /** @type {Setting[]} */
  let settings = [];
  const hint = make("p", { class: "small muted" });
  const choice = createField("setting", make("select"));
  const values = createField("values", make("input", { type: "text", autocomplete: "off", spellcheck: "false", placeholder: "0.1, 0.2, 0.5" }), hint);
  const legend = make("legend");
  const remove = button("Remove", onRemove, { class: "button quiet" });
  const setting = () => settings.find(({ path }) => path === choice.input.value);
  const read = () => readValues(values.input.value, setting());
  const helper = rangeHelper(() => setting()?.node.type === "integer", (list) => {
    write(list.join(", "));
    values.input.dispatchEvent(new Event("input", { bubbles: true }));
    values.input.focus();
  });

  /** @param {string} text an empty one is worth no word yet */
  const write = (text) => {
    values.input.value = text;
    values.complain(text.trim() === "" ? null : read().complaint);
    const { value, choices = null, node, hint: said } = setting() ?? {};
    setText(hint, [said, `now ${value === null ? (node?.["usual"] ?? "the usual value") : (choices?.get(value) ?? value)}`].filter(Boolean).join(" · "));
    helper.hidden = choices !== null;
  };
  choice.input.addEventListener("input", () => write([...(setting()?.choices?.values() ?? [])].join(", ")));
  values.input.addEventListener("input", () => values.complain(read().complaint));

  return {
    element: make("fieldset", { class: "sweep-axis" }, legend, remove, choice.element, values.element, helper),
    complain: values.complain, read, write, setting,
    text: () => values.input.value,
    path: () => choice.input.value,
    focus: () => values.input.focus(),
    /** @param {Setting[]} next @param {string} [wanted] path; else the one chosen so far, if it is still there */
    offer(next, wanted = choice.input.value) {
      settings = next;
      choice.input.replaceChildren(...[...Map.groupBy(next, ({ group }) => group)].map(([group, some]) => make("optgroup", { label: group },
        ...some.map(({ path, title }) => make("option", { value: path }, `${title} (${path})`)))));
      choice.input.value = next.some(({ path }) => path === wanted) ? wanted : (next[0]?.path ?? "");
      write(values.input.value);
    },
    /** @param {string} name @param {boolean} removable */
    label(name, removable) {
      legend.textContent = name;
      remove.hidden = !removable;
      remove.setAttribute("aria-label", `Remove the ${name.toLowerCase()}`);
    },
  };
}

/** @param {() => boolean} isWhole @param {(values: number[]) => void} onFill */
function rangeHelper(isWhole, onFill) {
  const [from, to, number] = ["", "", "5"].map((value) => make("input", { type: "text", inputmode: "decimal", value }));
  const scale = make("select", {}, make("option", { value: "linear" }, "linear"), make("option", { value: "log" }, "logarithmic"));
  const error = make("p", { class: "small bad", role: "alert", hidden: "" });
  const fill = button("Fill in", () => {
    const read = [from, to, number].map((input) => readNumber(input.value, { whole: input === number }));
    const wrong = read.find(({ complaint }) => complaint !== null)?.complaint ?? (read.some(({ value }) => value === null) ? "from, to and count are needed" : null);
    const [low, high, count] = read.map(({ value }) => Number(value));
    const { values, complaint } = wrong ? { values: [], complaint: wrong } : spread({ from: low, to: high, count, logarithmic: scale.value === "log", integer: isWhole() });
    error.hidden = complaint === null;
    error.textContent = complaint;
    if (!complaint) onFill(values);
  });
  const fields = Object.entries({ from, to, count: number, spacing: scale }).map(([label, input]) =>
    make("label", { class: "sweep-range-field" }, make("span", { class: "small muted" }, label), input));
  return make("details", { class: "sweep-range" }, make("summary", { class: "small muted" }, "From a range"),
    make("div", { class: "sweep-range-fields" }, ...fields, fill), error);
}
