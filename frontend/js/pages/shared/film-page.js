/**
 * What the lab and the comparison have in common: a film with its player, bar, keys, banner and address, and when to draw what.
 * @import { PanelContext, PanelMoment } from "../../types"
 * @typedef {Pick<import("../../film/source.js").RunSource, "connection" | "ended" | "live" | "complete" | "retry"> & EventTarget
 *   & { timeline: import("../../film/player.js").Film & EventTarget & { totalSteps: number } }} Source one run, or several as one
 * @typedef {object} Own what is of the page
 * @property {(index: number, step: number | undefined) => void} draw the frame that is shown; undefined: there is none yet
 * @property {() => void} drawSlowly a few times a second: what changes with new frames rather than with the shown one
 * @property {(changed: readonly string[]) => void} heed what the address holds is other than before
 * @property {(asked: (panel: string) => boolean) => void} build draws panels from the beginning
 * @property {() => ParentNode | undefined} controls of the panel that the keys change
 * @property {() => { spacing: "linear" | "geometric", forks?: boolean }} bar
 * @property {() => boolean} [calm] whether panels shall not move between frames
 * @property {Partial<import("../../panels/keys.js").KeyActions>} [keys]
 */

import { Player } from "../../film/player.js";
import { connectionBanner, frameTrouble } from "../../panels/banner.js";
import { labKeys } from "../../panels/keys.js";
import { createTransport } from "../../panels/transport.js";
import { copyButton, copyPlainly } from "../../ui/carry.js";
import { button, make } from "../../ui/dom.js";
import { onThemeChange, setThemeChoice, theme, themeChoice } from "../../ui/theme.js";

const SLOW_EVERY_MS = 250;

/** @param {HTMLElement} element of the page @param {import("../../panels/film-view.js").FilmView<any>} view @param {Source} source @param {Own} own */
export function filmPage(element, view, source, own) {
  const { timeline } = source;
  const player = new Player(timeline);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const leaving = new AbortController();
  /** @type {PanelMoment["hover"]} */
  let hover = null;
  /** @type {number | null} a step that the address asks for, until it can be shown and nothing more comes before it */
  let wanted = view.value.step;
  /** @type {number | null} a step that is looked at in passing, while a chart is hovered */
  let peeked = null;
  let request = 0;
  let slowTimer = 0;

  /** The reader takes the film in hand: the address no longer says where to be. @param {(value: any) => void} act @returns {(value?: number) => void} */
  const settled = (act) => (value) => {
    wanted = null;
    act(value);
  };
  const actions = {
    onToggle: settled(() => player.toggle()), onMove: settled((frames) => player.move(frames)), onSeek: settled((index) => player.seekIndex(index)),
    onFollow: settled(() => player.follow()), onSpeed: (/** @type {number} */ speed) => view.set({ speed }), onLoop: (/** @type {boolean} */ loop) => view.set({ loop }),
    onFork: own.keys?.fork,
  };
  const seek = settled((step) => player.seek(step));
  const clear = () => [...view.selection.keys()].forEach((axis) => view.select(axis, []));
  const bar = make("div", { class: "transport", role: "group", "aria-label": "Player" });
  const transport = createTransport(bar, actions);
  const banner = connectionBanner(() => source.retry());
  const keys = labKeys({
    toggle: actions.onToggle, move: actions.onMove, start: () => actions.onSeek(0), end: actions.onFollow, speed: actions.onSpeed, clear,
    mode() {
      const modes = [...(own.controls()?.querySelector(".modes")?.querySelectorAll("button") ?? [])];
      modes[(modes.findIndex((one) => one.ariaPressed === "true") + 1) % modes.length]?.click();
    },
    trails: () => /** @type {HTMLElement | null | undefined} */ (own.controls()?.querySelector("[aria-pressed]:not(.segments *)"))?.click(),
    ...own.keys,
  });
  const colours = () => (themeChoice() === "auto" ? "" : themeChoice());
  const copy = copyButton("Copy link", () => {
    view.set({ step: timeline.entries[player.state.index]?.step ?? null, theme: colours() });
    view.flush();
    return location.href;
  }, () => "See address", { class: "button copy-link", title: "A link to exactly this view" });

  function schedule() {
    request ||= requestAnimationFrame(draw);
  }

  function draw() {
    cancelAnimationFrame(request);
    request = 0;
    const { playing, following, waiting } = player.state;
    const passing = peeked === null ? -1 : timeline.indexOfStep(peeked);
    const index = timeline.frameAt(passing) ? passing : player.state.index;
    const step = timeline.entries[index]?.step;
    transport.update({ ...player.state, index }, timeline, { live: player.live, ...own.bar() });
    own.draw(index, step);
    // The address names a step only when the reader rests at one; where a film opens needs no name.
    const home = player.live ? timeline.entries.length - 1 : 0;
    if (step !== undefined && !playing && !waiting && peeked === null) view.set({ step: wanted ?? (following || index === home ? null : step) });
  }

  function drawSlowly() {
    clearTimeout(slowTimer);
    slowTimer = 0;
    own.drawSlowly();
    schedule();
  }

  function scheduleSlow() {
    slowTimer ||= window.setTimeout(drawSlowly, SLOW_EVERY_MS);
  }

  /** Frames may still come, or no more: who is at the end of films that go on sees what comes. */
  function goOn() {
    const begins = source.live && !player.live;
    player.setLive(source.live);
    if (begins && wanted === null && player.state.index === player.last && !player.state.playing) player.follow();
  }

  function arrive() {
    const complete = wanted !== null && source.complete >= wanted;
    if (wanted !== null && (complete || (timeline.entries.at(-1)?.step ?? -1) >= wanted)) player.seek(wanted);
    if (complete) wanted = null;
  }

  element.addEventListener("copy", copyPlainly, leaving);
  view.addEventListener("change", (event) => {
    const { detail: changed } = /** @type {CustomEvent<string[]>} */ (event);
    if (changed.every((name) => name === "step")) return;
    const { speed, loop, theme: asked } = view.value;
    if (changed.includes("speed") || changed.includes("loop")) player.set({ speed, loop });
    if (changed.includes("theme") && asked !== themeChoice() && (asked === "light" || asked === "dark")) setThemeChoice(asked, { remember: false });
    own.heed(changed);
    schedule();
  });
  player.addEventListener("moment", () => {
    // A film that plays has been asked for a picture by the browser already; waiting for the next would lose every other frame.
    if (player.state.playing) draw();
    else schedule();
  });
  player.addEventListener("state", schedule);
  player.addEventListener("error", (event) => banner.trouble(frameTrouble(/** @type {CustomEvent} */ (event).detail)));
  timeline.addEventListener("append", () => {
    scheduleSlow();
    goOn();
    arrive();
  }, leaving);
  for (const type of ["run", "end", "connection"]) source.addEventListener(type, scheduleSlow);
  source.addEventListener("connection", () => banner.update(source.connection, source.ended));
  source.addEventListener("trouble", (event) => banner.trouble(/** @type {CustomEvent} */ (event).detail));
  const stopTheme = onThemeChange(() => {
    if (view.value.theme) view.set({ theme: colours() }); // what the address names is what is seen
    own.build(() => true);
    drawSlowly();
  });
  player.set({ speed: view.value.speed, loop: view.value.loop });
  player.startStep = wanted ?? 0;

  return {
    player, transport, bar, banner: banner.element, seek, schedule, scheduleSlow, drawSlowly, goOn, clear,
    /** For the header. */
    tools: [copy, button("?", keys.help, { class: "button keys-button", "aria-label": "Keys", title: "Keys (?)" })],
    get hover() {
      return hover;
    },
    /** @param {string} panel @param {HTMLElement} controls @returns {PanelContext} */
    context: (panel, controls) => ({
      theme: theme(), controls, compact: false,
      get reducedMotion() {
        return still || Boolean(own.calm?.());
      },
      option: (key) => view.option(panel, key),
      setOption: (key, value) => view.setOption(panel, key, value),
      onSeek: seek,
      onPeek(step) {
        peeked = step;
        schedule();
      },
      onSelect: (axis, members) => view.select(axis, members),
      onHover(axis, member) {
        hover = member === null ? null : { axis, member };
        schedule();
      },
      wantPatterns() {},
    }),
    readdress() {
      const heard = (/** @type {Event} */ event) => {
        const { detail: changed } = /** @type {CustomEvent<string[]>} */ (event);
        own.build((panel) => changed.some((name) => name.startsWith(`panel.${panel}.`)));
        if (!changed.includes("step")) return;
        wanted = view.value.step;
        player.seek(wanted ?? (player.live ? Infinity : 0));
        arrive();
      };
      view.addEventListener("change", heard);
      view.reread();
      view.removeEventListener("change", heard);
    },
    destroy() {
      leaving.abort();
      player.destroy();
      view.destroy();
      keys.destroy();
      stopTheme();
      banner.destroy();
      cancelAnimationFrame(request);
      clearTimeout(slowTimer);
    },
  };
}
