/**
 * One axis of a new sweep: a setting, its values, and a helper that spreads values over a range. Used by
 * pages/experiments/new.js.
 * @module
 */

import { button, make } from "../../ui/dom.js";
import { readNumber } from "../../ui/numbers.js";
import { readValues, spread } from "./sweep-settings.js";

/** @typedef {import("./sweep-settings.js").Setting} Setting */
/** @typedef {import("../../types").GridValue} GridValue */

let made = 0;

/** @param {{ onChange: () => void, onRemove: () => void }} actions */
export function createAxis({ onChange, onRemove }) {
  const id = `sweep-axis-${++made}`;
  /** @type {Setting[]} */
  let settings = [];
  /** What the server said; an edit clears it. @type {string | null} */
  let served = null;
  const choice = make("select", { id: `${id}-setting` });
  const values = make("input", { id: `${id}-values`, type: "text", autocomplete: "off", spellcheck: "false", placeholder: "0.1, 0.2, 0.5", "aria-describedby": `${id}-hint ${id}-error` });
  const hint = make("p", { id: `${id}-hint`, class: "small muted" });
  const error = make("p", { id: `${id}-error`, class: "small bad", role: "alert" });
  const legend = make("legend", {});
  const remove = button("Remove", onRemove, { class: "button quiet" });
  const helper = rangeHelper((list) => {
    values.value = list.join(", ");
    edited();
    values.focus();
  }, () => setting()?.node.type === "integer");
  const element = make("fieldset", { class: "sweep-axis" }, legend, remove,
    make("div", { class: "sweep-field" }, make("label", { for: choice.id }, "setting"), choice),
    make("div", { class: "sweep-field" }, make("label", { for: values.id }, "values"), values, hint, error), helper);

  const setting = () => settings.find(({ path }) => path === choice.value) ?? null;
  const edited = () => {
    served = null;
    mark(true);
    onChange();
  };
  /** @param {boolean} complaining whether an empty field is worth a word */
  const mark = (complaining) => {
    const chosen = setting();
    const own = chosen && (complaining || values.value.trim() !== "") ? readValues(values.value, chosen).complaint : null;
    const message = served ?? own;
    error.textContent = message;
    error.hidden = message === null;
    values.setAttribute("aria-invalid", String(message !== null));
    const usual = chosen?.value === null ? (chosen.node.usual ?? "the usual value") : (chosen?.choices?.get(chosen.value) ?? String(chosen?.value ?? ""));
    hint.textContent = chosen ? [chosen.hint, `now ${usual}`].filter(Boolean).join(" · ") : "";
    helper.hidden = chosen?.choices !== null;
  };
  choice.addEventListener("change", () => {
    values.value = [...(setting()?.choices?.values() ?? [])].join(", ");
    served = null;
    mark(false);
    onChange();
  });
  values.addEventListener("input", edited);

  return {
    element, setting,
    /** @returns {{ values: GridValue[], complaint: string | null }} */
    read() {
      const chosen = setting();
      return chosen ? readValues(values.value, chosen) : { values: [], complaint: "choose a setting" };
    },
    /** @param {Setting[]} next @param {string} [wanted] path; else the one chosen so far, if it is still there */
    offer(next, wanted = choice.value) {
      settings = next;
      /** @type {Map<string, Setting[]>} */
      const groups = new Map();
      for (const one of next) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
      choice.replaceChildren(...[...groups].map(([group, some]) => make("optgroup", { label: group },
        ...some.map(({ path, title }) => make("option", { value: path }, `${title} (${path})`)))));
      choice.value = next.some(({ path }) => path === wanted) ? wanted : (next[0]?.path ?? "");
      mark(false);
    },
    text: () => values.value,
    /** @param {string} text */
    write(text) {
      values.value = text;
      mark(false);
    },
    /** @param {string} name @param {boolean} removable */
    label(name, removable) {
      legend.textContent = name;
      remove.hidden = !removable;
      remove.setAttribute("aria-label", `Remove the ${name.toLowerCase()}`);
    },
    /** @param {string | null} message */
    setError(message) {
      served = message;
      mark(message === null);
    },
    complain: () => mark(true),
    focus: () => values.focus(),
    invalid: () => values.getAttribute("aria-invalid") === "true",
  };
}

/** @param {(values: number[]) => void} onFill @param {() => boolean} integer */
function rangeHelper(onFill, integer) {
  const field = (/** @type {string} */ label, /** @type {string} */ value) => {
    const input = make("input", { type: "text", inputmode: "decimal", value, "aria-label": label, placeholder: label });
    return { input, part: make("label", { class: "sweep-range-field" }, make("span", { class: "small muted" }, label), input) };
  };
  const [from, to, number] = [field("from", ""), field("to", ""), field("count", "5")];
  const scale = make("select", { "aria-label": "spacing" }, make("option", { value: "linear" }, "linear"), make("option", { value: "log" }, "logarithmic"));
  const error = make("p", { class: "small bad", role: "alert", hidden: "" });
  /** @returns {{ values: number[], complaint: string | null }} */
  const spreadOut = () => {
    const read = [from, to, number].map(({ input }) => readNumber(input.value, { whole: input === number.input }));
    const wrong = read.find(({ complaint }) => complaint !== null);
    if (wrong) return { values: [], complaint: wrong.complaint };
    const [low, high, count] = read.map(({ value }) => value);
    if (low === null || high === null || count === null) return { values: [], complaint: "from, to and count are needed" };
    return spread({ from: low, to: high, count, logarithmic: scale.value === "log", integer: integer() });
  };
  const fill = button("Fill in", () => {
    const { values, complaint } = spreadOut();
    error.hidden = complaint === null;
    error.textContent = complaint;
    if (!complaint) onFill(values);
  });
  return make("details", { class: "sweep-range" }, make("summary", { class: "small muted" }, "From a range"),
    make("div", { class: "sweep-range-fields" }, from.part, to.part, number.part,
      make("label", { class: "sweep-range-field" }, make("span", { class: "small muted" }, "spacing"), scale), fill), error);
}
