/** The few words beside what is pointed at: above it or below, never on it, nor off the panel. */

import { make } from "../ui/dom.js";

const EDGE = 4;
const FINGER = 28; // pixels that a finger hides around the place that it touches

/** @param {HTMLElement} element that the tip stands in, and within which places are told */
export function createTip(element) {
  const tip = make("div", { class: "map-tip", role: "status", hidden: "" });
  element.append(tip);
  const fingers = matchMedia("(pointer: coarse)");
  return {
    hide: () => void (tip.hidden = true),
    /** @param {string[]} lines the first is a name @param {number} x centre of what is pointed at @param {number} y @param {number} gap to its edge */
    show([name, ...lines], x, y, gap) {
      tip.hidden = false;
      tip.replaceChildren(make("strong", {}, name), ...lines.map((line) => make("span", {}, line)));
      const { clientWidth: width, clientHeight: height } = element;
      const { left, top } = placeTip({ width, height }, { width: tip.offsetWidth, height: tip.offsetHeight }, x, y, fingers.matches ? Math.max(gap, FINGER) : gap);
      tip.style.left = `${left}px`;
      tip.style.top = `${top}px`;
    },
  };
}

/**
 * @param {{ width: number, height: number }} room @param {{ width: number, height: number }} tip @param {number} x @param {number} y @param {number} gap
 * @returns {{ left: number, top: number }} above, where there is room; else below; else beside, on the side that has more room
 */
export function placeTip(room, tip, x, y, gap) {
  const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.max(EDGE, Math.min(most - EDGE, value));
  const left = within(x - tip.width / 2, room.width - tip.width);
  if (y - gap - tip.height >= 0) return { left, top: y - gap - tip.height };
  if (y + gap + tip.height <= room.height) return { left, top: y + gap };
  return { left: within(x > room.width / 2 ? x - gap - tip.width : x + gap, room.width - tip.width), top: within(y - tip.height / 2, room.height - tip.height) };
}
