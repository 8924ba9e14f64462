/**
 * The parameters of a run, and the button that starts another one with changes.
 * @import { Catalog, Run } from "../../types"
 * @typedef {{ form: import("../../form/form.js").ConfigForm, buttons: HTMLButtonElement[], trouble: HTMLElement, request: () => Promise<{ id: string }>, navigate: (path: string) => void,
 *   pointerOf?: (pointer: string) => string }} Start pointerOf: where the form has what the server names
 */

import { createForm } from "../../form/form.js";
import { overridesOf, submissionOf } from "../../form/schema.js";
import { ApiError, createRun } from "../../net/api.js";
import { at } from "../../ui/address.js";
import { button, count, make, setText } from "../../ui/dom.js";

/**
 * @param {HTMLElement} element @param {HTMLElement} lead for what is there to be played with: sliders, and the same button again; hidden while there are none
 * @param {() => Run} run @param {Promise<Catalog>} loading @param {(path: string) => void} navigate
 */
export async function labForm(element, lead, run, loading, navigate) {
  const { id, config, preset } = run();
  const catalog = await loading.catch(() => null);
  const schema = catalog?.schemas[String(config.study)];
  if (!catalog || !schema) {
    const why = catalog ? "This server does not know the study of this run any more." : "The parameters could not be loaded. Reload the page to try again.";
    element.append(make("p", { class: "notice bad", role: "alert" }, why));
    return;
  }
  const fields = make("div", {});
  const sliders = make("div", { class: "form-sliders" });
  const trouble = make("p", { class: "notice bad", role: "alert", hidden: "" });
  const form = createForm(fields, { schema, config, sliders });
  const begun = catalog.presets.find((one) => one.id === preset);
  const request = () => createRun({ ...submissionOf(form.value(), begun), tags: run().tags }); // no name: the server says what differs
  const buttons = ["button primary run-again", "button"].map((look) =>
    button("", () => startRun({ form, buttons, trouble, request, navigate }), { class: look }));
  const sweep = make("a", { class: "button quiet" }, "Sweep over settings");
  lead.append(sliders, buttons[1]);
  lead.hidden = sliders.childElementCount === 0;
  element.append(fields, trouble, make("div", { class: "run-again-bar" }, buttons[0], sweep));

  function label() {
    const changed = form.changed().length;
    for (const press of buttons) setText(press, changed ? withChanges("Run again", changed) : "Run again");
    buttons[1].classList.toggle("primary", changed > 0);
    const asked = new URLSearchParams({ run: id });
    if (changed) asked.set("changes", JSON.stringify(overridesOf(form.value(), config)));
    sweep.href = at(`/experiments/new?${asked}`);
  }
  fields.addEventListener("change", label);
  label();
}

/** @param {string} what @param {number} changes @returns {string} */
export const withChanges = (what, changes) => `${what} with ${count(changes)} ${changes === 1 ? "change" : "changes"}`;

/** One at a time; a refusal is said at its field, or else in `trouble`. @param {Start} start */
export async function startRun({ form, buttons, trouble, request, navigate, pointerOf = (pointer) => pointer }) {
  if (buttons[0].disabled || !form.valid()) return;
  const disable = (/** @type {boolean} */ off) => buttons.forEach((press) => (press.disabled = off));
  disable(true);
  trouble.hidden = true;
  form.setErrors(null);
  try {
    navigate(`/runs/${(await request()).id}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const errors = error.problem.errors?.map(({ pointer, message }) => ({ pointer: pointerOf(pointer), message }));
    if (errors?.length) form.setErrors({ errors });
    trouble.hidden = Boolean(errors?.length);
    setText(trouble, error.message);
  } finally {
    disable(false);
  }
}
