/**
 * A new sweep: any preset or run with any changes, up to three settings with their values, a number of seeds. Says how many runs that
 * is before it starts. All of it is in the address.
 */

import { ApiError, createExperiment, getCatalog, getDataSets, getHealth, getRun } from "../../net/api.js";
import { createForm } from "../../form/form.js";
import { assign, complaint, overridesOf, submissionOf, valueAt } from "../../form/schema.js";
import { button, count, duration, make, setText, several } from "../../ui/dom.js";
import { readNumber } from "../../ui/numbers.js";
import { ViewState, text } from "../../ui/view-state.js";
import { experimentCards } from "../shared/start.js";
import { createNotice } from "../shared/notice.js";
import { createAxis, createField, sweepSettings } from "./sweep-settings.js";

const AXIS = "x."; // what a parameter of the address begins with that has the values of an axis
const NAMES = ["Horizontal axis", "Vertical axis", "Third axis"];

/** @type {import("../../types").Page} */
export function newSweepPage(element, { navigate, setTitle }) {
  setTitle("New sweep · Emergescope");
  const notice = createNotice();
  const page = make("div", { class: "exp exp-new" }, notice.element, make("h1", {}, "New sweep"), make("div", { class: "skeleton exp-wait-picture", "aria-hidden": "true" }));
  element.replaceChildren(page);
  const state = new ViewState({ base: text("quick"), run: text(), changes: text(), seeds: text("3"), name: text() }, [AXIS]);

  const asking = notice.keepAsking(async (signal) => {
    const [catalog, health, data, run] = await Promise.all([getCatalog(), getHealth(), getDataSets().catch(() => []), state.value.run ? getRun(state.value.run) : null]);
    if (signal.aborted) return null;
    const form = sweepForm(catalog, run, Math.max(1, health.workers.total), navigate, state);
    const sweeps = catalog.experiments.filter(({ kind }) => kind === "sweep");
    const ready = sweeps.length ? [make("section", { class: "exp-section" }, make("h2", {}, "Or start a ready one"), experimentCards(sweeps, data, navigate))] : [];
    page.replaceChildren(notice.element,
      make("header", { class: "exp-head" }, make("p", { class: "overline" }, make("a", { href: "/experiments" }, "Experiments"), " / New sweep"),
        make("h1", {}, "New sweep"),
        make("p", { class: "exp-text" }, `Vary up to ${NAMES.length} settings over a grid and see what becomes of each cell. Every cell is a film.`)),
      form, ...ready);
    return null;
  });
  asking.now();
  return {
    destroy() {
      asking.stop();
      state.destroy();
    },
    readdress() {
      state.reread();
      asking.now();
    },
  };
}

/**
 * @param {import("../../types").Catalog} catalog @param {import("../../types").Run | null} run to start from @param {number} workers
 * @param {(path: string) => void} navigate @param {ViewState<any>} state
 */
function sweepForm(catalog, run, workers, navigate, state) {
  const presets = catalog.presets.toSorted((a, b) => a.order - b.order);
  const base = createField("base", make("select", {}, ...(run ? [make("option", { value: "" }, `the run “${run.name}”`)] : []), ...presets.map(({ id, title }) => make("option", { value: id }, `${title} (${id})`))));
  base.input.value = run ? "" : presets.some(({ id }) => id === state.value.base) ? state.value.base : (presets[0]?.id ?? "");
  const name = createField("name", make("input", { type: "text", maxlength: "200", placeholder: "optional", autocomplete: "off", value: state.value.name }));
  const seeds = createField("seeds for each cell", make("input", { type: "text", inputmode: "numeric", autocomplete: "off", value: state.value.seeds, required: "" }));
  const trouble = make("div", { class: "notice bad", role: "alert", hidden: "" });
  const estimate = make("p", { class: "sweep-estimate", role: "status" });
  const start = make("button", { type: "submit", class: "button primary" }, "Run the sweep");
  const holder = make("div", { class: "sweep-axes" });
  const changed = make("summary");
  const fields = make("div", { class: "sweep-form-fields" });
  const fold = make("details", { class: "sweep-changes" }, changed, fields);
  /** @type {ReturnType<typeof createAxis>[]} */
  let axes = [];
  /** @type {ReturnType<typeof createForm> | null} */
  let form = null;

  const baseOf = () => {
    const ofRun = run && base.input.value === "" ? run : null;
    const preset = presets.find(({ id }) => id === (ofRun ? ofRun.preset : base.input.value));
    return { config: /** @type {any} */ (ofRun?.config ?? preset?.config), seconds: ofRun?.progress.seconds ?? preset?.seconds ?? 1, preset };
  };
  const schema = () => catalog.schemas[String(baseOf().config.study)];
  /** What the cells share: the base with the changes of the form. */
  let config = structuredClone(baseOf().config);
  for (const [path, value] of Object.entries(readChanges(state.value.changes))) {
    const steps = path.split(".");
    if (valueAt(config, steps.slice(0, -1)) !== undefined) assign(config, steps, value);
  }
  const settings = () => (schema() ? sweepSettings(schema(), config) : []);
  const changes = () => overridesOf(config, baseOf().config);

  const openForm = () => {
    if (!form && schema()) form = createForm(fields, { schema: schema(), config, base: baseOf().config, fixed: ["seed"] });
  };
  fold.addEventListener("toggle", () => fold.open && openForm());
  fields.addEventListener("change", () => {
    config = form?.value() ?? config;
    const found = changes();
    state.set({ changes: Object.keys(found).length ? JSON.stringify(found) : "" });
    reoffer();
  });
  base.input.addEventListener("change", () => {
    form?.destroy();
    form = null;
    fold.open = false;
    config = structuredClone(baseOf().config);
    state.set({ changes: "", base: base.input.value || state.value.base, run: base.input.value === "" && run ? run.id : "" });
    reoffer();
    keep();
  });

  /** After another base, or other settings of it. */
  const reoffer = () => {
    const number = form?.changed().length ?? Object.keys(changes()).length;
    setText(changed, `Change other settings${number ? `: ${count(number)} changed` : ""}`);
    axes.forEach((axis) => axis.offer(settings()));
    sum();
  };

  /** Writes what was typed into the address, axes in their order. */
  const keep = () => {
    state.set({ seeds: seeds.input.value, name: name.input.value });
    for (const path of Object.keys(state.opened)) state.setOpen(path, null);
    for (const axis of axes) if (axis.path()) state.setOpen(AXIS + axis.path(), axis.text());
  };

  /** @param {string} [path] @param {string} [values] */
  const addAxis = (path, values = "") => {
    const axis = createAxis(() => {
      axes = axes.filter((one) => one !== axis);
      axis.element.remove();
      relabel();
      keep();
      add.focus();
    });
    const numbers = settings().flatMap((one) => (one.choices === null && !axes.some((other) => other.path() === one.path) ? [one.path] : []));
    axes.push(axis);
    holder.append(axis.element);
    axis.offer(settings(), path ?? schema()?.telling.find((one) => numbers.includes(one)) ?? numbers[0]);
    axis.write(values);
    relabel();
    return axis;
  };
  const add = button("Add a setting", () => addAxis().focus());
  const relabel = () => {
    axes.forEach((axis, i) => axis.label(NAMES[i], axes.length > 1));
    add.hidden = axes.length >= NAMES.length;
    sum();
  };

  const readSeeds = () => {
    const read = readNumber(seeds.input.value, { whole: true });
    return read.complaint === null && (read.value ?? 0) < 1 ? { value: null, complaint: "a whole number, 1 or more" } : read;
  };

  /** How many runs this is, and how long they take. */
  const sum = () => {
    const lengths = axes.map((axis) => axis.read().values.length);
    const cells = lengths.reduce((product, length) => product * length, 1);
    const each = readSeeds().value;
    if (cells === 0 || each === null) return setText(estimate, "Write values for each setting to see how many runs this is.");
    const runs = cells * each;
    const grid = `${lengths.length > 1 ? `${lengths.join(" × ")} = ` : ""}${several(cells, "cell")}`;
    const time = duration((baseOf().seconds * runs) / workers);
    setText(estimate, `${grid} × ${several(each, "seed")} = ${several(runs, "run")}, about ${time} with ${several(workers, "worker")} if each takes as long as its base.`);
  };

  /** @returns {boolean} whether there is something to complain of, which then has the focus */
  const complain = () => {
    const paths = axes.map((axis) => axis.path());
    axes.forEach((axis, i) => {
      const { node = {} } = axis.setting() ?? {};
      const beyond = paths.includes(node.at_most) ? undefined : axis.read().values.find((value) => complaint(node, value, schema(), config)); // else each cell has its own bound
      const why = beyond === undefined ? axis.read().complaint : `${beyond}: ${complaint(node, beyond, schema(), config)}`;
      axis.complain(paths.indexOf(paths[i]) < i ? "this setting is an axis already" : why);
    });
    seeds.complain(readSeeds().complaint);
    return form?.valid() === false || focusWrong();
  };
  const focusWrong = () => {
    const wrong = /** @type {HTMLElement | null} */ (element.querySelector("[aria-invalid=true]"));
    wrong?.focus();
    return wrong !== null;
  };

  /** Puts each message at its field, and what has no field above the button. @param {ApiError} error */
  const showRefusal = ({ problem: { errors = [] }, message }) => {
    const rest = errors.length ? [] : [message];
    const ofForm = [];
    for (const { pointer, message: why } of errors) {
      const [, top, part, path, inside] = pointer.split("/");
      const own = { sweep: { seeds, base, grid: axes.find((axis) => axis.path() === path) }[part], name }[top];
      if (part === "base" && inside !== undefined) ofForm.push({ pointer: pointer.replace("/sweep/base", ""), message: why });
      else if (own) own.complain(why);
      else rest.push(why);
    }
    if (ofForm.length) {
      fold.open = true;
      openForm();
      form?.setErrors({ errors: ofForm });
    }
    trouble.hidden = rest.length === 0;
    setText(trouble, rest.join(" "));
    focusWrong();
  };

  const element = make("form", { class: "sweep-form", novalidate: "" }, base.element, fold, holder, add,
    make("div", { class: "sweep-row" }, seeds.element, name.element), estimate, trouble, make("div", { class: "exp-actions" }, start));
  element.addEventListener("input", () => {
    keep();
    sum();
  });
  element.addEventListener("change", () => state.flush()); // before the press on a link that ended the edit is heeded
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.hidden = true;
    if (complain()) return;
    start.disabled = true;
    setText(start, "Starting…");
    const grid = Object.fromEntries(axes.map((axis) => [axis.path(), axis.read().values]));
    try {
      const sweep = { base: submissionOf(config, baseOf().preset), grid, seeds: readSeeds().value ?? 1 };
      const { id } = await createExperiment({ sweep, name: name.input.value.trim() || undefined });
      if (element.isConnected) navigate(`/experiments/${id}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      start.disabled = false;
      setText(start, "Run the sweep");
      showRefusal(error);
    }
  });

  const kept = Object.entries(state.opened).slice(0, NAMES.length).map(([name, values]) => [name.slice(AXIS.length), values]);
  for (const [path, values] of kept.length ? kept : [[], []]) addAxis(path, values);
  reoffer();
  return element;
}

/** @param {string} found in the address @returns {Record<string, any>} changes by dotted path */
function readChanges(found) {
  try {
    return found ? JSON.parse(found) : {};
  } catch {
    return {};
  }
}
