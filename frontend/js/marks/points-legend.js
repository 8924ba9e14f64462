/**
 * The line under the neuron map: which colour means what, how many neurons are where (each a button that selects them),
 * and what the size of a dot stands for. Used by views/map.js only.
 * @typedef {import("../types").Moment} Moment
 * @typedef {import("../types").Theme} Theme
 * @typedef {import("./points-scene.js").Scene} Scene
 */

import { button, count, make, setText } from "../ui/dom.js";
import { signalWords } from "../problems.js";
import { groups } from "./points-scene.js";

/**
 * @param {HTMLElement} element @param {Theme} theme @param {(neurons: Set<number>) => void} onSelect
 */
export function mapLegend(element, theme, onSelect) {
  /** @type {ReturnType<typeof groups>} */
  let rows = { positive: [], negative: [], other: [] };
  const entry = (/** @type {keyof typeof rows} */ key, /** @type {string} */ colour) => {
    const dot = make("span", { class: "map-dot", "aria-hidden": "true" });
    dot.style.background = colour;
    const number = make("span", { class: "map-count" });
    const name = make("span", {});
    const press = button("", () => onSelect(new Set(rows[key])), { class: "map-group" });
    press.append(dot, name, " ", number);
    const label = (/** @type {string} */ text) => {
      setText(name, text);
      press.title = `Select these neurons (${text})`;
    };
    return { press, number, label };
  };
  const negative = entry("negative", theme.colours.negative);
  const other = entry("other", theme.markScale[128]);
  const positive = entry("positive", theme.colours.positive);
  other.label("between");
  const clear = button("", () => onSelect(new Set()), { class: "map-group map-clear", title: "Clear the selection (Esc)" });
  const sizeDot = make("span", { class: "map-size", "aria-hidden": "true" });
  const size = make("span", { class: "map-size-text" });
  const part = make("span", { class: "map-part" });
  const bar = make("div", { class: "map-legend" }, negative.press, other.press, positive.press, part, clear, make("span", { class: "map-sizes" }, sizeDot, size));
  bar.style.visibility = "hidden"; // until there is a frame to speak of; its place is kept
  element.append(bar);

  return {
    height: () => bar.offsetHeight,
    /** @param {Scene} scene @param {number} outputScale @param {number} radius @param {Moment} moment */
    update(scene, outputScale, radius, moment) {
      rows = groups(scene.cosine);
      bar.style.visibility = "";
      const { plus, minus } = signalWords(moment.run);
      negative.label(`at ${minus}`);
      positive.label(`at ${plus}`);
      for (const [{ press, number }, found] of /** @type {[typeof negative, number[]][]} */ ([
        [negative, rows.negative], [other, rows.other], [positive, rows.positive],
      ])) {
        setText(number, count(found.length));
        press.disabled = found.length === 0;
      }
      const { neurons } = moment.run;
      const all = !neurons || neurons.shown === neurons.total;
      setText(part, all ? "" : `${count(neurons.shown)} of ${count(neurons.total)} shown`);
      // Its place is kept: a legend that grows a line would shrink the map.
      clear.style.visibility = moment.selection.size === 0 ? "hidden" : "";
      setText(clear, `${count(moment.selection.size)} selected ×`);
      sizeDot.style.width = sizeDot.style.height = `${2 * radius}px`;
      setText(size, `area ∝ |a|, full at ${outputScale.toPrecision(2).replace("e+", "e")}`);
    },
  };
}
