/**
 * A new sweep: any preset or run with any changes, up to three settings with their values, a number of seeds. Says how many runs that
 * is before it starts. All of it is in the address.
 * @module
 */

import { ApiError, createExperiment, getCatalog, getDataSets, getHealth, getRun } from "../../net/api.js";
import { createForm } from "../../form/form.js";
import { assign, overridesOf, submissionOf } from "../../form/schema.js";
import { button, count, duration, make, setText } from "../../ui/dom.js";
import { readNumber } from "../../ui/numbers.js";
import { ViewState, text } from "../../ui/view-state.js";
import { experimentCards } from "../experiment-cards.js";
import { createAxis } from "./sweep-axis.js";
import { sweepSettings } from "./sweep-settings.js";
import { several } from "./words.js";

/** @typedef {import("../../types").Catalog} Catalog */
/** @typedef {import("../../types").Run} Run */
/** @typedef {{ config: any, name: string, seconds: number, preset: import("../../types").Preset | undefined }} Base */

const MOST_AXES = 3;
const NAMES = ["Horizontal axis", "Vertical axis", "Third axis"];

/** @type {import("../../types").Page} */
export function newSweepPage(element, { navigate, setTitle, signal }) {
  setTitle("New sweep · Emergescope");
  const page = make("div", { class: "exp exp-new" });
  element.replaceChildren(page);
  const state = new ViewState({ base: text("quick"), run: text(), changes: text(), seeds: text("3"), name: text(), ready: text() }, "x.");

  const load = async () => {
    page.replaceChildren(make("h1", {}, "New sweep"), make("div", { class: "skeleton exp-wait-picture", "aria-hidden": "true" }));
    try {
      const [catalog, health, data, run] = await Promise.all([getCatalog(), getHealth(), getDataSets().catch(() => []), state.value.run ? getRun(state.value.run) : null]);
      if (!signal.aborted) page.replaceChildren(...contents({ catalog, data, run, workers: Math.max(1, health.workers.total), navigate, state }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (signal.aborted) return;
      const away = error.status === 0;
      page.replaceChildren(make("div", { class: "state", role: "alert" },
        make("h1", {}, away ? "The server cannot be reached" : "The settings could not be loaded"),
        make("p", {}, away ? "Emergescope may have been stopped. Start it again (emergescope serve), then retry." : error.message), button("Try again", load)));
    }
  };
  load();
  return {
    destroy: () => state.destroy(),
    readdress() {
      state.reread();
      load();
    },
  };
}

/**
 * @param {{ catalog: Catalog, data: import("../../types").DataSet[], run: Run | null, workers: number, navigate: (path: string) => void, state: ViewState<any> }} with_
 * @returns {HTMLElement[]}
 */
function contents({ catalog, data, run, workers, navigate, state }) {
  const presets = catalog.presets.toSorted((a, b) => a.order - b.order);
  const base = make("select", { id: "sweep-base" }, ...(run ? [make("option", { value: "" }, `the run “${run.name}”`)] : []), ...presets.map(({ id, title }) => make("option", { value: id }, `${title} (${id})`)));
  base.value = run ? "" : presets.some(({ id }) => id === state.value.base) ? state.value.base : (presets[0]?.id ?? "");
  const name = make("input", { id: "sweep-name", type: "text", maxlength: "200", placeholder: "optional", autocomplete: "off", value: state.value.name });
  const seeds = make("input", { id: "sweep-seeds", type: "text", inputmode: "numeric", autocomplete: "off", value: state.value.seeds, required: "" });
  const [baseError, nameError, seedsError] = [fieldError("sweep-base-error", base), fieldError("sweep-name-error", name), fieldError("sweep-seeds-error", seeds)];
  const trouble = make("div", { class: "notice bad", role: "alert", hidden: "" });
  const estimate = make("p", { class: "sweep-estimate", role: "status" });
  const start = make("button", { type: "submit", class: "button primary" }, "Run the sweep");
  const holder = make("div", { class: "sweep-axes" });
  const changed = make("summary", {});
  const fields = make("div", { class: "sweep-form-fields" });
  const fold = make("details", { class: "sweep-changes" }, changed, fields);
  /** @type {ReturnType<typeof createAxis>[]} */
  let axes = [];
  /** @type {ReturnType<typeof createForm> | null} */
  let form = null;

  /** @returns {Base} */
  const baseOf = () => {
    const preset = presets.find(({ id }) => id === (run && base.value === "" ? run.preset : base.value));
    if (run && base.value === "") return { config: run.config, name: run.name, seconds: run.progress.seconds ?? preset?.seconds ?? 1, preset };
    return { config: preset?.config, name: preset?.title ?? "", seconds: preset?.seconds ?? 1, preset };
  };
  const schema = () => catalog.schemas[String(baseOf().config.study)];
  /** What the cells share: the base with the changes of the form. */
  let config = structuredClone(baseOf().config);
  for (const [path, value] of Object.entries(readChanges(state.value.changes))) if (sweepable(config, path)) assign(config, path.split("."), value);
  const settings = () => (schema() ? sweepSettings(schema(), config) : []);
  const countChanges = () => setText(changed, `Change other settings${form?.changed().length || state.value.changes ? `: ${count(changesOf().length)} changed` : ""}`);
  const changesOf = () => Object.entries(overridesOf(config, baseOf().config));

  const openForm = () => {
    if (form || !schema()) return;
    form = createForm(fields, { schema: schema(), config, base: baseOf().config, fixed: ["seed"] });
  };
  fold.addEventListener("toggle", () => fold.open && openForm());
  fields.addEventListener("change", () => {
    if (!form) return;
    config = form.value();
    const found = changesOf();
    state.set({ changes: found.length ? JSON.stringify(Object.fromEntries(found)) : "" });
    countChanges();
    axes.forEach((axis) => axis.offer(settings()));
    sum();
  });

  /** Writes the axes into the address. */
  const keep = () => {
    const wanted = Object.fromEntries(axes.flatMap((axis) => (axis.setting() ? [[axis.setting()?.path ?? "", axis.text()]] : [])));
    for (const path of Object.keys(state.opened)) if (!(path in wanted)) state.setOpen(path, null);
    for (const [path, values] of Object.entries(wanted)) state.setOpen(path, values);
  };

  /** @param {string} [path] @param {string} [values] */
  const addAxis = (path, values = "") => {
    const axis = createAxis({
      onChange: () => {
        sum();
        keep();
      },
      onRemove() {
        axes = axes.filter((one) => one !== axis);
        axis.element.remove();
        relabel();
        keep();
        add.focus();
      },
    });
    const numbers = settings().filter((one) => one.choices === null && !axes.some((other) => other.setting()?.path === one.path)).map((one) => one.path);
    const free = schema()?.telling.find((one) => numbers.includes(one)) ?? numbers[0];
    axes.push(axis);
    holder.append(axis.element);
    axis.offer(settings(), path ?? free);
    axis.write(values);
    relabel();
    return axis;
  };
  const add = button("Add a setting", () => addAxis().focus());
  const relabel = () => {
    axes.forEach((axis, i) => axis.label(NAMES[i], axes.length > 1));
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
    const time = duration((baseOf().seconds * runs) / workers);
    setText(estimate, `${grid} × ${several(each, "seed")} = ${several(runs, "run")}, about ${time} with ${several(workers, "worker")} if each takes as long as its base.`);
  };

  base.addEventListener("change", () => {
    form?.destroy();
    form = null;
    fold.open = false;
    config = structuredClone(baseOf().config);
    state.set({ changes: "", base: base.value || state.value.base, run: base.value === "" && run ? run.id : "" });
    axes.forEach((axis) => axis.offer(settings()));
    baseError.set(null);
    countChanges();
    keep();
    sum();
  });
  seeds.addEventListener("input", () => {
    seedsError.set(null);
    state.set({ seeds: seeds.value });
    sum();
  });
  name.addEventListener("input", () => {
    nameError.set(null);
    state.set({ name: name.value });
  });

  /** @returns {boolean} whether there is something to complain of */
  const complain = () => {
    axes.forEach((axis) => axis.setError(null));
    const paths = axes.map((axis) => axis.setting()?.path);
    axes.forEach((axis, i) => paths.indexOf(paths[i]) < i && axis.setError("this setting is an axis already"));
    const { complaint: wrong } = readSeeds();
    seedsError.set(wrong);
    const first = axes.find((axis) => axis.invalid());
    if (form?.valid() === false) return true;
    if (first) first.focus();
    else if (wrong) seeds.focus();
    return first !== undefined || wrong !== null;
  };

  const element = make("form", { class: "sweep-form", novalidate: "" },
    make("div", { class: "sweep-field" }, make("label", { for: base.id }, "base"), base, baseError.element), fold, holder, add,
    make("div", { class: "sweep-row" },
      make("div", { class: "sweep-field" }, make("label", { for: seeds.id }, "seeds for each cell"), seeds, seedsError.element),
      make("div", { class: "sweep-field" }, make("label", { for: name.id }, "name"), name, nameError.element)),
    estimate, trouble, make("div", { class: "exp-actions" }, start));
  element.addEventListener("change", () => state.flush()); // before the press on a link that ended the edit is heeded
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.hidden = true;
    if (complain()) return;
    start.disabled = true;
    setText(start, "Starting…");
    const grid = Object.fromEntries(axes.map((axis) => [axis.setting()?.path ?? "", axis.read().values]));
    try {
      const sweep = { base: submissionOf(config, baseOf().preset), grid, seeds: readSeeds().value ?? 1 };
      const { id } = await createExperiment({ sweep, ...(name.value.trim() ? { name: name.value.trim() } : {}) });
      if (element.isConnected) navigate(`/experiments/${id}`);
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
    const ofForm = [];
    for (const { pointer, message: why } of problem.errors ?? []) {
      const parts = pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
      const axis = axes.find((one) => pathOf(parts) === one.setting()?.path);
      if (axis) axis.setError(why);
      else if (parts[0] === "sweep" && parts[1] === "seeds") seedsError.set(why);
      else if (parts[0] === "sweep" && parts[1] === "base" && parts.length > 3) ofForm.push({ pointer: pointer.replace("/sweep/base", ""), message: why });
      else if (parts[0] === "sweep" && parts[1] === "base") baseError.set(why);
      else if (parts[0] === "name") nameError.set(why);
      else rest.push(why);
    }
    if (ofForm.length) {
      fold.open = true;
      openForm();
      form?.setErrors({ errors: ofForm });
    }
    if (!problem.errors?.length) rest.push(message);
    trouble.hidden = rest.length === 0;
    trouble.textContent = rest.join(" ");
    const first = element.querySelector("[aria-invalid=true]");
    if (first instanceof HTMLElement) first.focus();
  };

  const kept = Object.entries(state.opened).slice(0, MOST_AXES);
  if (kept.length) for (const [path, values] of kept) addAxis(path, values);
  else [addAxis(), addAxis()];
  countChanges();

  /** Who comes for a ready sweep finds it first. */
  const sweeps = (catalog.experiments ?? []).filter(({ kind }) => kind === "sweep");
  const asked = sweeps.find(({ id }) => id === state.value.ready);
  const ready = sweeps.length ? [make("section", { class: "exp-section" }, make("h2", {}, asked ? "A ready sweep" : "Or start a ready one"), experimentCards(asked ? [asked] : sweeps, data, navigate))] : [];
  return [
    make("header", { class: "exp-head" }, make("p", { class: "overline" }, make("a", { href: "/experiments" }, "Experiments"), " / New sweep"),
      make("h1", {}, "New sweep"),
      make("p", { class: "exp-text" }, `Vary up to ${count(MOST_AXES)} settings over a grid and see what becomes of each cell. Every cell is a film.`)),
    ...(asked ? [...ready, make("h2", {}, "Or one of your own"), element] : [element, ...ready]),
  ];
}

/** @param {string} found in the address @returns {Record<string, any>} changes by dotted path */
function readChanges(found) {
  try {
    return found ? JSON.parse(found) : {};
  } catch {
    return {};
  }
}

/** @param {any} config @param {string} path @returns {boolean} whether there is something to change */
const sweepable = (config, path) => path.split(".").slice(0, -1).reduce((part, step) => part?.[step], config) !== undefined;

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
