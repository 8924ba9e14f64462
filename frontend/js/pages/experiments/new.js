/**
 * A new sweep: a base, up to three settings with their values, a number of seeds. Says how many runs that is before it starts.
 * @module
 */

import { ApiError, createExperiment, getCatalog, getDataSets, getHealth } from "../../net/api.js";
import { button, count, duration, make, setText } from "../../ui/dom.js";
import { readNumber } from "../../ui/numbers.js";
import { experimentCards } from "../experiment-cards.js";
import { several } from "./words.js";
import { createAxis } from "./sweep-axis.js";
import { sweepSettings } from "./sweep-settings.js";

/** @typedef {import("../../types").Catalog} Catalog */

const MOST_AXES = 3;
/** What most sweeps vary, where the base has it. */
const FIRST = ["problem.ratio", "method.m", "problem.p_o", "problem.k", "method.sigma_w", "training.epochs"];

/** @type {import("../../types").Page} */
export function newSweepPage(element, { navigate }) {
  document.title = "New sweep · Emergescope";
  const page = make("div", { class: "exp exp-new" });
  element.replaceChildren(page);
  let gone = false;

  const load = async () => {
    page.replaceChildren(make("h1", {}, "New sweep"), make("div", { class: "skeleton exp-wait-picture", "aria-hidden": "true" }));
    try {
      const [catalog, health, data] = await Promise.all([getCatalog(), getHealth(), getDataSets().catch(() => [])]);
      if (!gone) page.replaceChildren(...contents(catalog, data, Math.max(1, health.workers.total), navigate));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (gone) return;
      const away = error.status === 0;
      page.replaceChildren(make("div", { class: "state", role: "alert" },
        make("h1", {}, away ? "The server cannot be reached" : "The settings could not be loaded"),
        make("p", {}, away ? "Emergescope may have been stopped. Start it again (emergescope serve), then retry." : error.message), button("Try again", load)));
    }
  };
  load();
  return { destroy: () => (gone = true) };
}

/** @param {Catalog} catalog @param {import("../../types").DataSet[]} data @param {number} workers @param {(path: string) => void} navigate @returns {HTMLElement[]} */
function contents(catalog, data, workers, navigate) {
  const presets = catalog.presets.toSorted((a, b) => a.order - b.order);
  const wanted = new URLSearchParams(location.search).get("base") ?? "quick";
  const base = make("select", { id: "sweep-base" }, ...presets.map(({ id, title }) => make("option", { value: id }, `${title} (${id})`)));
  base.value = presets.some(({ id }) => id === wanted) ? wanted : (presets[0]?.id ?? "");
  const name = make("input", { id: "sweep-name", type: "text", maxlength: "200", placeholder: "optional", autocomplete: "off" });
  const seeds = make("input", { id: "sweep-seeds", type: "text", inputmode: "numeric", autocomplete: "off", value: "3", required: "" });
  const baseError = fieldError("sweep-base-error", base);
  const nameError = fieldError("sweep-name-error", name);
  const seedsError = fieldError("sweep-seeds-error", seeds);
  const trouble = make("div", { class: "notice bad", role: "alert", hidden: "" });
  const estimate = make("p", { class: "sweep-estimate", role: "status" });
  const start = make("button", { type: "submit", class: "button primary" }, "Run the sweep");
  const holder = make("div", { class: "sweep-axes" });
  /** @type {ReturnType<typeof createAxis>[]} */
  let axes = [];

  const presetOf = () => presets.find(({ id }) => id === base.value) ?? presets[0];
  const settings = () => sweepSettings(/** @type {any} */ (catalog.schema), presetOf().config);

  const addAxis = (/** @type {string} */ values) => {
    const axis = createAxis({
      onChange: sum,
      onRemove() {
        axes = axes.filter((one) => one !== axis);
        axis.element.remove();
        relabel();
        add.focus();
      },
    });
    const there = settings().map(({ path }) => path);
    const free = FIRST.find((path) => there.includes(path) && !axes.some((one) => one.setting()?.path === path));
    axes.push(axis);
    holder.append(axis.element);
    axis.offer(settings(), free);
    axis.write(values);
    relabel();
    return axis;
  };
  const add = button("Add a setting", () => addAxis("").focus());
  const relabel = () => {
    const names = ["Horizontal axis", "Vertical axis", "Third axis"];
    axes.forEach((axis, i) => axis.label(names[i], axes.length > 1));
    add.hidden = axes.length >= MOST_AXES;
    sum();
  };

  const readSeeds = () => {
    const read = readNumber(seeds.value, { whole: true });
    return read.complaint === null && (read.value ?? 0) < 1 ? { value: null, complaint: "a whole number, 1 or more" } : read;
  };

  /** How many runs this is, and how long they take. */
  const sum = () => {
    const lengths = axes.map((axis) => axis.read().values.length);
    const cells = lengths.reduce((product, length) => product * length, 1);
    const each = readSeeds().value;
    if (cells === 0 || each === null) {
      setText(estimate, "Write values for each setting to see how many runs this is.");
      return;
    }
    const runs = cells * each;
    const grid = lengths.length > 1 ? `${lengths.join(" × ")} = ${several(cells, "cell")}` : several(cells, "cell");
    const time = duration((presetOf().seconds * runs) / workers);
    setText(estimate, `${grid} × ${several(each, "seed")} = ${several(runs, "run")}, about ${time} with ${several(workers, "worker")} if each takes as long as the preset.`);
  };

  base.addEventListener("change", () => {
    axes.forEach((axis) => axis.offer(settings()));
    baseError.set(null);
    sum();
  });
  seeds.addEventListener("input", () => {
    seedsError.set(null);
    sum();
  });
  name.addEventListener("input", () => nameError.set(null));

  /** @returns {boolean} whether there is something to complain of */
  const complain = () => {
    axes.forEach((axis) => axis.setError(null));
    const paths = axes.map((axis) => axis.setting()?.path);
    axes.forEach((axis, i) => {
      if (paths.indexOf(paths[i]) < i) axis.setError("this setting is an axis already");
    });
    const { complaint: wrong } = readSeeds();
    seedsError.set(wrong);
    const first = axes.find((axis) => axis.invalid());
    if (first) first.focus();
    else if (wrong) seeds.focus();
    return first !== undefined || wrong !== null;
  };

  const form = make("form", { class: "sweep-form", novalidate: "" },
    make("div", { class: "sweep-field" }, make("label", { for: base.id }, "base preset"), base, baseError.element), holder, add,
    make("div", { class: "sweep-row" },
      make("div", { class: "sweep-field" }, make("label", { for: seeds.id }, "seeds for each cell"), seeds, seedsError.element),
      make("div", { class: "sweep-field" }, make("label", { for: name.id }, "name"), name, nameError.element)),
    estimate, trouble, make("div", { class: "exp-actions" }, start));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.hidden = true;
    if (complain()) return;
    start.disabled = true;
    setText(start, "Starting…");
    const grid = Object.fromEntries(axes.map((axis) => [axis.setting()?.path ?? "", axis.read().values]));
    try {
      const body = { sweep: { base: { preset: base.value }, grid, seeds: readSeeds().value ?? 1 } };
      const { id } = await createExperiment(name.value.trim() ? { ...body, name: name.value.trim() } : body);
      if (form.isConnected) navigate(`/experiments/${id}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      start.disabled = false;
      setText(start, "Run the sweep");
      showRefusal(error);
    }
  });

  /** Puts each message at its field, and what has no field above the button. @param {ApiError} error */
  const showRefusal = ({ problem, message }) => {
    const rest = [];
    for (const { pointer, message: text } of problem.errors ?? []) {
      const parts = pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
      const axis = axes.find((one) => pathOf(parts) === one.setting()?.path);
      if (axis) axis.setError(text);
      else if (parts[0] === "sweep" && parts[1] === "seeds") seedsError.set(text);
      else if (parts[0] === "sweep" && parts[1] === "base") baseError.set(text);
      else if (parts[0] === "name") nameError.set(text);
      else rest.push(text);
    }
    if (!problem.errors?.length) rest.push(message);
    trouble.hidden = rest.length === 0;
    trouble.textContent = rest.join(" ");
    const first = form.querySelector("[aria-invalid=true]");
    if (first instanceof HTMLElement) first.focus();
  };

  addAxis("");
  addAxis("");
  /** Who comes for a ready sweep finds it first. */
  const wantedSweep = new URLSearchParams(location.search).get("ready");
  const sweeps = (catalog.experiments ?? []).filter(({ kind }) => kind === "sweep");
  const asked = sweeps.find(({ id }) => id === wantedSweep);
  const ready = sweeps.length ? [make("section", { class: "exp-section" }, make("h2", {}, asked ? "A ready sweep" : "Or start a ready one"), experimentCards(asked ? [asked] : sweeps, data, navigate))] : [];
  return [
    make("header", { class: "exp-head" }, make("p", { class: "overline" }, make("a", { href: "/experiments" }, "Experiments"), " / New sweep"),
      make("h1", {}, "New sweep"),
      make("p", { class: "exp-text" }, `Vary up to ${count(MOST_AXES)} settings over a grid and see in which cells features emerge. Every cell is a film.`)),
    ...(asked ? [...ready, make("h2", {}, "Or one of your own"), form] : [form, ...ready]),
  ];
}

/** The setting that a pointer into the body means: /sweep/grid/problem.q, perhaps with the place of a value behind it. @param {string[]} parts */
function pathOf([sweep, grid, path]) {
  return sweep === "sweep" && grid === "grid" ? path : undefined;
}

/** @param {string} id @param {HTMLElement} input */
function fieldError(id, input) {
  const element = make("p", { id, class: "small bad", role: "alert", hidden: "" });
  input.setAttribute("aria-describedby", id);
  return {
    element,
    set(/** @type {string | null} */ message) {
      element.hidden = message === null;
      element.textContent = message;
      input.setAttribute("aria-invalid", String(message !== null));
    },
  };
}
