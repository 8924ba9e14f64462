/**
 * The parameters of a run, and the button that starts another one with changes. Used by pages/lab/side.js.
 * @typedef {import("../../types").Run} Run
 * @typedef {import("../../types").Catalog} Catalog
 */

import { ApiError, createRun } from "../../net/api.js";
import { at } from "../../ui/address.js";
import { button, make, setText } from "../../ui/dom.js";
import { createForm } from "../../form/form.js";
import { overridesOf, submissionOf } from "../../form/schema.js";

/**
 * @param {HTMLElement} element @param {HTMLElement} lead for what is there to be played with: sliders, and the same button again; hidden while there are none
 * @param {Promise<Catalog>} catalog @param {(path: string) => void} navigate
 */
export function labForm(element, lead, catalog, navigate) {
  const fields = make("div", {});
  const sliders = make("div", { class: "form-sliders" });
  const again = button("Run again", () => start(), { class: "button primary run-again" });
  const sooner = button("Run again", () => start(), { class: "button" });
  lead.append(sliders, sooner);
  const sweep = make("a", { class: "button quiet" }, "Sweep over settings");
  const trouble = make("p", { class: "notice bad", role: "alert", hidden: "" });
  element.append(fields, trouble, make("div", { class: "run-again-bar" }, again, sweep));
  /** @type {ReturnType<typeof createForm> | null} */
  let form = null;
  /** @type {Run | null} */
  let run = null;
  /** @type {Catalog | null} */
  let known = null;

  /** @param {string} message */
  function complain(message) {
    trouble.hidden = message === "";
    setText(trouble, message);
  }

  function label() {
    const changed = form?.changed().length ?? 0;
    const text = changed === 0 ? "Run again" : changed === 1 ? "Run again with 1 change" : `Run again with ${changed} changes`;
    setText(again, text);
    setText(sooner, text);
    sooner.classList.toggle("primary", changed > 0);
    if (!run || !form) return;
    const overrides = overridesOf(form.value(), run.config);
    sweep.href = at(`/experiments/new?${new URLSearchParams({ run: run.id, ...(changed > 0 ? { changes: JSON.stringify(overrides) } : {}) })}`);
  }

  async function start() {
    if (!run || !form?.valid()) return;
    again.disabled = sooner.disabled = true;
    complain("");
    try {
      const preset = known?.presets.find(({ id }) => id === run?.preset);
      const next = await createRun({ ...submissionOf(form.value(), preset), tags: run.tags }); // no name: the server says what differs
      navigate(`/runs/${next.id}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      form.setErrors(error.problem);
      complain(error.problem.errors?.length ? "" : error.message);
    } finally {
      again.disabled = sooner.disabled = false;
    }
  }

  fields.addEventListener("change", label);
  catalog.then(
    (loaded) => {
      known = loaded;
      if (run) show(run);
    },
    () => complain("The parameters could not be loaded. Reload the page to try again."),
  );

  /** @param {Run} current */
  function show(current) {
    if (form || !known) return;
    const schema = known.schemas[String(current.config.study)];
    if (!schema) {
      complain("This server does not know the study of this run any more.");
      return;
    }
    form = createForm(fields, { schema, config: current.config, base: current.config, sliders });
    lead.hidden = sliders.childElementCount === 0;
    label();
  }

  return {
    /** @param {Run} current */
    update(current) {
      run = current;
      show(current);
    },
    destroy: () => form?.destroy(),
  };
}
