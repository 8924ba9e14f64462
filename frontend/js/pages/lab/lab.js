/**
 * The lab: one run, its panels, one step for all of them. Wires source, player, panels, transport and address together.
 * @typedef {import("../../types").Page} Page
 * @typedef {import("../../types").PanelMoment} PanelMoment
 */

import { getCatalog } from "../../net/api.js";
import { heroOf, panelsOf, wholeAxis } from "../../display/read.js";
import { milestones } from "../../film/milestones.js";
import { Player } from "../../film/player.js";
import { RunSource } from "../../film/source.js";
import { connectionBanner, frameTrouble } from "../../panels/banner.js";
import { FilmView } from "../../panels/film-view.js";
import { labKeys } from "../../panels/keys.js";
import { Panel } from "../../panels/panel.js";
import { createTransport } from "../../panels/transport.js";
import { copyPlainly } from "../../ui/carry.js";
import { make, visible } from "../../ui/dom.js";
import { onThemeChange, setThemeChoice, theme, themeChoice } from "../../ui/theme.js";
import { flag, text } from "../../ui/view-state.js";
import { forkDialog } from "./fork.js";
import { labLayout } from "./layout.js";
import { labSide } from "./side.js";
import { labStatus } from "./status.js";

const SLOW_EVERY_MS = 250; // what changes with new frames rather than with the shown step

/** @type {Page} */
export function labPage(element, { navigate, status: statusSlot, setTitle }, { id }) {
  const source = new RunSource(id);
  const { timeline } = source;
  const player = new Player(timeline);
  const view = new FilmView({
    large: text(), // id of a panel; "": the one that the display names
    present: flag(),
  });
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** @type {Panel[]} */
  let panels = [];
  let declared = "";
  /** @type {PanelMoment["hover"]} */
  let hover = null;
  /** @type {number | null} a step that the address asks for and that has not come yet */
  let wanted = view.value.step;
  /** @type {number | null} index of a frame that is looked at in passing, while a chart is hovered */
  let peeked = null;
  let request = 0;
  let slowTimer = 0;

  const layout = labLayout(element);
  const { lab, empty } = layout;
  const banner = connectionBanner(() => source.stream.retryNow());
  lab.append(banner.element);
  lab.addEventListener("copy", copyPlainly);
  const keys = labKeys({
    toggle: () => player.toggle(), move: (frames) => player.move(frames), start: () => player.seekIndex(0), end: () => player.follow(),
    speed: (speed) => view.set({ speed }), fork, present: () => present(!view.value.present), large: nextLarge,
    mode: nextMode, trails: () => /** @type {HTMLElement | null | undefined} */ (layout.large?.controls.querySelector(":scope > [aria-pressed]"))?.click(),
    clear: () => (view.value.present ? present(false) : [...view.selection.keys()].forEach((axis) => view.select(axis, []))),
  });
  const catalog = getCatalog();
  const side = labSide(layout.side, { catalog, onSeek: seek, navigate });
  const forking = forkDialog({ catalog, navigate });
  const transport = createTransport(layout.bar, {
    onToggle: () => player.toggle(), onMove: (frames) => player.move(frames), onSeek: (index) => player.seekIndex(index),
    onSpeed: (speed) => view.set({ speed }), onLoop: (loop) => view.set({ loop }), onFollow: () => player.follow(), onFork: fork,
  });
  const header = labStatus(statusSlot, {
    link() {
      const chosen = themeChoice();
      view.set({ step: timeline.entries[player.state.index]?.step ?? null, theme: chosen === "auto" ? "" : chosen });
      view.flush();
      return location.href;
    },
    async perform(request) {
      const over = source.ended;
      await source.perform(request);
      if (over && !source.ended) player.follow(); // it goes on, which is what the reader asked to see
    },
    onFork: fork,
    onKeys: keys.help,
  });

  /** @param {import("../../types").PanelDeclaration} panel @param {HTMLElement} controls @returns {import("../../types").PanelContext} */
  function contextOf(panel, controls) {
    const whole = (/** @type {string} */ axis) => wholeAxis(/** @type {import("../../types").Run} */ (source.run).display, axis);
    return {
      theme: theme(), reducedMotion, compact: false, controls,
      option: (key) => view.option(panel.id, key),
      setOption: (key, value) => view.setOption(panel.id, key, value),
      onSeek: seek,
      onPeek(step) {
        peeked = step === null ? null : timeline.indexOfStep(step);
        schedule();
      },
      onSelect: (axis, members) => view.select(whole(axis), members),
      onHover(axis, member) {
        hover = member === null ? null : { axis: whole(axis), member };
        schedule();
      },
      wantPatterns: () => source.wantPatterns(),
    };
  }

  /** Panels as the display declares them, made anew where it declares others: more is known once a run has begun. */
  function declare() {
    const { run } = source;
    if (!run) return;
    const { display } = run;
    const next = JSON.stringify([display.panels, display.axes, display.tensors]);
    if (next === declared) return;
    if (declared === "") view.readOldLinks(display);
    declared = next;
    for (const panel of panels) panel.destroy();
    panels = panelsOf(display).map((panel) => new Panel(panel, {
      display,
      context: (controls) => contextOf(panel, controls),
      onTable: () => view.set({ tables: panels.filter((one) => one.isTableOpen).map(({ declaration }) => declaration.id) }),
      onLarge: () => (layout.large?.declaration === panel ? present(!view.value.present) : enlarge(panel.id)),
    }));
    for (const { element: one, declaration: { show } } of panels) one.style.setProperty("--panes", String(show.panes?.length ?? 1));
    heed(["tables", "large"]);
  }

  function arrange() {
    const { run } = source;
    if (run) layout.arrange(panels, view.value.large, heroOf(run.display)?.id, view.value.present);
  }

  /** @param {string} panel its id */
  function enlarge(panel) {
    const usual = source.run && heroOf(source.run.display)?.id;
    view.set({ large: panel === usual ? "" : panel });
  }

  function nextLarge() {
    const fit = panels.filter((panel) => panel.applies);
    const next = fit[(fit.findIndex((panel) => panel === layout.large) + 1) % fit.length];
    if (next) enlarge(next.declaration.id);
  }

  /** @param {boolean} on */
  const present = (on) => view.set({ present: on }, { push: on });

  /** Of the first choice that the large panel offers. */
  function nextMode() {
    const modes = [...(layout.large?.controls.querySelector(".modes")?.querySelectorAll("button") ?? [])];
    modes[(modes.findIndex((one) => one.ariaPressed === "true") + 1) % modes.length]?.click();
  }

  /** @param {readonly string[]} changed of what the address holds */
  function heed(changed) {
    const { speed, loop, tables, theme: colours } = view.value;
    const has = (/** @type {string} */ name) => changed.includes(name);
    if (has("speed")) player.setSpeed(speed);
    if (has("loop")) player.setLoop(loop);
    if (has("large") || has("present")) arrange();
    if (has("tables")) for (const panel of panels) panel.openTable(tables.includes(panel.declaration.id));
    if (has("theme") && colours !== themeChoice() && (colours === "light" || colours === "dark")) setThemeChoice(colours, { remember: false });
    schedule();
  }
  view.addEventListener("change", (event) => heed(/** @type {CustomEvent} */ (event).detail));

  /** The run is there, or was over and goes on: who is at its end sees what comes. */
  function goOn() {
    player.setLive(true);
    if (wanted === null && player.state.index === player.last && !player.state.playing) player.follow();
  }

  function fork() {
    const entry = timeline.entries[player.state.index];
    if (!source.run?.display.can.includes("fork") || !entry) return;
    if (player.state.playing) player.pause();
    forking.open(source.run, entry.step);
  }

  /** @param {number} step */
  function seek(step) {
    wanted = null;
    player.seek(step);
  }

  function schedule() {
    request ||= requestAnimationFrame(draw);
  }

  function draw() {
    cancelAnimationFrame(request);
    request = 0;
    const { run } = source;
    const { playing, following } = player.state;
    const index = peeked !== null && timeline.frameAt(peeked) ? peeked : player.state.index;
    const frame = timeline.frameAt(index);
    empty.hidden = frame !== null && panels.length > 0;
    updateTransport(index);
    if (!run || !frame) return;
    const { theory, patterns } = source;
    for (const panel of panels) panel.update({ run, display: run.display, frame, index, timeline, selection: view.selection, hover, theory, patterns });
    arrange(); // by now it is known which have anything to say
    if (source.ended) timeline.pinEnds().then((more) => more && schedule(), () => {}); // without them it is sorted by what is here
    // The address names a step only when the reader rests at one; where a film opens needs no name.
    const home = player.live ? timeline.entries.length - 1 : 0;
    if (!playing && peeked === null) view.set({ step: wanted ?? (following || index === home ? null : frame.step) });
  }

  /** @param {number} index of the frame that is shown */
  function updateTransport(index) {
    const capture = /** @type {any} */ (source.run?.config.capture);
    transport.update({ ...player.state, index }, timeline, {
      live: player.live, spacing: capture?.spacing === "geometric" ? "geometric" : "linear", forks: source.run?.display.can.includes("fork") ?? false,
    });
  }

  /** Header, left column, marks: a few times a second is enough. */
  function updateSlowly() {
    slowTimer = 0;
    const { run } = source;
    if (!run) return;
    setTitle(visible(`${run.name} · Emergescope`));
    const events = milestones(timeline.entries, run);
    const shown = timeline.entries[player.state.index];
    header.update(run, timeline.entries.at(-1), source.connection.state, shown?.step ?? null);
    side.update(run, events, shown?.step ?? 0);
    updateTransport(player.state.index);
    transport.mark(events, timeline);
    empty.textContent = timeline.entries.length > 0 && panels.length === 0 ? "The display of this run declares nothing to draw." : emptyText(run.status);
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
    declare();
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
    element.replaceChildren(missing(id, /** @type {CustomEvent} */ (event).detail));
    statusSlot.replaceChildren();
  });

  player.setSpeed(view.value.speed);
  player.setLoop(view.value.loop);
  player.startStep = wanted ?? 0;
  empty.textContent = "Connecting…";
  const stopTheme = onThemeChange(() => {
    const chosen = themeChoice();
    if (view.value.theme) view.set({ theme: chosen === "auto" ? "" : chosen }); // what the address names is what is seen
    for (const panel of panels) panel.build();
  });
  source.open();

  return {
    readdress() {
      const heard = (/** @type {Event} */ event) => {
        const changed = /** @type {CustomEvent<string[]>} */ (event).detail;
        if (changed.includes("step")) seek(view.value.step ?? (player.live ? Infinity : 0));
        for (const panel of panels) if (changed.some((name) => name.startsWith(`panel.${panel.declaration.id}.`))) panel.build();
      };
      view.addEventListener("change", heard);
      view.reread();
      view.removeEventListener("change", heard);
    },
    destroy() {
      source.close();
      player.destroy();
      view.destroy();
      keys.destroy();
      stopTheme();
      banner.destroy();
      side.destroy();
      forking.destroy();
      layout.destroy();
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

/** @param {string} id @param {string | null | undefined} damage what is wrong with a run that is there */
function missing(id, damage) {
  const [title, text] = damage
    ? ["This run cannot be shown", `Its row in the database does not fit, and what does not is left out here: ${damage}.`]
    : ["No such run", `There is no run “${id}” on this server. It may have been deleted, or the link is from another machine.`];
  return make("div", { class: "state" }, make("h1", {}, title), make("p", {}, text), make("a", { class: "button primary", href: "/runs" }, "All runs"));
}
