/**
 * What happened, in words: events of the run as a list that is read out as it grows; each line seeks to its step.
 * Used by the lab.
 * @typedef {import("../types").RunEvent} RunEvent
 */

import { button, count, make } from "../dom.js";

/** @param {HTMLElement} element @param {(step: number) => void} onSeek */
export function createNarration(element, onSeek) {
  const list = make("ol", { class: "narration", "aria-live": "polite", "aria-relevant": "additions" });
  const empty = make("p", { class: "muted small" }, "Nothing yet: first come the events that tell when a feature appears.");
  element.append(list, empty);
  let key = "";
  /** @type {{item: HTMLElement, step: number}[]} */
  let lines = [];

  return {
    /** @param {RunEvent[]} events in order of step @param {number} step of the moment that is shown */
    update(events, step) {
      const next = JSON.stringify(events);
      if (next !== key) {
        key = next;
        lines = events.map((event) => {
          const press = button("", () => onSeek(event.step), { class: "narration-line" });
          press.append(make("span", { class: "number muted" }, count(event.step)), make("span", {}, event.text));
          return { item: make("li", { class: event.kind }, press), step: event.step };
        });
        list.replaceChildren(...lines.map((line) => line.item));
        empty.hidden = lines.length > 0;
      }
      for (const line of lines) line.item.classList.toggle("ahead", line.step > step);
    },
  };
}
