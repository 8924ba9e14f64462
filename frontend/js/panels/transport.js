/**
 * The bar at the bottom: play, step, speed, and the timeline with its marks. Used by the lab and the compare page.
 * @typedef {import("../types").PlayerState} PlayerState
 * @typedef {import("./transport-marks.js").Steps} Steps
 * @typedef {import("../types").Milestone} Milestone
 * @typedef {object} TransportActions
 * @property {() => void} onToggle
 * @property {(frames: number) => void} onMove
 * @property {(index: number) => void} onSeek
 * @property {(speed: number) => void} onSpeed
 * @property {(loop: boolean) => void} onLoop
 * @property {() => void} onFollow
 * @property {() => void} [onFork] from the step that is shown; not where several films play
 */

import { button, count, icon, make, setText } from "../ui/dom.js";
import { forkButton, labelFork } from "./fork-button.js";
import { timelineMarks } from "./transport-marks.js";
import { nearestIndex, stepScale } from "../marks/step-scale.js";

const SPEEDS = [0.25, 0.5, 1, 2, 3, 4, 5, 6, 7, 8];

/** @param {HTMLElement} element @param {TransportActions} actions */
export function createTransport(element, actions) {
  const play = button("", actions.onToggle, { class: "button transport-play" });
  const back = button("", () => actions.onMove(-1), { class: "button quiet transport-step", "aria-label": "One frame back", title: "One frame back (←)" });
  const forth = button("", () => actions.onMove(1), { class: "button quiet transport-step", "aria-label": "One frame forward", title: "One frame forward (→)" });
  back.append(icon("M11 3v10L4 8z"));
  forth.append(icon("M5 3v10l7-5z"));
  const speed = make("select", { class: "transport-speed", "aria-label": "Speed", title: "Speed (1 to 8)" });
  for (const value of SPEEDS) speed.append(make("option", { value: String(value) }, `${value}×`));
  speed.addEventListener("change", () => actions.onSpeed(Number(speed.value)));
  const step = make("span", { class: "transport-now" });
  const note = make("span", { class: "transport-note" });
  const loop = button("Loop", () => actions.onLoop(loop.getAttribute("aria-pressed") !== "true"), { class: "button quiet transport-loop" });
  const follow = button("", actions.onFollow, { class: "button transport-follow", title: "Go to the newest frame (End)" });
  const followWide = make("span", { class: "only-wide" });
  const followNarrow = make("span", { class: "only-narrow" });
  follow.append(followWide, followNarrow);

  const fork = actions.onFork ? forkButton(actions.onFork, "button quiet only-wide") : null;

  const slider = make("div", {
    class: "timeline", role: "slider", tabindex: "0", "aria-label": "Step", "aria-valuemin": "0", "aria-valuenow": "0",
  });
  const loaded = make("div", { class: "timeline-loaded" });
  const passed = make("div", { class: "timeline-passed" });
  const thumb = make("div", { class: "timeline-thumb" });
  const ticks = make("div", { class: "timeline-ticks", "aria-hidden": "true" });
  slider.append(make("div", { class: "timeline-rail" }, loaded, passed), ticks, thumb);
  const marks = timelineMarks((index) => actions.onSeek(index));
  element.append(
    make("div", { class: "transport-buttons" }, back, play, forth, speed),
    make("div", { class: "transport-label" }, step, note),
    make("div", { class: "transport-track" }, marks.element, slider),
    make("div", { class: "transport-end" }, ...(fork ? [fork] : []), loop, follow),
  );

  /** @type {Steps | null} */
  let timeline = null;
  let scale = stepScale("linear", 1);
  let scaleKey = "";
  /** @type {"linear" | "geometric"} */
  let spaced = "linear";

  /** @param {PointerEvent} event */
  function scrub(event) {
    if (!timeline?.entries.length) return;
    const box = slider.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    actions.onSeek(nearestIndex(timeline.entries.map((entry) => entry.step), scale.from(share)));
  }
  slider.addEventListener("pointerdown", (event) => {
    slider.setPointerCapture(event.pointerId);
    scrub(event);
  });
  slider.addEventListener("pointermove", (event) => {
    if (slider.hasPointerCapture(event.pointerId)) scrub(event);
  });

  /** @param {Steps} view @param {"linear" | "geometric"} spacing */
  function updateScale(view, spacing) {
    const key = `${spacing} ${view.totalSteps}`;
    if (key === scaleKey) return;
    scaleKey = key;
    scale = stepScale(spacing, view.totalSteps);
    ticks.replaceChildren(
      ...scale.ticks.map((tick) => {
        const label = make("span", {}, count(tick));
        label.style.left = `${scale.to(tick) * 100}%`;
        return label;
      }),
    );
  }

  return {
    /** @param {PlayerState} state @param {Steps} view @param {{live: boolean, spacing: "linear" | "geometric", forks?: boolean}} facts */
    update(state, view, { live, spacing, forks = true }) {
      timeline = view;
      spaced = spacing;
      updateScale(view, spacing);
      const moving = state.playing || state.following;
      const label = moving ? "Pause" : "Play";
      if (play.getAttribute("aria-label") !== label) {
        play.setAttribute("aria-label", label);
        play.title = `${label} (Space)`;
        play.replaceChildren(icon(moving ? "M4 3h3v10H4zM9 3h3v10H9z" : "M4 2.5v11l9-5.5z"));
      }
      const entry = view.entries[state.index];
      const now = entry?.step ?? 0;
      const last = view.entries.at(-1)?.step ?? 0;
      setText(step, entry ? `step ${count(now)}` : "no frames yet");
      setText(note, noteOf(state, view, live));
      loaded.style.width = `${scale.to(last) * 100}%`;
      passed.style.width = thumb.style.left = `${scale.to(now) * 100}%`;
      slider.setAttribute("aria-valuemax", String(view.totalSteps));
      slider.setAttribute("aria-valuenow", String(now));
      slider.setAttribute("aria-valuetext", `step ${now} of ${view.totalSteps}`);
      if (speed.value !== String(state.speed)) speed.value = String(state.speed);
      loop.setAttribute("aria-pressed", String(state.loop));
      setText(followWide, live ? "Follow live" : "To the end");
      setText(followNarrow, live ? "Live" : "End");
      follow.setAttribute("aria-pressed", String(state.following));
      if (fork) labelFork(fork, forks && entry ? entry.step : null, view.totalSteps);
      for (const control of [play, back, forth]) control.disabled = view.entries.length === 0;
    },
    /** @param {Milestone[]} events, which may be known before the first frame @param {Steps} view */
    mark(events, view) {
      updateScale(view, spaced);
      marks.update(events, view, scale);
    },
  };
}

/** @param {PlayerState} state @param {Steps} view @param {boolean} live @returns {string} */
function noteOf(state, view, live) {
  if (state.waiting) return "loading…";
  if (state.following) return "following live";
  if (state.playing && state.stride > 1) return `every ${state.stride === 2 ? "2nd" : `${state.stride}th`} frame`;
  const behind = view.entries.length - 1 - state.index;
  if (live && behind > 0) return `${count(behind)} ${behind === 1 ? "frame" : "frames"} behind`;
  return view.entries.length ? `frame ${count(state.index + 1)} of ${count(view.entries.length)}` : "";
}
