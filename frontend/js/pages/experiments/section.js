/**
 * A part of an experiment's page: title, sentence, picture, and the numbers behind it on demand. Used by the pages of
 * experiments.
 * @module
 */

import { button, make, setText } from "../../ui/dom.js";

/** @typedef {{ columns: string[], rows: (string | number | Node)[][], caption: string }} Numbers */

let made = 0;

/** @param {string} title @param {(() => Numbers) | null} numbers null: there is no table to offer */
export function createSection(title, numbers) {
  const id = `exp-section-${++made}`;
  const sentence = make("p", { class: "exp-sentence muted" });
  const body = make("div", { class: "exp-section-body" });
  const data = make("div", { class: "exp-scroll exp-numbers", tabindex: "0", role: "region", "aria-label": `Numbers: ${title}`, hidden: "" });
  const tools = make("div", { class: "exp-tools" });
  const write = () => {
    if (data.hidden || !numbers) return;
    const { columns, rows, caption } = numbers();
    const right = (/** @type {number} */ i) => (typeof rows[0]?.[i] === "number" ? "number" : "");
    data.replaceChildren(make("table", {}, make("caption", { class: "small muted" }, caption),
      make("thead", {}, make("tr", {}, ...columns.map((name, i) => make("th", { scope: "col", class: right(i) }, name)))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((value, i) =>
        make("td", { class: right(i) }, typeof value === "number" ? value.toLocaleString("en") : value)))))));
  };
  const toggle = button("Table", () => {
    data.hidden = !data.hidden;
    toggle.setAttribute("aria-pressed", String(!data.hidden));
    write();
  }, { class: "button quiet", "aria-pressed": "false", title: "The numbers behind this picture" });
  const element = make("section", { class: "exp-section", "aria-labelledby": id },
    make("div", { class: "exp-section-head" }, make("h2", { id }, title), tools, ...(numbers ? [toggle] : [])), sentence, body, data);
  return {
    element, body, tools,
    /** @param {string} text "" for none */
    say(text) {
      sentence.hidden = text === "";
      setText(sentence, text);
    },
    /** Writes the numbers anew where they are open. Focus inside them would be lost, so not while it is there. */
    refresh() {
      if (!data.contains(document.activeElement) || data === document.activeElement) write();
    },
  };
}

/**
 * A choice of one of a few: buttons beside each other.
 * @template {string | number} T
 * @param {string} label @param {{ value: T, text: string }[]} options @param {T} chosen @param {(value: T) => void} onChoose
 */
export function segments(label, options, chosen, onChoose) {
  const buttons = options.map(({ value, text }) => button(text, () => {
    buttons.forEach((one, i) => one.setAttribute("aria-pressed", String(options[i].value === value)));
    onChoose(value);
  }, { class: "button quiet", "aria-pressed": String(value === chosen) }));
  return make("div", { class: "segments exp-segments", role: "group", "aria-label": label }, ...buttons);
}
