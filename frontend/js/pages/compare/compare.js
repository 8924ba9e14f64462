/**
 * Compare: any runs side by side on one timeline, with one player, one selection, shared curves and the settings that differ.
 * @typedef {import("../../types").Page} Page
 * @typedef {import("./shared-curves.js").JointMoment} JointMoment
 */

import { pushAddress, replaceAddress } from "../../ui/address.js";
import { getCatalog } from "../../net/api.js";
import { button, make, setText } from "../../ui/dom.js";
import { Player } from "../../film/player.js";
import { problemOf } from "../../problems.js";
import { UrlState } from "../../ui/state.js";
import { onThemeChange, theme } from "../../ui/theme.js";
import * as curves from "./shared-curves.js";
import { createTransport } from "../../panels/transport.js";
import { addRunControl } from "./add.js";
import { differencesTable } from "./differences.js";
import { compareHead, compareNotices, nothingToCompare } from "./head.js";
import { Comparison, MOST, compareAddress, readRuns } from "./runs.js";
import { Tile } from "./tile.js";
import { describe, distinctions, letterOf, lineStyles, sharedMarks, sharedSignal, statusOfAll } from "./words.js";
import { connectionBanner, frameTrouble } from "../../panels/banner.js";
import { labKeys } from "../../panels/keys.js";
import { Panel } from "../../panels/panel.js";

const SLOW_EVERY_MS = 250; // what changes with new frames rather than with the shown step
/** From so many maps on, a film that plays shows its frames alone, without dots travelling in between. */
const MANY = 3;

/** @type {Page} */
export function comparePage(element, { status: statusSlot }) {
  const asked = readRuns(location.search);
  const comparison = new Comparison(asked);
  const { joint, sources } = comparison;
  const player = new Player(joint);
  const url = new UrlState();
  const stillness = matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** @type {Map<string, Tile>} */
  const tiles = new Map();
  /** @type {ReadonlySet<number>} */
  let selection = new Set(url.value.selection);
  /** @type {number | null} */
  let hover = null;
  /** @type {number | null} a step that the address asks for, until all runs have come that far */
  let wanted = url.value.step;
  /** @type {number | null} a step that is looked at in passing, while the chart is hovered */
  let peeked = null;
  let request = 0;
  let slowTimer = 0;
  /** @type {import("../../form/schema.js").Schema | null} */
  let schema = null;

  const mapOptions = { mode: url.value.map, trails: url.value.trails };
  /** @type {import("./shared-curves.js").CurveOptions} */
  const curveOptions = { pointed: null, metric: new URLSearchParams(location.search).get("curve") ?? curves.METRICS[0].id };
  const shared = (/** @type {HTMLElement} */ controls) => ({
    theme: theme(), controls, onSeek: seek, onSelect: select,
    get reducedMotion() {
      return stillness || (player.state.playing && tiles.size >= MANY);
    },
    onPeek(/** @type {number | null} */ step) {
      peeked = step;
      schedule();
    },
    onHover(/** @type {number | null} */ neuron) {
      hover = neuron;
      schedule();
    },
  });
  const mapContext = (/** @type {HTMLElement} */ controls) =>
    Object.assign(shared(controls), { options: mapOptions, onOptions: setMap, compact: true });
  const chart = new Panel("shared-curves", /** @type {any} */ (curves), (controls) =>
    /** @type {any} */ ({ ...shared(controls), options: curveOptions, onOptions: setCurve }));

  const banner = connectionBanner(() => comparison.retry());
  const adder = addRunControl({ has: (id) => sources.has(id), add: (id) => change(() => comparison.add(id)) });
  const head = compareHead({ options: mapOptions, onOptions: setMap, onClear: () => select(new Set()), add: adder.element });
  const notices = make("div", { class: "compare-notices" });
  const maps = make("div", { class: "compare-maps" });
  const settings = make("section", { class: "compare-settings", "aria-label": "Settings" });
  const table = differencesTable(settings);
  const side = make("div", { class: "compare-side" }, chart.element, settings);
  const body = make("div", { class: "compare-main" }, maps, side);
  const nothing = make("div", { class: "compare-nothing" });
  const bar = make("div", { class: "transport", role: "group", "aria-label": "Player" });
  element.append(make("div", { class: "compare" }, banner.element, make("div", { class: "compare-top" }, head.element, notices), body, nothing, bar));
  chart.build();

  const actions = {
    onToggle: () => settle(() => player.toggle()), onMove: (/** @type {number} */ frames) => settle(() => player.move(frames)),
    onSeek: (/** @type {number} */ index) => settle(() => player.seekIndex(index)), onFollow: () => settle(() => player.follow()),
    onSpeed: setSpeed, onLoop: setLoop,
  };
  const transport = createTransport(bar, actions);
  const keys = labKeys({
    toggle: actions.onToggle, move: actions.onMove, start: () => actions.onSeek(0), end: actions.onFollow, speed: setSpeed,
    clear: () => select(new Set()), mode: () => setMap({ mode: mapOptions.mode === "mds" ? "plane" : "mds" }),
    trails: () => setMap({ trails: !mapOptions.trails }),
  });
  const line = make("span", { class: "status run-status" });
  statusSlot.replaceChildren(line, button("?", keys.help, { class: "button keys-button", "aria-label": "Keys", title: "Keys (?)" }));

  /** The reader has taken the film in hand: the address no longer says where to be. @param {() => void} act */
  function settle(act) {
    wanted = null;
    act();
  }

  /** @param {number} step */
  function seek(step) {
    settle(() => player.seek(step));
  }

  /** @param {Set<number>} neurons */
  function select(neurons) {
    selection = neurons;
    url.set({ selection: [...neurons].sort((a, b) => a - b) });
    schedule();
  }

  /** @param {Partial<typeof mapOptions>} changes */
  function setMap(changes) {
    Object.assign(mapOptions, changes);
    url.set({ map: mapOptions.mode, trails: mapOptions.trails });
    schedule();
  }

  /** @param {{metric: string}} changes */
  function setCurve(changes) {
    Object.assign(curveOptions, changes);
    const params = new URLSearchParams(location.search);
    params.set("curve", curveOptions.metric);
    replaceAddress(compareAddress(comparison.ids, params.toString()));
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

  /** Other runs: a new place in the reader's history, so that Back undoes it. @param {() => void} act */
  function change(act) {
    url.flush();
    act();
    pushAddress(compareAddress(comparison.ids, location.search));
  }

  /** Runs have come or gone. */
  function arrange() {
    for (const [id, tile] of tiles) {
      if (sources.get(id) === tile.source) continue;
      tile.destroy();
      tiles.delete(id);
    }
    for (const [id, source] of sources) {
      if (tiles.has(id)) continue;
      const tile = new Tile(source, id, mapContext, () => change(() => comparison.remove(id)), (pointed) => {
        curveOptions.pointed = pointed ? tile.letter.textContent : null;
        schedule();
      });
      tiles.set(id, tile);
      maps.append(tile.element);
      tile.build();
    }
    const count = tiles.size;
    maps.dataset.count = String(count);
    maps.style.setProperty("--columns", String(count <= 3 ? Math.max(1, count) : count === 4 ? 2 : count <= 6 || count === 9 ? 3 : 4));
    body.hidden = bar.hidden = count === 0;
    nothing.replaceChildren(...(count === 0 ? [nothingToCompare(comparison.ids.length > 0)] : []));
    notices.replaceChildren(...compareNotices(comparison.missing, comparison.waiting,
      (ids) => change(() => ids.forEach((id) => comparison.remove(id)))));
    adder.limit(count < MOST ? "" : `There is room for ${MOST} runs: remove one first.`);
    updateSlowly();
  }

  function schedule() {
    request ||= requestAnimationFrame(draw);
  }

  /** The runs of which something is known, as the chart wants them. */
  let films = /** @type {(import("./shared-curves.js").Film & {run: import("../../types").Run, entries: readonly import("../../types").TimelineEntry[]})[]} */ ([]);

  function draw() {
    cancelAnimationFrame(request);
    request = 0;
    const { playing, following } = player.state;
    const index = peeked === null ? player.state.index : joint.indexOfStep(peeked);
    const step = joint.entries[index]?.step;
    head.update(tiles.size, selection, sharedSignal(films.map(({ run }) => run)));
    transport.update({ ...player.state, index }, joint, { live: player.live, spacing: comparison.spacing });
    if (step === undefined) return;
    for (const tile of tiles.values()) tile.update(step, { selection, hover, ...mapOptions });
    const [first] = films;
    if (first) {
      const run = { id: films.map((film) => `${film.run.id} ${film.numbers.length}`).join(","), config: { capture: { spacing: comparison.spacing } } };
      /** @type {JointMoment} */
      const moment = { run, films, index, timeline: joint, frame: { step } };
      chart.update(/** @type {any} */ (moment));
    }
    // The address names a step only when the reader rests at one; where films open needs no name.
    const home = player.live ? joint.entries.length - 1 : 0;
    if (!playing && peeked === null) url.set({ step: wanted ?? (following || index === home ? null : step) });
  }

  /** Names, marks, table: a few times a second is enough. */
  function updateSlowly() {
    slowTimer = 0;
    const known = [...tiles.values()].flatMap(({ source: { run, timeline } }) =>
      (run ? [{ run, kind: problemOf(run.config), entries: timeline.entries, numbers: timeline.rows }] : []));
    const configs = known.map(({ run }) => run.config);
    const styles = lineStyles(configs, theme().colours);
    const labels = distinctions(configs);
    const letters = new Map([...tiles.keys()].map((id, place) => [id, letterOf(place)]));
    films = known.map((film, i) => ({ ...film, letter: letters.get(film.run.id) ?? "", label: labels[i], ...styles[i] }));
    for (const [id, tile] of tiles) {
      const film = films.find(({ run }) => run.id === id);
      tile.describe({ letter: letters.get(id) ?? "", label: film?.label ?? "", colour: film?.colour ?? "", dash: film?.dash ?? "solid" });
    }
    table.update(films.map(({ letter, colour, run }) => ({ letter, colour, name: `${run.name}: ${describe(run.config)}`, config: run.config })), schema);
    transport.mark(sharedMarks(films), joint);
    const { text, status } = statusOfAll(known.map(({ run }) => run), tiles.size, comparison);
    setText(line, text);
    line.dataset.status = status;
    line.hidden = tiles.size === 0;
    document.title = `Compare ${tiles.size || "runs"} · Emergescope`;
    schedule();
  }

  function scheduleSlow() {
    slowTimer ||= window.setTimeout(updateSlowly, SLOW_EVERY_MS);
  }

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
    if (connection) banner.update(connection, false);
    else banner.update({ state: "closed", attempt: 0, retryAt: 0 }, true);
  });
  comparison.addEventListener("trouble", (event) => banner.trouble(/** @type {CustomEvent} */ (event).detail));

  player.setSpeed(url.value.speed);
  player.setLoop(url.value.loop);
  player.startStep = wanted ?? 0;
  const stopTheme = onThemeChange(() => {
    for (const tile of tiles.values()) tile.build();
    updateSlowly();
    chart.build();
  });
  comparison.open();
  getCatalog().then((catalog) => {
    schema = catalog.schema;
    scheduleSlow();
  }, () => {}); // the paths alone do without their titles

  return {
    destroy() {
      comparison.close();
      player.destroy();
      url.destroy();
      keys.destroy();
      adder.destroy();
      stopTheme();
      banner.destroy();
      cancelAnimationFrame(request);
      clearTimeout(slowTimer);
      chart.destroy();
      for (const tile of tiles.values()) tile.destroy();
    },
  };
}
