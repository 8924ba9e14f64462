/**
 * The line under a map of points: which colour means what, how many are where (each group a button that selects it), how many
 * are selected, and what the size of a dot stands for.
 * @typedef {import("../types").Theme} Theme
 * @typedef {{name: string, colour: string, members: number[]}} LegendGroup
 * @typedef {object} LegendState
 * @property {LegendGroup[]} groups
 * @property {{title: string, low: string, high: string} | null} bar the scale of colours, where there are no groups
 * @property {string} part how many of all are shown; "" where all are
 * @property {number} selected
 * @property {string} size what areas stand for; "" where all dots are alike
 * @property {number} radius of a full dot
 */

import { button, count, make, setText } from "../ui/dom.js";

/** @param {HTMLElement} element @param {Theme} theme @param {(members: Set<number>) => void} onSelect */
export function pointsLegend(element, theme, onSelect) {
  /** @type {{press: HTMLButtonElement, dot: HTMLElement, name: HTMLElement, number: HTMLElement, members: number[]}[]} */
  let entries = [];
  const list = make("span", { class: "map-groups" });
  const clear = button("", () => onSelect(new Set()), { class: "map-group map-clear", title: "Clear the selection (Esc)" });
  const sizeDot = make("span", { class: "map-size", "aria-hidden": "true" });
  const size = make("span", { class: "map-size-text" });
  const part = make("span", { class: "map-part" });
  const ramp = make("span", { class: "map-ramp", "aria-hidden": "true" });
  ramp.style.background = `linear-gradient(to right, ${[0, 64, 128, 192, 255].map((i) => theme.markScale[i]).join(", ")})`;
  const ends = [make("span", {}), make("span", {})];
  const barTitle = make("span", {});
  const bar = make("span", { class: "map-bar" }, barTitle, ends[0], ramp, ends[1]);
  const sizes = make("span", { class: "map-sizes" }, sizeDot, size);
  const line = make("div", { class: "map-legend" }, list, bar, part, clear, sizes);
  line.style.visibility = "hidden"; // until there is a frame to speak of; its place is kept
  element.append(line);

  /** @param {LegendGroup} group */
  const entryOf = ({ members }) => {
    const [dot, name, number] = [make("span", { class: "map-dot", "aria-hidden": "true" }), make("span", {}), make("span", { class: "map-count" })];
    const press = button("", () => onSelect(new Set(entry.members)), { class: "map-group" });
    press.append(dot, name, " ", number);
    const entry = { press, dot, name, number, members };
    return entry;
  };

  return {
    height: () => line.offsetHeight,
    /** @param {LegendState} state */
    update(state) {
      line.style.visibility = "";
      if (entries.length !== state.groups.length) {
        entries = state.groups.map(entryOf);
        list.replaceChildren(...entries.map(({ press }) => press));
      }
      state.groups.forEach(({ name, colour, members }, i) => {
        const entry = entries[i];
        entry.members = members;
        entry.dot.style.background = colour;
        setText(entry.name, name);
        setText(entry.number, count(members.length));
        entry.press.title = `Select these (${name})`;
        entry.press.disabled = members.length === 0;
      });
      bar.hidden = state.bar === null;
      if (state.bar) [[barTitle, state.bar.title], [ends[0], state.bar.low], [ends[1], state.bar.high]].forEach(([span, text]) => setText(/** @type {HTMLElement} */ (span), /** @type {string} */ (text)));
      setText(part, state.part);
      // Its place is kept: a legend that grows a line would shrink the map.
      clear.style.visibility = state.selected === 0 ? "hidden" : "";
      setText(clear, `${count(state.selected)} selected ×`);
      sizes.hidden = state.size === "";
      sizeDot.style.width = sizeDot.style.height = `${2 * state.radius}px`;
      setText(size, state.size);
    },
  };
}
