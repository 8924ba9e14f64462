/**
 * The dialog that forks a run at a step: what may be otherwise from there on, a name, and the way to the new run. Used by
 * pages/lab/lab.js.
 * @typedef {import("../../types").Run} Run
 * @typedef {import("../../types").Catalog} Catalog
 */

import { ApiError, forkRun } from "../../net/api.js";
import { button, count, make, setText } from "../../ui/dom.js";
import { createForm } from "../../form/form.js";
import { forkPlan } from "./fork-settings.js";

/** @param {{catalog: Promise<Catalog>, navigate: (path: string) => void}} context */
export function forkDialog({ catalog, navigate }) {
  /** @type {HTMLDialogElement | null} */
  let dialog = null;

  /** @param {string} title @param {HTMLElement[]} contents */
  function show(title, ...contents) {
    const made = make("dialog", { class: "fork", "aria-labelledby": "fork-title" }, make("h2", { id: "fork-title" }, title), ...contents);
    made.addEventListener("close", () => {
      made.remove(); // the focus goes back to where it was by itself
      if (dialog === made) dialog = null;
    });
    dialog = made;
    document.body.append(made);
    made.showModal();
  }

  const close = () => dialog?.close();

  /** @param {string} title @param {(Node | string)[]} text why it cannot be forked here */
  function refuse(title, ...text) {
    show(title, make("p", {}, ...text), make("div", { class: "fork-actions" }, button("Close", close, { autofocus: "" })));
  }

  return {
    /** @param {Run} run @param {number} step that is shown */
    async open(run, step) {
      if (dialog?.open) return;
      const title = `Fork from step ${count(step)}`;
      if (run.origin && step < run.origin.step) {
        const there = make("a", { href: `/runs/${run.origin.run}?step=${step}` }, "its parent there");
        refuse(title, `This run is itself a fork, and its own from step ${count(run.origin.step)} on. Fork `, there, " instead.");
        return;
      }
      try {
        const schema = (await catalog).schemas[String(run.config.study)];
        if (!schema) refuse(title, "This server does not know the study of this run any more.");
        else if (!dialog?.open) show(title, ...contents(run, step, schema, close, navigate));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        refuse(title, "The settings could not be loaded. Reload the page to try again.");
      }
    },
    destroy: close,
  };
}

/**
 * @param {Run} run @param {number} step @param {import("../../form/schema.js").Schema} schema of its study
 * @param {() => void} close @param {(path: string) => void} navigate @returns {HTMLElement[]}
 */
function contents(run, step, schema, close, navigate) {
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
    setText(start, changed === 0 ? "Fork without changes" : changed === 1 ? "Fork with 1 change" : `Fork with ${count(changed)} changes`);
  }

  async function submit() {
    if (start.disabled || !form.valid()) return;
    start.disabled = true;
    trouble.hidden = true;
    form.setErrors(null);
    try {
      const overrides = plan.overridesOf(form.value());
      const next = await forkRun(run.id, { step, overrides, ...(name.value.trim() ? { name: name.value.trim() } : {}) });
      close();
      navigate(`/runs/${next.id}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const errors = error.problem.errors?.map(({ pointer, message }) => ({ pointer: plan.pointerToCome(pointer), message }));
      if (errors?.length) form.setErrors({ ...error.problem, errors });
      trouble.hidden = Boolean(errors?.length);
      setText(trouble, error.message);
    } finally {
      start.disabled = false;
    }
  }

  fields.addEventListener("change", label);
  label();
  const element = make("form", { novalidate: "" },
    make("div", { class: "fork-row" }, make("label", { for: name.id }, "name"), name), fields, trouble,
    make("div", { class: "fork-actions" }, button("Close", close), start));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  return [make("p", { class: "muted" }, about(run, step, plan)), element];
}

/** @param {Run} run @param {number} step @param {ReturnType<typeof forkPlan>} plan @returns {string} */
function about(run, step, { stage, left }) {
  const { total } = run.progress;
  const goesOn = !stage ? `Training has ${count(Math.max(0, total - step))} of its ${count(total)} steps to go.`
    : left === 0 ? `Training is over here: give the last ${stage.noun} more steps, or add a ${stage.noun}.`
    : `${stage.of > 1 ? `The ${stage.noun} “${stage.name}”` : "Training"} has ${count(left)} of its ${count(stage.length)} steps to go.`;
  return `A new run with the frames of this one up to here, which goes on with your changes. ${goesOn}`;
}
