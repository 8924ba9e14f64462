/** The lab: one run, its panels, one step for all of them. Wires film, panels, column, header and address together. @import { Page, PanelDeclaration } from "../../types" */

import { heroOf, panelsOf } from "../../display/read.js";
import { RunSource } from "../../film/source.js";
import { emptyText } from "../../film/status.js";
import { milestones } from "../../film/timeline.js";
import { getCatalog } from "../../net/api.js";
import { FilmView } from "../../panels/film-view.js";
import { Panel } from "../../panels/panel.js";
import { make, visible } from "../../ui/dom.js";
import { flag, text } from "../../ui/view-state.js";
import { filmPage } from "../shared/film-page.js";
import { openFork } from "./fork.js";
import { FRAMED, labLayout } from "./layout.js";
import { labSide } from "./side.js";
import { labStatus } from "./status.js";

const FIELDS = { large: text(), present: flag() }; // large: id of a panel; "": the one that the display names

/** @type {Page} */
export function labPage(element, { navigate, status: statusSlot, setTitle }, { id }) {
  const source = new RunSource(id);
  const { timeline } = source;
  const view = new FilmView(FIELDS);
  /** @type {Panel[]} */
  let panels = [];
  let declared = "";

  const present = (/** @type {boolean} */ on) => (on || !FRAMED ? view.set({ present: on }, { push: on }) : void open(location.pathname));
  const film = filmPage(element, view, source, {
    draw, drawSlowly, heed,
    build: (asked) => panels.filter(({ declaration }) => asked(declaration.id)).forEach((panel) => panel.build()),
    controls: () => layout.large?.controls,
    bar: () => ({
      spacing: /** @type {any} */ (source.run?.config.capture)?.spacing === "geometric" ? "geometric" : "linear",
      forks: source.run?.display.can.includes("fork") ?? false,
    }),
    keys: { fork, present: () => present(!view.value.present), large: nextLarge, clear: () => (view.value.present && !FRAMED ? present(false) : film.clear()) },
  });
  const { player } = film;
  const layout = labLayout(element, film.banner, film.bar);
  const catalog = getCatalog();
  const side = labSide(layout.side, { catalog, onSeek: film.seek, navigate });
  const header = labStatus(statusSlot, {
    tools: film.tools, onFork: fork,
    async perform(request) {
      const over = source.ended;
      await source.perform(request);
      if (over && !source.ended) player.follow(); // it goes on, which is what the reader asked to see
    },
  });

  /** Panels as the display declares them, made anew where it declares others: more is known once a run has begun. */
  function declare() {
    if (!source.run) return;
    const { display } = source.run;
    const next = JSON.stringify([display.panels, display.axes, display.tensors]);
    if (next === declared) return;
    declared = next;
    for (const panel of panels) panel.destroy();
    panels = panelsOf(display).map((panel) => new Panel(panel, {
      display,
      context: (controls) => Object.assign(film.context(panel.id, controls), { wantPatterns: () => source.wantPatterns() }),
      onTable: () => view.set({ tables: panels.filter((one) => one.isTableOpen).map(({ declaration }) => declaration.id) }),
      onLarge: () => (layout.large?.declaration === panel ? present(!view.value.present) : enlarge(panel)),
    }));
    for (const { element: one, declaration: { show } } of panels) one.style.setProperty("--panes", String(show.panes?.length ?? 1));
    heed(["tables", "large"]);
  }

  function arrange() {
    if (source.run) layout.arrange(panels, view.value.large, heroOf(source.run.display)?.id, view.value.present);
  }

  /** @param {PanelDeclaration} panel */
  function enlarge(panel) {
    const usual = source.run && heroOf(source.run.display)?.id;
    view.set({ large: panel.id === usual ? "" : panel.id });
  }

  function nextLarge() {
    const fit = panels.filter((panel) => panel.applies);
    const next = fit[(fit.findIndex((panel) => panel === layout.large) + 1) % fit.length];
    if (next) enlarge(next.declaration);
  }

  /** @param {readonly string[]} changed of what the address holds */
  function heed(changed) {
    if (changed.includes("large") || changed.includes("present")) arrange();
    if (changed.includes("tables")) for (const panel of panels) panel.openTable(view.value.tables.includes(panel.declaration.id));
    film.schedule();
  }

  function fork() {
    const entry = timeline.entries[player.state.index];
    if (!source.run?.display.can.includes("fork") || !entry) return;
    if (player.state.playing) player.pause();
    openFork(source.run, entry.step, catalog, navigate);
  }

  /** @param {number} index of the frame that is shown */
  function draw(index) {
    const { run, theory, patterns } = source;
    const frame = timeline.frameAt(index);
    layout.empty.hidden = frame !== null && panels.length > 0;
    if (!run || !frame) return;
    const moment = { run, display: run.display, frame, index, timeline, selection: view.selection, hover: film.hover, theory, patterns };
    for (const panel of panels) panel.update(moment);
    arrange(); // by now it is known which have anything to say
    if (source.ended) timeline.pinEnds().then((more) => more && film.schedule(), () => {}); // without them it is sorted by what is here
  }

  /** Header, left column, marks. */
  function drawSlowly() {
    const { run } = source;
    if (!run) return;
    setTitle(visible(`${run.name} · Emergescope`));
    const events = milestones(timeline.entries, run);
    const shown = timeline.entries[player.state.index]?.step;
    header.update(run, timeline.entries.at(-1), source.connection.state, shown ?? null);
    side.update(run, events, shown ?? 0);
    film.transport.mark(events, timeline);
    layout.empty.textContent = timeline.entries.length > 0 && panels.length === 0 ? "The display of this run declares nothing to draw." : emptyText(run);
  }

  player.addEventListener("moment", film.scheduleSlow);
  for (const type of ["run", "end"]) {
    source.addEventListener(type, () => {
      declare();
      film.goOn();
      if (timeline.entries.length === 0 || source.ended) film.drawSlowly();
    });
  }
  source.addEventListener("missing", (event) => {
    element.replaceChildren(missing(id, /** @type {CustomEvent} */ (event).detail));
    statusSlot.replaceChildren();
  });
  source.open();

  return {
    readdress: film.readdress,
    destroy() {
      source.close();
      film.destroy();
      side.destroy();
      layout.destroy();
      for (const panel of panels) panel.destroy();
    },
  };
}

/** @param {string} id @param {string | null | undefined} damage what is wrong with a run that is there */
function missing(id, damage) {
  const [title, text] = damage
    ? ["This run cannot be shown", `Its row in the database does not fit, and what does not is left out here: ${damage}.`]
    : ["No such run", `There is no run “${id}” on this server. It may have been deleted, or the link is from another machine.`];
  return make("div", { class: "state" }, make("h1", {}, title), make("p", {}, text), make("a", { class: "button primary", href: "/runs" }, "All runs"));
}
