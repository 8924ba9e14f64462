/**
 * Events as marks above the timeline: a button for each step at which something happened, and labels where there is room, for
 * what matters most first. Used by transport.js only.
 * @typedef {import("../types").Milestone} Milestone
 * @typedef {{entries: readonly {step: number}[], totalSteps: number}} Steps of a timeline, or of several as one
 * @typedef {import("../types-marks").StepScale} StepScale
 */

import { count, make } from "../ui/dom.js";
import { nearestIndex } from "../marks/step-scale.js";

const GAP_PIXELS = 10;
const RANKS = ["emergence", "major", "minor", "note"]; // worth a label in this order
const rank = (/** @type {Milestone} */ mark) => RANKS.indexOf(mark.rank);

/** @param {(index: number) => void} onSeek */
export function timelineMarks(onSeek) {
  const element = make("div", { class: "timeline-marks" });
  let key = "";
  /** @type {HTMLElement[]} what matters most first */
  let shown = [];

  /** A label stands right of its mark, or else left of it; where both sides are taken, it is left to the tooltip. */
  function fit() {
    const width = element.clientWidth;
    const labels = shown.map((mark) => /** @type {HTMLElement} */ (mark.lastElementChild));
    for (const label of labels) label.hidden = false;
    const places = shown.map((mark, i) => ({ left: mark.offsetLeft, size: labels[i].offsetWidth }));
    /** @type {number[][]} */
    const taken = [];
    places.forEach(({ left, size }, i) => {
      const side = [[left, left + size], [left - size, left]].findIndex(([from, to]) =>
        from >= 0 && to <= width && taken.every(([start, end]) => to + GAP_PIXELS <= start || from >= end + GAP_PIXELS));
      labels[i].hidden = side < 0;
      shown[i].classList.toggle("turned", side === 1);
      if (side >= 0) taken.push(side === 0 ? [left, left + size] : [left - size, left]);
    });
  }
  new ResizeObserver(fit).observe(element);

  /** @param {Milestone[]} together at one step, what matters most first @param {StepScale} scale @param {number[]} steps of frames */
  function makeMark(together, scale, steps) {
    const [{ step, short, rank: worth }] = together;
    const texts = together.map((event) => event.text);
    const mark = make("button", {
      type: "button", class: `timeline-mark is-${worth}`, title: [`Step ${count(step)}`, ...texts].join("\n"),
      "aria-label": `${short}, step ${step}: ${texts.join("; ")}`,
    }, make("span", {}, short));
    mark.style.left = `${scale.to(step) * 100}%`;
    mark.addEventListener("click", () => onSeek(nearestIndex(steps, step)));
    return mark;
  }

  return {
    element,
    /** @param {Milestone[]} events in order of step @param {Steps} timeline @param {StepScale} scale */
    update(events, timeline, scale) {
      const next = JSON.stringify([events, scale.last, scale.to(1)]);
      if (next === key) return;
      key = next;
      const steps = timeline.entries.map((entry) => entry.step);
      const groups = [...new Set(events.map(({ step }) => step))].map((step) =>
        events.filter((event) => event.step === step).sort((a, b) => rank(a) - rank(b)));
      const marks = groups.map((together) => makeMark(together, scale, steps));
      shown = marks.map((_, i) => i).sort((a, b) => rank(groups[a][0]) - rank(groups[b][0])).map((i) => marks[i]);
      element.replaceChildren(...marks);
      fit();
    },
  };
}
