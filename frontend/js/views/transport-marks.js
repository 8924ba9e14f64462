/**
 * Events as marks above the timeline, each a button; labels where there is room for them. Used by views/transport.js only.
 * @typedef {import("../types").RunEvent} RunEvent
 * @typedef {import("../types").TimelineView} TimelineView
 * @typedef {import("./steps.js").StepScale} StepScale
 */

import { count, make } from "../dom.js";
import { nearestIndex } from "./steps.js";

const GAP_PIXELS = 10;

/** @param {(index: number) => void} onSeek */
export function timelineMarks(onSeek) {
  const element = make("div", { class: "timeline-marks" });
  let key = "";
  /** @type {HTMLElement[]} */
  let shown = [];

  /** Labels that would run into the one before them, or out of the bar, are left to the tooltip. */
  function fit() {
    const width = element.clientWidth;
    let free = -Infinity;
    for (const mark of shown) {
      const label = /** @type {HTMLElement} */ (mark.lastElementChild);
      label.hidden = false;
      const left = mark.offsetLeft;
      const size = label.offsetWidth;
      const turned = left + size > width;
      mark.classList.toggle("turned", turned);
      const from = turned ? left - size : left;
      label.hidden = from < free || from < 0;
      if (!label.hidden) free = from + size + GAP_PIXELS;
      else free = Math.max(free, left + GAP_PIXELS);
    }
  }
  new ResizeObserver(fit).observe(element);

  return {
    element,
    /** @param {RunEvent[]} events in order of step @param {TimelineView} timeline @param {StepScale} scale */
    update(events, timeline, scale) {
      const next = JSON.stringify([events, scale.last]);
      if (next === key) return;
      key = next;
      const steps = timeline.entries.map((entry) => entry.step);
      shown = events.map((event) => {
        const mark = make("button", {
          type: "button", class: `timeline-mark ${event.kind}`, title: `${event.text}: step ${count(event.step)}`,
          "aria-label": `Step ${event.step}: ${event.text}`,
        }, make("span", {}, event.text.split(":")[0]));
        mark.style.left = `${scale.to(event.step) * 100}%`;
        mark.addEventListener("click", () => onSeek(nearestIndex(steps, event.step)));
        return mark;
      });
      element.replaceChildren(...shown);
      fit();
    },
  };
}
