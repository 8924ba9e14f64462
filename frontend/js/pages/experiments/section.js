/**
 * A part of an experiment's page: title, sentence, picture, and the numbers behind it on demand, as a table and as a file.
 * @import { Experiment } from "../../types"
 * @typedef {{ element: HTMLElement, update?: (experiment: Experiment) => void, destroy?: () => void }} Part
 * @typedef {string | { title: string, metric: Pick<import("../../types").Metric, "unit"> }} Column metric: says the unit of its numbers, which are else written as they are
 * @import { Place } from "./words.js"
 * @typedef {{ columns: Column[], rows: (string | number | null | Node)[][], caption: string }} Numbers
 */

import { optionControls } from "../../panels/choices.js";
import { csvOf, download } from "../../ui/carry.js";
import { button, make, setText } from "../../ui/dom.js";
import { become } from "../shared/become.js";
import { told } from "./words.js";

/** @template P @typedef {(picture: P, first: Experiment, metrics: import("./metrics.js").RunMetrics, place: Place) => Part} PicturePart */

const MOST_LETTERS = 72; // of choices beside each other
let made = 0;
const titleOf = (/** @type {Column} */ column) => (typeof column === "string" ? column : column.title);

/**
 * @param {string} look class @param {string} caption for those who do not see what stands around it
 * @param {string[]} heads @param {HTMLElement[]} rows @param {(column: number) => boolean} [isNumber]
 */
export const tableOf = (look, caption, heads, rows, isNumber = () => false) =>
  make("table", { class: look }, make("caption", { class: "visually-hidden" }, caption),
    make("thead", {}, make("tr", {}, ...heads.map((head, i) => make("th", { scope: "col", class: isNumber(i) ? "number" : "" }, head)))),
    make("tbody", {}, ...rows));

/** @param {Numbers} numbers */
function numbersTable({ columns, rows, caption }) {
  const isNumber = (/** @type {number} */ i) => typeof columns[i] !== "string" || typeof rows[0]?.[i] === "number";
  const written = (/** @type {string | number | null | Node} */ value, /** @type {Column} */ column) => {
    if (typeof value === "string" || value instanceof Node) return value;
    return typeof column === "string" ? (value?.toLocaleString("en") ?? "–") : told(value, column.metric, 2);
  };
  const table = tableOf("", caption, columns.map(titleOf), rows.map((row) =>
    make("tr", {}, ...row.map((value, i) => make("td", { class: isNumber(i) ? "number" : "" }, written(value, columns[i]))))), isNumber);
  /** @type {HTMLElement} */ (table.caption).className = "small muted";
  return table;
}

/**
 * @param {string} title @param {(() => Numbers) | null} [numbers] null: there are none to offer
 * @param {Place} [place] where it keeps whether their table is open; without it they are a file only
 */
export function createSection(title, numbers = null, place) {
  const id = `exp-section-${++made}`;
  const sentence = make("p", { class: "exp-sentence muted" });
  const body = make("div", { class: "exp-section-body" });
  const table = make("table");
  const data = make("div", { class: "exp-scroll exp-numbers", tabindex: "0", role: "region", "aria-label": `Numbers: ${title}`, hidden: "" }, table);
  const tools = make("div", { class: "exp-tools" });
  /** @type {{ update(): void }[]} */
  const choices = [];
  const toggle = button("Table", () => place?.setOption("table", data.hidden ? "1" : null),
    { class: "button quiet", "aria-pressed": "false", "aria-label": `Table: ${title}`, title: "The numbers behind this picture" });
  const carry = () => {
    const { columns, rows } = numbers?.() ?? { columns: [], rows: [] };
    const plain = rows.map((row) => row.map((value) => (value instanceof Node ? (value.textContent ?? "").trim() : value)));
    download(`${document.title} ${title}.csv`, csvOf({ columns: columns.map(titleOf), rows: plain }));
  };
  const file = button("CSV", carry, { class: "button quiet", "aria-label": `CSV: ${title}`, title: "The numbers as a file, with all digits" });
  const element = make("section", { class: "exp-section", "aria-labelledby": id },
    make("div", { class: "exp-section-head" }, make("h2", { id }, title), tools, ...(place && numbers ? [toggle] : []), ...(numbers ? [file] : [])), sentence, body, data);
  return {
    element, body, tools,
    /**
     * Buttons beside each other, or a list where there is no room for them.
     * @param {import("../../panels/choices.js").PanelOption} option @param {Place} kept where it keeps what is chosen
     * @returns {() => string} the value that is
     */
    offer(option, kept) {
      const { key, label, choices: values } = option;
      const controls = tools.appendChild(make("div"));
      const list = make("select", { class: "exp-choice", "aria-label": label }, ...values.map(({ value, title: word }) => make("option", { value }, word)));
      list.addEventListener("change", () => kept.setOption(key, list.selectedIndex === 0 ? null : list.value));
      const long = values.reduce((sum, { title: word }) => sum + word.length + 2, 0) > MOST_LETTERS;
      const buttons = optionControls({ ...kept, controls, compact: long || values.length < 2 }, [option]);
      const now = () => buttons.now(key) || (values[0]?.value ?? "");
      if (long) controls.append(list);
      choices.push(long ? { update: () => void (list.value = now()) } : buttons);
      return now;
    },
    /** Writes it, and the numbers where their table is open. @param {string} text "" for none */
    say(text) {
      sentence.hidden = text === "";
      setText(sentence, text);
      choices.forEach((choice) => choice.update());
      data.hidden = place?.option("table") !== "1";
      toggle.setAttribute("aria-pressed", String(!data.hidden));
      if (numbers && !data.hidden) become(table, numbersTable(numbers()));
    },
  };
}
