/**
 * What happened, in words: events of the run as a list that is read out as it grows; each line seeks to its step.
 * Used by the lab.
 * @typedef {import("../../types").Milestone} Milestone
 */

import { button, count, make, setText } from "../../ui/dom.js";

const WAITING = "Nothing yet. What happens to the features will be told here.";

/** @param {HTMLElement} element @param {(step: number) => void} onSeek */
export function createNarration(element, onSeek) {
  const list = make("ol", { class: "narration", "aria-live": "polite", "aria-relevant": "additions" });
  const empty = make("p", { class: "muted small" }, WAITING);
  element.append(list, empty);
  /** @type {Map<string, {item: HTMLElement, step: number}>} lines that stay are not touched, so only new ones are read out */
  const lines = new Map();

  /** @param {Milestone} event */
  function makeLine(event) {
    const press = button("", () => onSeek(event.step), { class: "narration-line" });
    press.append(make("span", { class: "number muted" }, count(event.step)), make("span", {}, event.text));
    return { item: make("li", { class: `is-${event.rank}` }, press), step: event.step };
  }

  return {
    /** @param {Milestone[]} events in order of step @param {number} step of the moment that is shown @param {boolean} over no more will come */
    update(events, step, over) {
      events.forEach((event, i) => {
        const key = `${event.step} ${event.text}`;
        const line = lines.get(key) ?? makeLine(event);
        lines.set(key, line);
        if (list.children[i] !== line.item) list.insertBefore(line.item, list.children[i] ?? null);
      });
      empty.hidden = lines.size > 0;
      setText(empty, over ? "No event was recorded." : WAITING);
      for (const line of lines.values()) line.item.classList.toggle("ahead", line.step > step);
    },
  };
}
