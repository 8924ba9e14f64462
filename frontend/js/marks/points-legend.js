/** The line under a map of points: which colour means what, how many are where (a group is a button that selects it) and selected, and what sizes stand for. */

import { button, count, make, setText } from "../ui/dom.js";

/**
 * @param {HTMLElement} element @param {import("../types").Theme} theme @param {(members: Set<number>) => void} onSelect
 * @param {() => void} onSize its line broke in two, or is one again: told rather than asked with every frame, for to ask is to lay out the page
 */
export function pointsLegend(element, theme, onSelect, onSize) {
  let entries = /** @type {{press: HTMLButtonElement, dot: HTMLElement, number: HTMLElement, members: number[]}[]} */ ([]);
  const sign = (/** @type {string} */ name) => make("span", { class: name, "aria-hidden": "true" });
  const [list, part, size, title, low, high] = ["map-groups", "map-part", "map-size-text", "", "", ""].map((name) => make("span", { class: name }));
  const [dot, ramp] = [sign("map-size"), sign("map-ramp")];
  const clear = button("", () => onSelect(new Set()), { class: "map-group map-clear", title: "Clear the selection (Esc)" });
  ramp.style.background = `linear-gradient(to right, ${[0, 64, 128, 192, 255].map((i) => theme.markScale[i]).join(", ")})`;
  const bar = make("span", { class: "map-bar" }, title, low, ramp, high);
  const sizes = make("span", { class: "map-sizes" }, dot, size);
  const line = make("div", { class: "map-legend" }, list, bar, part, clear, sizes);
  line.style.visibility = "hidden"; // until there is a frame to speak of; its place is kept
  element.append(line);
  new ResizeObserver(() => line.isConnected && onSize()).observe(line);

  return {
    height: () => line.offsetHeight,
    /** @param {import("../types-marks").MapLegend} now */
    update(now) {
      line.style.visibility = "";
      if (entries.length !== now.groups.length) {
        entries = now.groups.map(({ name, members }) => {
          const press = button("", () => onSelect(new Set(entry.members)), { class: "map-group", title: `Select these (${name})` });
          const entry = { press, dot: sign("map-dot"), number: make("span", { class: "map-count" }), members };
          press.append(entry.dot, make("span", {}, name), " ", entry.number);
          return entry;
        });
        list.replaceChildren(...entries.map(({ press }) => press));
      }
      now.groups.forEach(({ colour, members }, i) => {
        const entry = entries[i];
        entry.members = members;
        entry.dot.style.background = colour;
        setText(entry.number, count(members.length));
        entry.press.disabled = members.length === 0;
      });
      bar.hidden = now.bar === null;
      const texts = [now.bar?.title, now.bar?.low, now.bar?.high, now.part, now.size];
      [title, low, high, part, size].forEach((span, i) => setText(span, texts[i] ?? ""));
      // Its place is kept: a legend that grows a line would shrink the map.
      clear.style.visibility = now.selected === 0 ? "hidden" : "";
      setText(clear, `${count(now.selected)} selected ×`);
      sizes.hidden = now.size === "";
      dot.style.width = dot.style.height = `${2 * now.radius}px`;
    },
  };
}
