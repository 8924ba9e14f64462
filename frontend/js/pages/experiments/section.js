/**
 * A part of an experiment's page: title, sentence, picture, and the numbers behind it on demand, as a table and as a file. Used by
 * the pages of experiments.
 * @module
 */

import { csvOf, download } from "../../ui/carry.js";
import { button, make, setText } from "../../ui/dom.js";
import { told } from "./words.js";

/** A column of numbers has the metric that says their unit; without one they are written as they are. @typedef {string | { title: string, metric: { unit: string } | undefined }} Column */
/** @typedef {{ columns: Column[], rows: (string | number | null | Node)[][], caption: string }} Numbers */

let made = 0;
const titleOf = (/** @type {Column} */ column) => (typeof column === "string" ? column : column.title);

/**
 * @param {string} title @param {(() => Numbers) | null} numbers null: there is no table to offer
 * @param {import("./words.js").Place} [place] where it keeps whether the table is open
 */
export function createSection(title, numbers, place) {
  const id = `exp-section-${++made}`;
  const sentence = make("p", { class: "exp-sentence muted" });
  const body = make("div", { class: "exp-section-body" });
  const data = make("div", { class: "exp-scroll exp-numbers", tabindex: "0", role: "region", "aria-label": `Numbers: ${title}`, hidden: "" });
  const tools = make("div", { class: "exp-tools" });
  const write = () => {
    if (data.hidden || !numbers) return;
    const { columns, rows, caption } = numbers();
    const right = (/** @type {number} */ i) => (typeof columns[i] !== "string" || typeof rows[0]?.[i] === "number" ? "number" : "");
    const cell = (/** @type {string | number | null | Node} */ value, /** @type {number} */ i) => {
      const column = columns[i];
      if (typeof column !== "string" && !(value instanceof Node) && typeof value !== "string") return told(value, column.metric, 2);
      return typeof value === "number" ? value.toLocaleString("en") : (value ?? "–");
    };
    data.replaceChildren(make("table", {}, make("caption", { class: "small muted" }, caption),
      make("thead", {}, make("tr", {}, ...columns.map((column, i) => make("th", { scope: "col", class: right(i) }, titleOf(column))))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((value, i) => make("td", { class: right(i) }, cell(value, i))))))));
  };
  const carry = () => {
    if (!numbers) return;
    const { columns, rows } = numbers();
    const plain = rows.map((row) => row.map((value) => (value instanceof Node ? (value.textContent ?? "").trim() : value)));
    download(`${document.title} ${title}.csv`, csvOf({ columns: columns.map(titleOf), rows: plain }));
  };
  const show = (/** @type {boolean} */ open) => {
    if (open === !data.hidden) return;
    data.hidden = !open;
    toggle.setAttribute("aria-pressed", String(open));
    write();
  };
  const toggle = button("Table", () => {
    show(Boolean(data.hidden));
    place?.setOption("table", data.hidden ? null : "1");
  }, { class: "button quiet", "aria-pressed": "false", "aria-label": `Table: ${title}`, title: "The numbers behind this picture" });
  const file = button("CSV", carry, { class: "button quiet", "aria-label": `CSV: ${title}`, title: "The numbers as a file, with all digits" });
  const element = make("section", { class: "exp-section", "aria-labelledby": id },
    make("div", { class: "exp-section-head" }, make("h2", { id }, title), tools, ...(numbers ? [toggle, file] : [])), sentence, body, data);
  return {
    element, body, tools,
    /** @param {string} text "" for none */
    say(text) {
      sentence.hidden = text === "";
      setText(sentence, text);
    },
    /** Writes the numbers anew where they are open. Focus inside them would be lost, so not while it is there. */
    refresh() {
      if (place) show(place.option("table") === "1");
      if (!data.contains(document.activeElement) || data === document.activeElement) write();
    },
  };
}

const MOST_LETTERS = 72; // that fit beside each other

/**
 * A choice of one of a few: buttons beside each other, or a list where there is no room for them.
 * @template {string | number} T
 * @param {string} label @param {{ value: T, text: string }[]} options @param {(value: T) => void} onChoose
 */
export function segments(label, options, onChoose) {
  if (options.reduce((sum, { text }) => sum + text.length + 2, 0) > MOST_LETTERS) {
    const list = make("select", { class: "exp-choice", "aria-label": label }, ...options.map(({ text }) => make("option", {}, text)));
    list.addEventListener("change", () => onChoose(options[list.selectedIndex].value));
    return { element: list, mark: (/** @type {T} */ value) => void (list.selectedIndex = options.findIndex((one) => one.value === value)) };
  }
  const buttons = options.map(({ value, text }) => button(text, () => onChoose(value), { class: "button quiet" }));
  return {
    element: make("div", { class: "segments exp-segments", role: "group", "aria-label": label }, ...buttons),
    /** @param {T} value the one that is chosen */
    mark: (value) => buttons.forEach((one, i) => one.setAttribute("aria-pressed", String(options[i].value === value))),
  };
}
