/**
 * The gallery: what Emergescope shows, the presets with their pictures, the experiments, and the latest runs. One press starts
 * each.
 * @module
 */

import { ApiError, createRun, getCatalog, getDataSets, listRuns } from "../../net/api.js";
import { button, make } from "../../ui/dom.js";
import { TERMS, definitions, paperLink } from "../../ui/glossary.js";
import { outcome } from "../../film/status.js";
import { absolute, ago } from "../../ui/ago.js";
import { experimentCards } from "./experiment-cards.js";
import { galleryCard } from "./card.js";
import { sections } from "./sections.js";

/** @typedef {import("../../types").Preset} Preset */

const RECENT = 5;

/** @type {import("../../types").Page} */
export function galleryPage(element, { navigate }) {
  document.title = "Emergescope";
  const shelves = make("div", { class: "gallery-shelves" });
  const recent = make("section", { class: "gallery-recent" });
  const experiments = make("section", { class: "gallery-experiments" });
  recent.hidden = experiments.hidden = true;
  element.replaceChildren(make("div", { class: "gallery" }, intro(), shelves, experiments, recent, words()));
  let gone = false;

  const load = async () => {
    shelves.setAttribute("aria-busy", "true");
    shelves.replaceChildren(make("div", { class: "gallery-cards" }, ...Array.from({ length: 4 }, skeleton)));
    try {
      const [{ presets, experiments: offered = [] }, data] = await Promise.all([getCatalog(), getDataSets().catch(() => [])]); // without the list, starting says what is missing
      if (gone) return;
      shelves.replaceChildren(...sections(presets).map((section, i) => shelf(section, i === 0, data)));
      showExperiments(offered, data);
      await showRecent();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!gone) shelves.replaceChildren(unreachable(error, load));
    } finally {
      shelves.removeAttribute("aria-busy");
    }
  };

  /** @param {import("./sections.js").Section} section @param {boolean} first @param {import("../../types").DataSet[]} data */
  const shelf = ({ id, title, text, cards }, first, data) =>
    make("section", { class: "gallery-shelf", "aria-labelledby": `shelf-${id}` },
      make("h2", { id: `shelf-${id}`, class: first ? "visually-hidden" : "" }, title),
      ...(text ? [make("p", { class: "muted" }, text)] : []),
      make("div", { class: "gallery-cards" }, ...cards.map((card, i) => galleryCard(card, first && i === 0, data, start))));

  /** @param {import("../../types").ExperimentPreset[]} offered @param {import("../../types").DataSet[]} data */
  const showExperiments = (offered, data) => {
    experiments.hidden = offered.length === 0;
    experiments.replaceChildren(
      make("h2", {}, "Experiments"),
      make("p", { class: "muted" }, "Many runs with one question: a figure of the paper over several seeds, or a sweep that shows where features emerge and where they never do. ",
        make("a", { href: "/experiments/new" }, "Make a sweep of your own.")),
      experimentCards(offered, data, navigate),
    );
  };

  const showRecent = async () => {
    const { items } = await listRuns({ limit: RECENT });
    if (gone || items.length === 0) return;
    recent.replaceChildren(
      make("h2", {}, "Recent runs"),
      make("ul", {}, ...items.map(recentRun)),
      make("a", { href: "/runs", class: "small muted" }, "All runs"),
    );
    recent.hidden = false;
  };

  /** @param {Preset} preset @param {HTMLButtonElement} press @param {HTMLElement} trouble */
  const start = async (preset, press, trouble) => {
    const buttons = [...shelves.querySelectorAll("button")];
    buttons.forEach((one) => (one.disabled = true));
    trouble.hidden = true;
    press.textContent = "Starting…";
    try {
      const run = await createRun({ preset: preset.id });
      if (!gone) navigate(`/runs/${run.id}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      trouble.textContent = `This run could not be started. ${error.message}`;
      trouble.hidden = false;
      buttons.forEach((one) => (one.disabled = false));
      press.textContent = "Run";
      press.focus();
    }
  };

  load();
  return { destroy: () => (gone = true) };
}

function intro() {
  return make(
    "header",
    { class: "gallery-intro" },
    make("h1", {}, "When, and why, does a feature appear?"),
    make(
      "p",
      {},
      "Inputs are made of many patterns; a few of them decide the label. A small network starts with neurons that point " +
        "nowhere in particular, and within a few gradient steps they swing onto the sum of the patterns that matter. That " +
        "is how it solves a problem that fixed features beside it do not. On real images, too, neurons gather. After ",
      paperLink(), ".",
    ),
  );
}

function words() {
  return make("details", { class: "gallery-glossary" }, make("summary", {}, "What the words mean"), definitions(Object.keys(TERMS)));
}

/** @param {import("../../types").RunSummary} run */
function recentRun(run) {
  const { id, name, created_at: created } = run;
  const word = outcome(run);
  return make(
    "li",
    {},
    make("a", { class: "name", href: `/runs/${id}` }, name),
    make("span", { class: "status small muted", "data-status": word }, word),
    make("time", { class: "small muted", datetime: created, title: absolute(created) }, ago(created)),
  );
}

function skeleton() {
  return make("div", { class: "gallery-card", "aria-hidden": "true" }, make("div", { class: "gallery-picture skeleton" }),
    make("div", { class: "gallery-words" }, make("div", { class: "gallery-bone skeleton" }),
      make("div", { class: "gallery-bone long skeleton" })));
}

/** @param {ApiError} error @param {() => void} retry */
function unreachable(error, retry) {
  const away = error.status === 0;
  return make(
    "div",
    { class: "state", role: "alert" },
    make("h2", {}, away ? "The server cannot be reached" : "The gallery could not be loaded"),
    make("p", {}, away ? "Emergescope may have been stopped. Start it again (emergescope serve), then retry." : error.message),
    button("Try again", retry),
  );
}
