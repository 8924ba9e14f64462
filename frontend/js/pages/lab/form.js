/**
 * The parameters of a run, and the button that starts another one with changes. Used by pages/lab-side.js.
 * @typedef {import("../../types").Run} Run
 * @typedef {import("../../types").Catalog} Catalog
 * @typedef {import("../../types").JsonObject} JsonObject
 */

import { ApiError, createRun } from "../../net/api.js";
import { button, make, setText } from "../../ui/dom.js";
import { createForm } from "../../form/form.js";
import { changes, valueAt } from "../../form/schema.js";

/**
 * @param {HTMLElement} element @param {HTMLElement} lead for what is there to be played with: sliders, and the same button again;
 *   hidden while there are none
 * @param {Promise<Catalog>} catalog @param {(path: string) => void} navigate
 */
export function labForm(element, lead, catalog, navigate) {
  const fields = make("div", {});
  const sliders = make("div", { class: "form-sliders" });
  const again = button("Run again", () => start(), { class: "button primary run-again" });
  const sooner = button("Run again", () => start(), { class: "button" });
  lead.append(sliders, sooner);
  const trouble = make("p", { class: "notice bad", role: "alert", hidden: "" });
  element.append(fields, trouble, make("div", { class: "run-again-bar" }, again));
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
  }

  async function start() {
    if (!run || !form?.valid()) return;
    again.disabled = sooner.disabled = true;
    complain("");
    try {
      const next = await createRun(body(run, form.value(), known));
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
    form = createForm(fields, { schema: /** @type {any} */ (known.schema), config: current.config, base: current.config, sliders });
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

/**
 * A run of a preset stays one, told apart by overrides, so that its promises can still be held against it.
 * @param {Run} run @param {JsonObject} config @param {Catalog | null} catalog
 */
function body(run, config, catalog) {
  const preset = catalog?.presets.find((item) => item.id === run.preset);
  const kept = { tags: run.tags }; // no name: the server gives one that says what differs
  if (!preset) return { config, ...kept };
  const paths = changes(config, preset.config);
  const overrides = Object.fromEntries(paths.map((path) => [path, valueAt(config, path.split("."))]));
  const complete = Object.values(overrides).every((value) => value !== undefined);
  return complete ? { preset: preset.id, overrides, ...kept } : { config, ...kept };
}
