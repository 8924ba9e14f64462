/**
 * The bar at the bottom: play, step, speed, and the timeline with its marks: a button for each step at which something happened, with a label where there
 * is room, for what matters most first.
 * @import { Milestone, PlayerState } from "../types"
 * @typedef {"linear" | "geometric"} Spacing
 * @typedef {{entries: readonly {step: number}[], totalSteps: number}} Steps of a timeline, or of several as one
 * @typedef {{onToggle(): void, onMove(frames: number): void, onSeek(index: number): void, onSpeed(speed: number): void, onLoop(loop: boolean): void,
 *   onFollow(): void, onFork?(): void}} TransportActions onFork: from the step that is shown; not where several films play
 */

import { button, count, icon, make, setText } from "../ui/dom.js";
import { nearestIndex, stepScale } from "../marks/step-scale.js";

const SPEEDS = [0.25, 0.5, 1, 2, 3, 4, 5, 6, 7, 8];
const GAP_PIXELS = 10; // between labels
const RANKS = ["emergence", "major", "minor", "note"]; // worth a label in this order
const byRank = (/** @type {Milestone} */ a, /** @type {Milestone} */ b) => RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank);

/** The button that forks a run from the step that is shown. @param {() => void} onFork @param {string} classes @returns {HTMLButtonElement} */
export const forkButton = (onFork, classes) => button("", onFork, { class: classes, title: "A new run that goes on from here with changes (F)" });

/** @param {HTMLButtonElement} element @param {number | null} step of the frame that is shown @param {number} last step of the run */
export function labelFork(element, step, last) {
  element.hidden = step === null;
  setText(element, `Fork from step ${count(step ?? 0)}`);
  element.style.minWidth = `calc(${14 + count(last).length}ch + 0.75rem)`; // as wide for the last step as for the first
}

/** @param {HTMLElement} element @param {TransportActions} actions */
export function createTransport(element, actions) {
  const play = button("", actions.onToggle, { class: "button transport-play" });
  const [back, forth] = [-1, 1].map((frames) => {
    const word = `One frame ${frames < 0 ? "back" : "forward"}`;
    const move = button("", () => actions.onMove(frames), { class: "button quiet transport-step", "aria-label": word, title: `${word} (${frames < 0 ? "←" : "→"})` });
    move.append(icon(frames < 0 ? "M11 3v10L4 8z" : "M5 3v10l7-5z"));
    return move;
  });
  const speeds = SPEEDS.map((value) => make("option", { value: String(value) }, `${value}×`));
  const speed = make("select", { class: "transport-speed", "aria-label": "Speed", title: "Speed (1 to 8)" }, ...speeds);
  speed.addEventListener("change", () => actions.onSpeed(Number(speed.value)));
  const step = make("span", { class: "transport-now" });
  const note = make("span", { class: "transport-note" });
  const loop = button("Loop", () => actions.onLoop(loop.ariaPressed !== "true"), { class: "button quiet transport-loop" });
  const [followWide, followNarrow] = ["only-wide", "only-narrow"].map((name) => make("span", { class: name }));
  const follow = button("", actions.onFollow, { class: "button transport-follow", title: "Go to the newest frame (End)" });
  follow.append(followWide, followNarrow);
  const fork = actions.onFork ? forkButton(actions.onFork, "button quiet only-wide") : null;
  const [loaded, passed, thumb, marks] = ["loaded", "passed", "thumb", "marks"].map((name) => make("div", { class: `timeline-${name}` }));
  const ticks = make("div", { class: "timeline-ticks", "aria-hidden": "true" });
  const slider = make("div", { class: "timeline", role: "slider", tabindex: "0", "aria-label": "Step", "aria-valuemin": "0", "aria-valuenow": "0" },
    make("div", { class: "timeline-rail" }, loaded, passed), ticks, thumb);
  element.append(
    make("div", { class: "transport-buttons" }, back, play, forth, speed),
    make("div", { class: "transport-label" }, step, note),
    make("div", { class: "transport-track" }, marks, slider),
    make("div", { class: "transport-end" }, ...(fork ? [fork] : []), loop, follow),
  );

  /** @type {Steps} */
  let timeline = { entries: [], totalSteps: 1 };
  let scale = stepScale("linear", 1);
  let [scaled, marked] = ["", ""];
  /** @type {Spacing} */
  let spaced = "linear";

  /** @param {number} to the frame that is nearest to this step */
  const seek = (to) => actions.onSeek(nearestIndex(timeline.entries.map((entry) => entry.step), to));

  for (const type of /** @type {const} */ (["pointerdown", "pointermove"])) {
    slider.addEventListener(type, (event) => {
      if (type === "pointerdown") slider.setPointerCapture(event.pointerId);
      if (timeline.entries.length === 0 || !slider.hasPointerCapture(event.pointerId)) return;
      const { left, width } = slider.getBoundingClientRect();
      seek(scale.from(Math.max(0, Math.min(1, (event.clientX - left) / width))));
    });
  }

  /** @param {Steps} view @param {Spacing} spacing */
  function updateScale(view, spacing) {
    timeline = view;
    spaced = spacing;
    const key = `${spacing} ${view.totalSteps}`;
    if (key === scaled) return;
    scaled = key;
    scale = stepScale(spacing, view.totalSteps);
    ticks.replaceChildren(...scale.ticks.map((tick) => placed(make("span", {}, count(tick)), tick)));
  }

  /** @template {HTMLElement} T @param {T} mark @param {number} at @returns {T} */
  function placed(mark, at) {
    mark.style.left = `${scale.to(at) * 100}%`;
    return mark;
  }

  /** A label stands right of its mark, or else left of it; where both sides are taken, it is left to the tooltip. */
  function fit() {
    const width = marks.clientWidth;
    const labels = /** @type {HTMLElement[]} */ ([...marks.querySelectorAll("span")]).sort((a, b) => Number(a.dataset.rank) - Number(b.dataset.rank));
    for (const label of labels) label.hidden = false;
    const places = labels.map((label) => ({ left: /** @type {HTMLElement} */ (label.parentElement).offsetLeft, size: label.offsetWidth }));
    /** @type {number[][]} */
    const taken = [];
    places.forEach(({ left, size }, i) => {
      const sides = [[left, left + size], [left - size, left]];
      const side = sides.findIndex(([from, to]) => from >= 0 && to <= width && taken.every(([start, end]) => to + GAP_PIXELS <= start || from >= end + GAP_PIXELS));
      labels[i].hidden = side < 0;
      labels[i].parentElement?.classList.toggle("turned", side === 1);
      if (side >= 0) taken.push(sides[side]);
    });
  }
  new ResizeObserver(fit).observe(marks);

  return {
    /** @param {PlayerState} state @param {Steps} view @param {{live: boolean, spacing: Spacing, forks?: boolean}} facts */
    update(state, view, { live, spacing, forks = true }) {
      updateScale(view, spacing);
      const moving = state.playing || state.following;
      const label = moving ? "Pause" : "Play";
      if (play.ariaLabel !== label) {
        [play.ariaLabel, play.title] = [label, `${label} (Space)`];
        play.replaceChildren(icon(moving ? "M4 3h3v10H4zM9 3h3v10H9z" : "M4 2.5v11l9-5.5z"));
      }
      const entry = view.entries[state.index];
      const now = entry?.step ?? 0;
      setText(step, entry ? `step ${count(now)}` : "no frames yet");
      setText(note, noteOf(state, view, live));
      loaded.style.width = `${scale.to(view.entries.at(-1)?.step ?? 0) * 100}%`;
      passed.style.width = thumb.style.left = `${scale.to(now) * 100}%`;
      [slider.ariaValueMax, slider.ariaValueNow, slider.ariaValueText] = [String(view.totalSteps), String(now), `step ${now} of ${view.totalSteps}`];
      if (speed.value !== String(state.speed)) speed.value = String(state.speed);
      setText(followWide, live ? "Follow live" : "To the end");
      setText(followNarrow, live ? "Live" : "End");
      [loop.ariaPressed, follow.ariaPressed] = [String(state.loop), String(state.following)];
      if (fork) labelFork(fork, forks && entry ? entry.step : null, view.totalSteps);
      for (const control of [play, back, forth]) control.disabled = view.entries.length === 0;
    },
    /** @param {Milestone[]} events in order of step, which may be known before the first frame @param {Steps} view */
    mark(events, view) {
      updateScale(view, spaced);
      const key = JSON.stringify([events, scaled]);
      if (key === marked) return;
      marked = key;
      marks.replaceChildren(...[...Map.groupBy(events, ({ step: at }) => at)].map(([at, all]) => {
        const [first, ...rest] = all.sort(byRank);
        const texts = [first, ...rest].map(({ text }) => text);
        const named = { title: [`Step ${count(at)}`, ...texts].join("\n"), "aria-label": `${first.short}, step ${at}: ${texts.join("; ")}` };
        const mark = button("", () => seek(at), { class: `timeline-mark is-${first.rank}`, ...named });
        mark.append(make("span", { "data-rank": String(RANKS.indexOf(first.rank)) }, first.short));
        return placed(mark, at);
      }));
      fit();
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
