/**
 * The gallery: what Emergescope shows, the presets with their pictures, the experiments, and the latest runs. One press starts
 * each.
 * @module
 */

import { ApiError, createRun, getCatalog, listRuns } from "../api.js";
import { button, duration, make } from "../dom.js";
import { absolute, ago } from "./ago.js";
import { experimentCards } from "./experiment-cards.js";

/** @typedef {import("../types").Preset} Preset */

const RECENT = 5;
const STAGES = ["at the start", "on the way", "at the end"];

/** @type {import("../types").Page} */
export function galleryPage(element, { navigate }) {
  document.title = "Emergescope";
  const cards = make("div", { class: "gallery-cards" });
  const recent = make("section", { class: "gallery-recent" });
  const experiments = make("section", { class: "gallery-experiments" });
  recent.hidden = experiments.hidden = true;
  element.replaceChildren(make("div", { class: "gallery" }, intro(), cards, experiments, recent));
  let gone = false;

  const load = async () => {
    cards.setAttribute("aria-busy", "true");
    cards.replaceChildren(...Array.from({ length: 4 }, skeleton));
    try {
      const { presets, experiments: offered = [] } = await getCatalog();
      if (gone) return;
      const ordered = presets.toSorted((a, b) => a.order - b.order);
      cards.replaceChildren(...ordered.map((preset, i) => card(preset, i === 0, start)));
      showExperiments(offered);
      await showRecent();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!gone) cards.replaceChildren(unreachable(error, load));
    } finally {
      cards.removeAttribute("aria-busy");
    }
  };

  /** @param {import("../types").ExperimentPreset[]} offered */
  const showExperiments = (offered) => {
    experiments.hidden = offered.length === 0;
    experiments.replaceChildren(
      make("h2", {}, "Experiments"),
      make("p", { class: "muted" }, "Many runs with one question: a figure of the paper over several seeds, or a sweep that shows where features emerge and where they never do. ",
        make("a", { href: "/experiments/new" }, "Make a sweep of your own.")),
      experimentCards(offered, navigate),
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
    const buttons = [...cards.querySelectorAll("button")];
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
        "is how it solves problems which no fixed set of features can.",
    ),
  );
}

/**
 * @param {Preset} preset
 * @param {boolean} hero the first and most telling one
 * @param {(preset: Preset, press: HTMLButtonElement, trouble: HTMLElement) => void} start
 */
function card(preset, hero, start) {
  const trouble = make("p", { class: "notice bad small", role: "alert" });
  trouble.hidden = true;
  const title = make("h2", { id: `preset-${preset.order}` }, preset.title);
  const press = button("Run", () => start(preset, press, trouble), {
    class: `button ${hero ? "primary" : ""}`,
    "aria-describedby": title.id,
  });
  const facts = [preset.figure, size(preset.config)].filter(Boolean).join(" · ");
  return make(
    "article",
    { class: `gallery-card ${hero ? "hero" : ""}`, "aria-labelledby": title.id },
    picture(preset),
    make(
      "div",
      { class: "gallery-words" },
      title,
      make("p", { class: "gallery-text" }, preset.text),
      make("p", { class: "small muted" }, facts),
      make("div", { class: "gallery-action" }, press, make("span", { class: "small muted" }, `about ${duration(preset.seconds)}`)),
      trouble,
    ),
  );
}

/**
 * The neurons at the start, in the middle and at the end of a real run; three empty circles where the picture is missing.
 * @param {Preset} preset
 */
function picture({ id, title }) {
  const frame = make("figure", { class: "gallery-picture" });
  const image = make("img", {
    src: `/pictures/${id.replaceAll("/", "-")}.svg`,
    alt: `The neurons of “${title}” at the start, in the middle and at the end of training`,
    width: "660",
    height: "200",
  });
  image.addEventListener("error", () => {
    image.replaceWith(make("div", { class: "gallery-no-picture" }, make("span"), make("span"), make("span")));
  });
  frame.append(image, make("figcaption", { "aria-hidden": "true" }, ...STAGES.map((word) => make("span", {}, word))));
  return frame;
}

/** @param {import("../types").JsonObject} config @returns {string} "600 neurons, 100 patterns, 5 relevant" */
function size(config) {
  const { problem, method } = /** @type {{ problem?: { D?: number, k?: number }, method?: { m?: number } }} */ (config);
  const parts = [
    method?.m ? `${(2 * method.m).toLocaleString("en")} neurons` : "",
    problem?.D ? `${problem.D.toLocaleString("en")} patterns` : "",
    problem?.k ? `${problem.k} relevant` : "",
  ];
  return parts.filter(Boolean).join(", ");
}

/** @param {import("../types").RunSummary} run */
function recentRun({ id, name, status, created_at: created }) {
  return make(
    "li",
    {},
    make("a", { href: `/runs/${id}` }, name),
    make("span", { class: "status small muted", "data-status": status }, status),
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
