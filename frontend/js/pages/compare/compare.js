/**
 * Compare: any runs side by side on one timeline, one panel of each, with one player, one selection, a shared chart and the settings
 * that differ.
 * @typedef {import("../../types").Page} Page
 * @typedef {import("../../types").PanelContext} PanelContext
 */

import { getCatalog } from "../../net/api.js";
import { Player } from "../../film/player.js";
import { connectionBanner, frameTrouble, isLost } from "../../panels/banner.js";
import { FilmView } from "../../panels/film-view.js";
import { labKeys } from "../../panels/keys.js";
import { Panel } from "../../panels/panel.js";
import { createTransport } from "../../panels/transport.js";
import { copyLinkButton, copyPlainly } from "../../ui/carry.js";
import { button, make, setText } from "../../ui/dom.js";
import { onThemeChange, theme, themeChoice } from "../../ui/theme.js";
import { flag, oneOf, text, words } from "../../ui/view-state.js";
import { addRunControl } from "./add.js";
import { createChart } from "./chart.js";
import { differencesTable } from "./differences.js";
import { compareHead, compareNotices, nothingToCompare } from "./head.js";
import { arrangeTiles } from "./layout.js";
import { Comparison, MOST } from "./runs.js";
import { strandsOf } from "./strands.js";
import { Tile } from "./tile.js";
import { chosenPanel, letterOf, panelChoices, sharedMarks, statusOfAll } from "./words.js";

const SLOW_EVERY_MS = 250; // what changes with new frames rather than with the shown step
/** From so many tiles on, a film that plays shows its frames alone, without movement in between. */
const MANY = 3;
const FIELDS = { runs: words(), panel: text(), curve: text(), seeds: flag(), side: oneOf("open", "closed"), tables: words() };

/** @type {Page} */
export function comparePage(element, { status: statusSlot, setTitle }) {
  const view = new FilmView(FIELDS);
  const comparison = new Comparison();
  const { joint } = comparison;
  const player = new Player(joint);
  const stillness = matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** @type {Map<string, Tile>} */
  const tiles = new Map();
  /** @type {import("../../types").PanelMoment["hover"]} */
  let hover = null;
  /** @type {number | null} a step that the address asks for, until all runs have come that far */
  let wanted = view.value.step;
  /** @type {number | null} a step that is looked at in passing, while the chart is hovered */
  let peeked = null;
  /** @type {string | null} letter of the run that is pointed at */
  let pointed = null;
  let request = 0;
  let slowTimer = 0;
  let stamp = "";
  /** By study. @type {Record<string, import("../../form/schema.js").Schema>} */
  let schemas = {};
  /** The runs of which something is known. @type {(import("./strands.js").Film & { entries: readonly import("../../types").TimelineEntry[] })[]} */
  let films = [];
  /** @type {import("./strands.js").Strand[]} */
  let strands = [];
  /** @type {import("./words.js").PanelChoice[]} */
  let choices = [];

  const contextOf = (/** @type {string} */ panel, /** @type {HTMLElement} */ controls) => ({
    theme: theme(), controls, compact: true,
    get reducedMotion() {
      return stillness || (player.state.playing && tiles.size >= MANY);
    },
    option: (/** @type {string} */ key) => view.option(panel, key),
    setOption: (/** @type {string} */ key, /** @type {string | null} */ value) => view.setOption(panel, key, value),
    onSeek: seek,
    onPeek(/** @type {number | null} */ step) {
      peeked = step;
      schedule();
    },
    onSelect: view.select.bind(view),
    onHover(/** @type {string} */ axis, /** @type {number | null} */ member) {
      hover = member === null ? null : { axis, member };
      schedule();
    },
    wantPatterns() {},
  });
  const chart = new Panel({ id: "chart", kind: "curves", title: "Curves", hero: false, text: "", words: [], show: {} }, {
    display: { glossary: {}, paper: null },
    onTable: (open) => view.set({ tables: open ? ["chart"] : [] }),
    context: (controls) => Object.assign(contextOf("chart", controls), { compact: false }),
    create: (stage, _, context) => /** @type {any} */ (createChart(stage, Object.assign(context, {
      metric: () => view.value.curve, setMetric: (/** @type {string} */ curve) => view.set({ curve }),
      together: () => view.value.seeds, setTogether: (/** @type {boolean} */ seeds) => view.set({ seeds }),
    }))),
  });

  const banner = connectionBanner(() => comparison.retry());
  const adder = addRunControl({ has: (id) => view.value.runs.includes(id), add: (id) => choose([...view.value.runs, id]) });
  const head = compareHead({
    onPanel: (panel) => view.set({ panel }, { push: true }), onClear: clearSelection,
    option: view.option.bind(view), setOption: view.setOption.bind(view), onSide: () => view.set({ side: view.value.side === "open" ? "closed" : "open" }), add: adder.element,
  });
  const notices = make("div", { class: "compare-notices" });
  const grid = make("div", { class: "compare-tiles" });
  const settings = make("section", { class: "compare-settings", "aria-label": "Settings" });
  const table = differencesTable(settings);
  const side = make("div", { class: "compare-side" }, chart.element, settings);
  const body = make("div", { class: "compare-main" }, grid, side);
  const nothing = make("div", { class: "compare-nothing" });
  const bar = make("div", { class: "transport", role: "group", "aria-label": "Player" });
  element.append(make("div", { class: "compare" }, banner.element, make("div", { class: "compare-top" }, head.element, notices), body, nothing, bar));
  element.firstElementChild?.addEventListener("copy", (event) => copyPlainly(/** @type {ClipboardEvent} */ (event)));
  const stopArranging = arrangeTiles(body);

  const actions = {
    onToggle: () => settle(() => player.toggle()), onMove: (/** @type {number} */ frames) => settle(() => player.move(frames)),
    onSeek: (/** @type {number} */ index) => settle(() => player.seekIndex(index)), onFollow: () => settle(() => player.follow()),
    onSpeed: (/** @type {number} */ speed) => view.set({ speed }), onLoop: (/** @type {boolean} */ loop) => view.set({ loop }),
  };
  const transport = createTransport(bar, actions);
  const press = (/** @type {string} */ selector) => /** @type {HTMLElement | null} */ (head.controls.querySelector(selector))?.click();
  const keys = labKeys({
    toggle: actions.onToggle, move: actions.onMove, start: () => actions.onSeek(0), end: actions.onFollow, speed: actions.onSpeed, clear: clearSelection,
    mode: () => press("[aria-pressed=true] + button, button:first-child"), trails: () => press("[aria-pressed]:not(.segments *)"),
  });
  const line = make("span", { class: "status run-status" });
  const copy = copyLinkButton(() => {
    const chosen = themeChoice();
    view.set({ step: joint.entries[player.state.index]?.step ?? null, theme: chosen === "auto" ? "" : chosen });
    view.flush();
    return location.href;
  });
  statusSlot.replaceChildren(line, copy, button("?", keys.help, { class: "button keys-button", "aria-label": "Keys", title: "Keys (?)" }));

  /** The reader has taken the film in hand: the address no longer says where to be. @param {() => void} act */
  function settle(act) {
    wanted = null;
    act();
  }

  /** @param {number} step */
  function seek(step) {
    settle(() => player.seek(step));
  }

  function clearSelection() {
    for (const axis of view.selection.keys()) view.select(axis, []);
  }

  /** Other runs: a new place in the reader's history, so that Back undoes it. @param {readonly string[]} runs */
  const choose = (runs) => view.set({ runs }, { push: true });
  /** @param {readonly string[]} ids */
  const leaveOut = (ids) => choose(view.value.runs.filter((id) => !ids.includes(id)));

  /** Runs have come or gone. */
  function arrange() {
    const { sources } = comparison;
    for (const [id, tile] of tiles) if (sources.get(id) !== tile.source) tile.destroy();
    const shown = [...sources].map(([id, source]) => {
      const known = tiles.get(id);
      return known?.source === source ? known : new Tile(source, {
        context: contextOf, onRemove: () => leaveOut([id]),
        onPoint(on) {
          pointed = on ? (tiles.get(id)?.letter.textContent ?? null) : null;
          schedule();
        },
      });
    });
    tiles.clear();
    for (const tile of shown) tiles.set(tile.source.id, tile);
    grid.replaceChildren(...shown.map((tile) => tile.element));
    body.hidden = bar.hidden = tiles.size === 0;
    nothing.replaceChildren(...(tiles.size === 0 ? [nothingToCompare(comparison.ids.length > 0)] : []));
    notices.replaceChildren(...compareNotices(comparison.missing, comparison.waiting, leaveOut));
    adder.limit(tiles.size < MOST ? "" : `There is room for ${MOST} runs: remove one first.`);
    updateSlowly();
  }

  function schedule() {
    request ||= requestAnimationFrame(draw);
  }

  function draw() {
    cancelAnimationFrame(request);
    request = 0;
    const { playing, following } = player.state;
    const index = peeked === null ? player.state.index : joint.indexOfStep(peeked);
    const step = joint.entries[index]?.step;
    transport.update({ ...player.state, index }, joint, { live: player.live, spacing: comparison.spacing });
    if (step === undefined) return;
    const { selection, options } = view;
    for (const tile of tiles.values()) tile.update(step, { selection, hover, options });
    const frame = { step, says: {}, tensors: {} };
    if (films.length) chart.update(/** @type {any} */ ({ run: { id: "compare" }, frame, display: { tensors: {} }, films, strands, stamp, spacing: comparison.spacing, pointed, timeline: joint }));
    // The address names a step only when the reader rests at one; where films open needs no name.
    const home = player.live ? joint.entries.length - 1 : 0;
    if (!playing && peeked === null) view.set({ step: wanted ?? (following || index === home ? null : step) });
  }

  /** Names, marks, table: a few times a second is enough. */
  function updateSlowly() {
    slowTimer = 0;
    const shown = [...tiles.values()];
    films = shown.flatMap(({ source: { run, timeline } }, place) => (run ? [{ letter: letterOf(place), run, entries: timeline.entries, numbers: timeline.rows }] : []));
    if (films[0]) view.readOldLinks(films[0].run.display);
    const alone = strandsOf(films, theme(), false);
    strands = view.value.seeds ? strandsOf(films, theme(), true) : alone;
    stamp = JSON.stringify([strands.map(({ letter, label, colour, dash }) => [letter, label, colour, dash]), films.map(({ numbers }) => numbers.length), joint.totalSteps]);
    choices = panelChoices(films.map(({ run }) => run.display));
    const choice = chosenPanel(choices, view.value.panel);
    shown.forEach((tile, place) => {
      const letter = letterOf(place);
      tile.describe(alone.find((one) => one.letter === letter) ?? { letter, label: "", colour: "", dash: "solid" }, choice);
    });
    head.update({ runs: tiles.size, selected: [...view.selection.values()].reduce((sum, { size }) => sum + size, 0), side: view.value.side === "open", choices, choice });
    side.hidden = view.value.side === "closed";
    chart.openTable(view.value.tables.includes("chart"));
    table.update(films.map(({ letter, run }) => ({ letter, colour: alone.find((one) => one.letter === letter)?.colour ?? "", name: `${run.name}: ${run.display.summary}`, config: run.config })), schemas);
    transport.mark(sharedMarks(films), joint);
    const told = statusOfAll(films.map(({ run }) => run), tiles.size, { complete: comparison.complete, lost: isLost(comparison.connection) });
    setText(line, told.text);
    line.dataset.status = told.status;
    line.hidden = tiles.size === 0;
    setTitle(`Compare ${tiles.size || "runs"} · Emergescope`);
    schedule();
  }

  function scheduleSlow() {
    slowTimer ||= window.setTimeout(updateSlowly, SLOW_EVERY_MS);
  }

  view.addEventListener("change", (event) => {
    const { detail: changed } = /** @type {CustomEvent<string[]>} */ (event);
    if (changed.every((name) => name === "step")) return;
    if (changed.includes("speed")) player.setSpeed(view.value.speed);
    if (changed.includes("loop")) player.setLoop(view.value.loop);
    if (changed.includes("runs")) comparison.set(view.value.runs);
    else updateSlowly();
  });
  player.addEventListener("moment", () => {
    // A film that plays has been asked for a picture by the browser already; waiting for the next would lose every other frame.
    if (player.state.playing) draw();
    else schedule();
  });
  player.addEventListener("state", schedule);
  player.addEventListener("error", (event) => banner.trouble(frameTrouble(/** @type {CustomEvent} */ (event).detail)));
  joint.addEventListener("append", () => {
    scheduleSlow();
    followIfLive();
    if (wanted === null) return;
    const step = wanted;
    const complete = comparison.complete >= step;
    if (complete || (joint.entries.at(-1)?.step ?? -1) >= step) player.seek(step);
    if (complete) wanted = null;
  });
  /** Who is at the end of films that go on sees what comes. */
  function followIfLive() {
    const before = player.live;
    player.setLive(comparison.live);
    if (player.live && !before && wanted === null && player.state.index === player.last && !player.state.playing) player.follow();
  }
  comparison.addEventListener("films", arrange);
  for (const type of ["run", "end"]) comparison.addEventListener(type, scheduleSlow);
  comparison.addEventListener("connection", () => {
    const { connection } = comparison;
    banner.update(connection ?? { state: "closed", attempt: 0, retryAt: 0 }, connection === null);
    scheduleSlow();
  });
  comparison.addEventListener("trouble", (event) => banner.trouble(/** @type {CustomEvent} */ (event).detail));

  player.setSpeed(view.value.speed);
  player.setLoop(view.value.loop);
  player.startStep = wanted ?? 0;
  const stopTheme = onThemeChange(() => {
    if (view.value.theme) view.set({ theme: themeChoice() === "auto" ? "" : themeChoice() }); // what the address names is what is seen
    for (const tile of tiles.values()) tile.build();
    chart.build();
    updateSlowly();
  });
  comparison.set(view.value.runs);
  getCatalog().then((catalog) => {
    schemas = catalog.schemas;
    scheduleSlow();
  }, () => {}); // the paths alone do without their titles

  return {
    readdress() {
      const { step } = view.value;
      view.reread();
      for (const tile of tiles.values()) tile.build(); // panels may have been asked for something else
      if (view.value.step === step) return;
      wanted = view.value.step;
      player.seek(wanted ?? (player.live ? Infinity : 0));
    },
    destroy() {
      comparison.close();
      player.destroy();
      view.destroy();
      keys.destroy();
      adder.destroy();
      stopTheme();
      stopArranging();
      banner.destroy();
      cancelAnimationFrame(request);
      clearTimeout(slowTimer);
      chart.destroy();
      for (const tile of tiles.values()) tile.destroy();
    },
  };
}
