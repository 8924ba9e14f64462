/** Compare: any runs side by side on one timeline, one panel of each, with one player, one selection, a shared chart and what differs. */

import { getCatalog } from "../../net/api.js";
import { isLost } from "../../panels/banner.js";
import { FilmView } from "../../panels/film-view.js";
import { Panel } from "../../panels/panel.js";
import { make, setText } from "../../ui/dom.js";
import { theme } from "../../ui/theme.js";
import { flag, oneOf, text, words } from "../../ui/view-state.js";
import { filmPage } from "../shared/film-page.js";
import { createChart, strandsOf } from "./chart.js";
import { differencesTable } from "./differences.js";
import { compareHead, compareNotices, nothingToCompare } from "./head.js";
import { Comparison } from "./runs.js";
import { Tile, arrangeTiles } from "./tile.js";
import { chosenPanel, letterOf, metricGroups, panelChoices, sharedMarks, statusOfAll } from "./words.js";

/** From so many tiles on, a film that plays shows its frames alone, without movement in between. */
const MANY = 3;
const FIELDS = { runs: words(), panel: text(), curve: text(), seeds: flag(), side: oneOf("open", "closed"), tables: words() };

/** @type {import("../../types").Page} */
export function comparePage(element, { status: statusSlot, setTitle }) {
  const view = new FilmView(FIELDS);
  const comparison = new Comparison();
  const { timeline } = comparison;
  /** @type {Map<string, Tile>} */
  const tiles = new Map();
  /** @type {string | null} letter of the run that is pointed at */
  let pointed = null;
  /** By study. @type {Record<string, import("../../form/schema.js").Schema>} */
  let schemas = {};
  /** What is charted of all frames; null before anything is known. @type {Omit<import("./chart.js").JointMoment, "pointed" | "frame"> | null} */
  let charted = null;

  const film = filmPage(element, view, comparison, {
    draw, drawSlowly,
    heed: (changed) => (changed.includes("runs") ? comparison.set(view.value.runs) : film.drawSlowly()),
    build(asked) {
      for (const tile of tiles.values()) if (asked(tile.panel?.declaration.id ?? "")) tile.build();
      if (asked("chart")) chart.build();
    },
    controls: () => head.controls,
    bar: () => ({ spacing: comparison.spacing }),
    calm: () => tiles.size >= MANY && film.player.state.playing,
  });
  const chart = new Panel({ id: "chart", kind: "curves", title: "Curves", hero: false, text: "", words: [], show: {} }, {
    display: { glossary: {}, paper: null },
    onTable: (open) => view.set({ tables: open ? ["chart"] : [] }),
    context: (controls) => film.context("chart", controls),
    create: (stage, _, context) => /** @type {any} */ (createChart(stage, context, view)),
  });
  /** A new place in the reader's history, so that Back undoes it. @param {readonly string[]} ids */
  const leaveOut = (ids) => view.set({ runs: view.value.runs.filter((id) => !ids.includes(id)) }, { push: true });
  const head = compareHead(view, film.clear);
  const notices = make("div", { class: "compare-notices" });
  const grid = make("div", { class: "compare-tiles" });
  const settings = make("section", { class: "compare-settings", "aria-label": "Settings" });
  const tellDifferences = differencesTable(settings);
  const side = make("div", { class: "compare-side" }, chart.element, settings);
  const body = make("div", { class: "compare-main" }, grid, side);
  const nothing = make("div", { class: "compare-nothing" });
  element.append(make("div", { class: "compare" }, film.banner, make("div", { class: "compare-top" }, head.element, notices), body, nothing, film.bar));
  const sized = new ResizeObserver(() => arrangeTiles(grid, side, body));
  sized.observe(body);
  const line = make("span", { class: "status run-status" });
  statusSlot.replaceChildren(line, ...film.tools);

  const ofTiles = {
    context: film.context, schedule: film.schedule, remove: (/** @type {string} */ id) => leaveOut([id]),
    point(/** @type {string | null} */ letter) {
      pointed = letter;
      film.schedule();
    },
  };

  /** Runs have come or gone. */
  function arrange() {
    const { sources, ids, missing, waiting } = comparison;
    const before = new Map(tiles);
    tiles.clear();
    for (const [id, source] of sources) {
      const known = before.get(id);
      tiles.set(id, known?.source === source ? known : new Tile(source, ofTiles));
    }
    for (const [id, tile] of before) if (tiles.get(id) !== tile) tile.destroy();
    grid.replaceChildren(...[...tiles.values()].map((tile) => tile.element));
    body.hidden = film.bar.hidden = tiles.size === 0;
    nothing.replaceChildren(...(tiles.size === 0 ? [nothingToCompare(ids.length > 0)] : []));
    notices.replaceChildren(...compareNotices(missing, waiting, leaveOut));
    film.drawSlowly();
  }

  /** @param {number} _ @param {number | undefined} step */
  function draw(_, step) {
    if (step === undefined) return;
    const { selection, opened: options } = view;
    for (const tile of tiles.values()) tile.update(step, { selection, hover: film.hover, options });
    const frame = { step, says: {}, tensors: {} };
    if (charted) chart.update(/** @type {any} */ ({ ...charted, pointed, frame, run: { id: "compare" }, display: { tensors: {} } }));
  }

  /** Names, marks, table. */
  function drawSlowly() {
    const shown = [...tiles.values()];
    const films = shown.flatMap(({ source: { run, timeline: { entries, rows } } }, place) => (run ? [{ letter: letterOf(place), run, entries, numbers: rows }] : []));
    const runs = films.map(({ run }) => run);
    const alone = strandsOf(films, theme(), false);
    const strands = view.value.seeds ? strandsOf(films, theme(), true) : alone;
    const metrics = metricGroups(runs.map(({ display }) => display));
    const offered = metrics.flatMap(([, some]) => some);
    const metric = offered.find(({ name }) => name === view.value.curve) ?? offered[0];
    const stamp = JSON.stringify([strands.map(({ letter, label, colour, dash }) => [letter, label, colour, dash]), films.map(({ numbers }) => numbers.length), timeline.totalSteps]);
    charted = metric ? { films, strands, metrics, metric, stamp, timeline, spacing: comparison.spacing } : null;
    const choices = panelChoices(runs.map(({ display }) => display));
    const choice = chosenPanel(choices, view.value.panel);
    shown.forEach((tile, place) => {
      const letter = letterOf(place);
      tile.describe(alone.find((one) => one.letter === letter) ?? { letter, label: "", colour: "", dash: "solid" }, choice);
    });
    head.update(tiles.size, runs, choices, choice);
    side.hidden = view.value.side === "closed";
    arrangeTiles(grid, side, body);
    chart.openTable(view.value.tables.includes("chart"));
    tellDifferences(alone.map(({ letter, colour, films: [{ run }] }) => ({ letter, colour, name: `${run.name}: ${run.display.summary}`, config: run.config })), schemas);
    film.transport.mark(sharedMarks(films), timeline);
    const told = statusOfAll(runs, tiles.size, { complete: comparison.complete, lost: isLost(comparison.connection) });
    setText(line, told.text);
    line.dataset.status = told.status;
    line.hidden = tiles.size === 0;
    setTitle(`Compare ${tiles.size || "runs"} · Emergescope`);
  }

  comparison.addEventListener("films", arrange);
  comparison.set(view.value.runs);
  getCatalog().then((catalog) => {
    schemas = catalog.schemas;
    film.scheduleSlow();
  }, () => {}); // the paths alone do without their titles

  return {
    readdress: film.readdress,
    destroy() {
      comparison.close();
      film.destroy();
      sized.disconnect();
      chart.destroy();
      for (const tile of tiles.values()) tile.destroy();
    },
  };
}
