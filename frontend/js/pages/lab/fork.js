/**
 * The dialog that forks a run at a step: what may be otherwise from there on, a name, and the way to the new run.
 * @import { Catalog, Run } from "../../types"
 * @import { Schema } from "../../form/schema.js"
 * @typedef {{ path: string[], length: string, noun: string }} Stages where they are listed, the setting that says how many steps one has, what one is called
 */

import { createForm } from "../../form/form.js";
import { assign, childrenOf, overridesOf, resolve, valueAt } from "../../form/schema.js";
import { forkRun } from "../../net/api.js";
import { count, make, setText } from "../../ui/dom.js";
import { closeButton, openDialog } from "../../ui/dialog.js";
import { startRun, withChanges } from "./form.js";

/** @param {Run} run @param {number} step that is shown @param {Promise<Catalog>} catalog @param {(path: string) => void} navigate */
export async function openFork(run, step, catalog, navigate) {
  const title = `Fork from step ${count(step)}`;
  const refuse = (/** @type {(Node | string)[]} */ ...why) =>
    openDialog("fork", title, make("p", {}, ...why), make("div", { class: "fork-actions" }, closeButton({ autofocus: "" })));
  if (run.origin && step < run.origin.step) {
    const there = make("a", { href: `/runs/${run.origin.run}?step=${step}` }, "its parent there");
    return void refuse(`This run is itself a fork, and its own from step ${count(run.origin.step)} on. Fork `, there, " instead.");
  }
  const { schemas } = await catalog.catch(() => ({ schemas: null }));
  const schema = schemas?.[String(run.config.study)];
  if (document.querySelector("dialog[open]")) return;
  if (schema) openDialog("fork", title, ...contents(run, step, schema, navigate));
  else refuse(schemas ? "This server does not know the study of this run any more." : "The settings could not be loaded. Reload the page to try again.");
}

/** @param {Run} run @param {number} step @param {Catalog["schemas"][string]} schema of its study @param {(path: string) => void} navigate */
function contents(run, step, schema, navigate) {
  const plan = forkPlan(schema, run.config, step);
  const fields = make("div", { class: "fork-fields" });
  const form = createForm(fields, { schema, config: plan.toCome(), fixed: schema.fixed });
  const first = fields.querySelector(".form-item"); // the stage that goes on after the step
  if (first instanceof HTMLDetailsElement) first.open = true;
  const name = make("input", { id: "fork-name", type: "text", maxlength: "200", autocomplete: "off", placeholder: "says what differs, unless you name it" });
  const start = make("button", { type: "submit", class: "button primary" });
  const trouble = make("p", { class: "notice bad", role: "alert", hidden: "" });

  function label() {
    const changed = form.changed().length;
    setText(start, changed ? withChanges("Fork", changed) : "Fork without changes");
  }
  fields.addEventListener("change", label);
  label();
  const request = () => {
    const called = name.value.trim();
    return forkRun(run.id, { step, overrides: plan.overridesOf(form.value()), ...(called ? { name: called } : {}) });
  };
  const element = make("form", { novalidate: "" },
    make("div", { class: "fork-row" }, make("label", { for: name.id }, "name"), name), fields, trouble,
    make("div", { class: "fork-actions" }, closeButton(), start));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    startRun({ form, buttons: [start], trouble, request, navigate, pointerOf: plan.pointerToCome });
  });
  return [make("p", { class: "muted" }, about(run, step, plan)), element];
}

/** @param {Run} run @param {number} step @param {ReturnType<typeof forkPlan>} plan @returns {string} */
function about({ progress: { total } }, step, { stage, left }) {
  const goesOn = !stage ? `Training has ${count(Math.max(0, total - step))} of its ${count(total)} steps to go.`
    : left === 0 ? `Training is over here: give the last ${stage.noun} more steps, or add a ${stage.noun}.`
    : `${stage.of > 1 ? `The ${stage.noun} “${stage.name}”` : "Training"} has ${count(left)} of its ${count(stage.length)} steps to go.`;
  return `A new run with the frames of this one up to here, which goes on with your changes. ${goesOn}`;
}

/** @param {Schema} root @param {Schema} [node] @param {string[]} [path] @returns {Stages | null} null where training is of one piece */
function stagesIn(root, node = root, path = []) {
  for (const [name, child] of childrenOf(root, node)) {
    if (child.stages) return { path: [...path, name], length: child.stages, noun: (resolve(root, child.items).title ?? "stage").toLowerCase() };
    const below = stagesIn(root, child, [...path, name]);
    if (below) return below;
  }
  return null;
}

/** Of a run that is over, the last stage is still to come, so that it can be made longer. @param {Schema} schema @param {any} config of the run @param {number} step */
export function forkPlan(schema, config, step) {
  const stages = stagesIn(schema);
  /** @type {any[]} */
  const all = stages ? valueAt(config, stages.path) : [];
  const ends = all.map((_, i) => all.slice(0, i + 1).reduce((sum, one) => sum + one[stages?.length ?? ""], 0));
  const past = Math.max(0, ends.findIndex((end, i) => step < end || i === all.length - 1));
  const at = `/overrides/${stages?.path.join("/")}/`;
  return {
    /** Stages that are over. */
    past,
    /** Steps that the next one has to go. */
    left: Math.max(0, (ends[past] ?? 0) - step),
    /** The one that goes on at the step. @type {{ noun: string, name: string, length: number, of: number } | null} */
    stage: stages && { noun: stages.noun, name: all[past].name, length: all[past][stages.length], of: all.length },
    /** @param {any} [of] @returns {any} the settings that a fork may still change */
    toCome(of = config) {
      const some = structuredClone(of);
      if (stages) assign(some, stages.path, valueAt(of, stages.path).slice(past));
      return some;
    },
    /** @param {any} edited settings to come @returns what differs, by dotted path; where stages have come or gone, all of them */
    overridesOf(edited) {
      const whole = structuredClone(edited);
      if (stages) assign(whole, stages.path, [...all.slice(0, past), ...valueAt(edited, stages.path)]);
      return overridesOf(whole, config);
    },
    /** @param {string} pointer of the server's, into all stages @returns {string} into those to come */
    pointerToCome: (pointer) => (pointer.startsWith(at) ? at + pointer.slice(at.length).replace(/^\d+/, (place) => String(Number(place) - past)) : pointer),
  };
}
