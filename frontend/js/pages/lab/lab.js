/**
 * The lab: one run, its linked views, one step for all of them. Wires source, player, panels, transport and address together.
 * @typedef {import("../../types").Moment} Moment
 * @typedef {import("../../types").Page} Page
 * @typedef {import("../../types").ViewModule} ViewModule
 */

import { getCatalog } from "../../net/api.js";
import { button, make, visible } from "../../ui/dom.js";
import { milestones } from "../../film/milestones.js";
import { Player } from "../../film/player.js";
import { canShow, problemOf } from "../../problems.js";
import { UrlState } from "../../ui/state.js";
import { onThemeChange, theme } from "../../ui/theme.js";
import * as curves from "../../panels/curves.js";
import * as density from "../../panels/density.js";
import * as heatmap from "../../panels/matrix.js";
import * as map from "../../panels/points.js";
import * as pictures from "../../panels/images.js";
import * as spectrum from "../../panels/bars.js";
import * as theoryView from "../../panels/comparison.js";
import { createTransport } from "../../panels/transport.js";
import { connectionBanner, frameTrouble } from "../../panels/banner.js";
import { forkDialog } from "./fork.js";
import { inNumbers } from "./numbers.js";
import { labKeys } from "../../panels/keys.js";
import { Panel } from "../../panels/panel.js";
import { labSide } from "./side.js";
import { RunSource } from "../../film/source.js";
import { labStatus } from "./status.js";

const SLOW_EVERY_MS = 250; // what changes with new frames rather than with the shown step
const SIDE_VIEWS = /** @type {[string, ViewModule][]} */ ([
  ["pictures", /** @type {ViewModule} */ (/** @type {unknown} */ (pictures))], // only where there are any
  ["heatmap", heatmap], ["curves", curves], ["density", density], ["theory", theoryView], ["spectrum", spectrum],
]);

/** @type {Page} */
export function labPage(element, { navigate, status: statusSlot }, { id }) {
  const source = new RunSource(id);
  const { timeline } = source;
  const player = new Player(timeline);
  const url = new UrlState();
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** @type {ReadonlySet<number>} */
  let selection = new Set(url.value.selection);
  /** @type {number | null} */
  let hover = null;
  /** @type {number | null} a step that the address asks for and that has not come yet */
  let wanted = url.value.step;
  /** @type {number | null} index of a frame that is looked at in passing, while a chart is hovered */
  let peeked = null;
  let request = 0;
  let slowTimer = 0;

  const mapOptions = { mode: url.value.map, trails: url.value.trails };
  const pictureOptions = { order: url.value.order, scale: url.value.scale };
  const makeContext = (/** @type {HTMLElement} */ controls) => ({
    theme: theme(), reducedMotion, controls,
    onSeek: (/** @type {number} */ step) => seek(step),
    onSelect: select,
    onPeek(/** @type {number | null} */ step) {
      peeked = step === null ? null : timeline.indexOfStep(step);
      schedule();
    },
    onHover(/** @type {number | null} */ neuron) {
      hover = neuron;
      schedule();
    },
    options: mapOptions,
    onOptions: setMap,
    pictures: pictureOptions,
    onPictures: setPictures,
  });
  const hero = new Panel("map", /** @type {ViewModule} */ (/** @type {unknown} */ (map)), makeContext);
  const panels = [hero, ...SIDE_VIEWS.map(([name, module]) => new Panel(name, module, makeContext))];

  const views = make("div", { class: "lab-views" }, ...panels.slice(1).map((panel) => panel.element));
  const side = make("aside", { class: "lab-side", "aria-label": "The run" });
  const empty = make("div", { class: "lab-empty", role: "status" });
  const bar = make("div", { class: "transport", role: "group", "aria-label": "Player" });
  const banner = connectionBanner(() => source.stream.retryNow());
  const keys = labKeys({
    toggle: () => player.toggle(), move: (frames) => player.move(frames), start: () => player.seekIndex(0), end: () => player.follow(),
    speed: (value) => setSpeed(value), clear: () => select(new Set()),
    mode: () => setMap({ mode: mapOptions.mode === "mds" ? "plane" : "mds" }), trails: () => setMap({ trails: !mapOptions.trails }), fork,
  });
  hero.element.append(empty);
  element.append(make("div", { class: "lab" }, banner.element, side, make("div", { class: "lab-map" }, hero.element), views, bar));
  for (const panel of panels) panel.build();

  const catalog = getCatalog();
  const sidePanel = labSide(side, { catalog, onSeek: seek, navigate });
  const forking = forkDialog({ catalog, navigate });
  const transport = createTransport(bar, {
    onToggle: () => player.toggle(), onMove: (frames) => player.move(frames), onSeek: (index) => player.seekIndex(index),
    onSpeed: setSpeed, onLoop: setLoop, onFollow: () => player.follow(), onFork: fork,
  });
  const header = labStatus(statusSlot, {
    link() {
      url.set({ step: timeline.entries[player.state.index]?.step ?? null });
      url.flush();
      return location.href;
    },
    async perform(request) {
      const over = source.ended;
      await source.perform(request);
      if (over && !source.ended) player.follow(); // it goes on, which is what the reader asked to see
    },
    onFork: fork,
  });
  statusSlot.append(button("?", keys.help, { class: "button keys-button", "aria-label": "Keys", title: "Keys (?)" }));

  /** The run is there, or was over and goes on: who is at its end sees what comes. */
  function goOn() {
    player.setLive(true);
    if (wanted === null && player.state.index === player.last && !player.state.playing) player.follow();
  }

  function fork() {
    const entry = timeline.entries[player.state.index];
    if (!source.run || !entry) return;
    if (player.state.playing) player.pause();
    forking.open(source.run, entry.step);
  }

  /** @param {number} step */
  function seek(step) {
    wanted = null;
    player.seek(step);
  }

  /** @param {Set<number>} neurons */
  function select(neurons) {
    selection = neurons;
    url.set({ selection: [...neurons].sort((a, b) => a - b) });
    schedule();
  }

  /** @param {{mode?: "mds" | "plane", trails?: boolean}} changes */
  function setMap(changes) {
    Object.assign(mapOptions, changes);
    url.set({ map: mapOptions.mode, trails: mapOptions.trails });
    schedule();
  }

  /** @param {Partial<import("../../types").PictureOptions>} changes */
  function setPictures(changes) {
    Object.assign(pictureOptions, changes);
    url.set(changes);
    schedule();
  }

  /** @param {number} speed */
  function setSpeed(speed) {
    player.setSpeed(speed);
    url.set({ speed });
  }

  /** @param {boolean} loop */
  function setLoop(loop) {
    player.setLoop(loop);
    url.set({ loop });
  }

  function schedule() {
    request ||= requestAnimationFrame(draw);
  }

  function draw() {
    cancelAnimationFrame(request);
    request = 0;
    const { run } = source;
    if (run && !canShow(run.config)) return;
    const { playing, following } = player.state;
    const index = peeked !== null && timeline.frameAt(peeked) ? peeked : player.state.index;
    const frame = timeline.frameAt(index);
    empty.hidden = frame !== null;
    updateTransport(index);
    if (!run || !frame) return;
    const { theory, references } = source;
    /** @type {Moment} */
    const moment = { run, frame, index, timeline, selection, hover, theory, references };
    arrange(run);
    for (const panel of panels) panel.update(moment);
    if (source.ended) timeline.pinEnds().then((more) => more && schedule(), () => {}); // without them it is sorted by what is here
    // The address names a step only when the reader rests at one; where a film opens needs no name.
    const home = player.live ? timeline.entries.length - 1 : 0;
    if (!playing && peeked === null) url.set({ step: wanted ?? (following || index === home ? null : frame.step) });
  }

  /** What says most comes first: pictures, but of a teacher and its student the curves. @param {import("../../types").Run} run */
  function arrange(run) {
    views.classList.toggle("has-pictures", Boolean(run.pictures));
    if (problemOf(run.config) !== "mixture" || views.classList.contains("has-curves-first")) return;
    views.classList.add("has-curves-first");
    views.prepend(...panels.filter(({ element: panel }) => panel.classList.contains("panel-curves")).map((panel) => panel.element));
  }

  /** @param {number} index of the frame that is shown */
  function updateTransport(index) {
    const capture = /** @type {any} */ (source.run?.config.capture);
    transport.update({ ...player.state, index }, timeline, { live: player.live, spacing: capture?.spacing === "geometric" ? "geometric" : "linear" });
  }

  /** Header, left column, marks: a few times a second is enough. */
  function updateSlowly() {
    slowTimer = 0;
    const { run } = source;
    if (!run || !canShow(run.config)) return;
    document.title = visible(`${run.name} · Emergescope`);
    const events = milestones(timeline.entries, run);
    const shown = timeline.entries[player.state.index];
    header.update(run, timeline.entries.at(-1), source.connection.state, shown?.step ?? null);
    sidePanel.update(run, events, shown?.step ?? 0);
    updateTransport(player.state.index);
    transport.mark(events, timeline);
    empty.textContent = emptyText(run.status);
    schedule();
  }

  function scheduleSlow() {
    slowTimer ||= window.setTimeout(updateSlowly, SLOW_EVERY_MS);
  }

  player.addEventListener("moment", () => {
    // A film that plays has been asked for a picture by the browser already; waiting for the next would lose every other frame.
    if (player.state.playing) draw();
    else schedule();
    scheduleSlow();
  });
  player.addEventListener("state", schedule);
  player.addEventListener("error", (event) => banner.trouble(frameTrouble(/** @type {CustomEvent} */ (event).detail)));
  timeline.addEventListener("append", () => {
    scheduleSlow();
    if (wanted !== null && timeline.lastSeq >= 0 && (timeline.entries.at(-1)?.step ?? 0) >= wanted) seek(wanted);
  });
  source.addEventListener("run", () => {
    if (source.run && !canShow(source.run.config)) {
      statusSlot.replaceChildren();
      inNumbers(element, source.run);
      return;
    }
    if (!player.live && source.live) goOn();
    if (timeline.entries.length === 0) updateSlowly();
    else scheduleSlow();
  });
  source.addEventListener("connection", () => {
    banner.update(source.connection, source.ended);
    scheduleSlow();
  });
  source.addEventListener("trouble", (event) => banner.trouble(/** @type {CustomEvent} */ (event).detail));
  source.addEventListener("end", () => {
    if (wanted !== null) seek(wanted);
    player.setLive(false);
    updateSlowly();
  });
  source.addEventListener("missing", (event) => {
    const damage = /** @type {CustomEvent} */ (event).detail;
    element.replaceChildren(damage ? unreadable(damage) : missing(id));
    statusSlot.replaceChildren();
  });

  player.setSpeed(url.value.speed);
  player.setLoop(url.value.loop);
  player.startStep = wanted ?? 0;
  empty.textContent = "Connecting…";
  const stopTheme = onThemeChange(() => panels.forEach((panel) => panel.build()));
  source.open();

  return {
    destroy() {
      source.close();
      player.destroy();
      url.destroy();
      keys.destroy();
      stopTheme();
      banner.destroy();
      sidePanel.destroy();
      forking.destroy();
      cancelAnimationFrame(request);
      clearTimeout(slowTimer);
      for (const panel of panels) panel.destroy();
    },
  };
}

/** @param {import("../../types").RunStatus} status @returns {string} what the empty map says */
function emptyText(status) {
  if (status === "queued") return "The run waits for a free worker.";
  if (status === "paused") return "The run was paused before its first frame.";
  if (status === "running") return "The network is being set up. The first frame comes in a moment.";
  return "This run ended before its first frame.";
}

/** @param {string} damage */
function unreadable(damage) {
  return make("div", { class: "state" }, make("h1", {}, "This run cannot be shown"),
    make("p", {}, `Its row in the database does not fit, and what does not is left out here: ${damage}.`),
    make("a", { class: "button primary", href: "/runs" }, "All runs"));
}

/** @param {string} id */
function missing(id) {
  return make("div", { class: "state" }, make("h1", {}, "No such run"),
    make("p", {}, `There is no run “${id}” on this server. It may have been deleted, or the link is from another machine.`),
    make("a", { class: "button primary", href: "/runs" }, "All runs"));
}
