/**
 * The line that leads from one mixture to all of them: the sweep over the ratio. Used by pages/lab-side.js.
 * @typedef {import("../../types").Catalog} Catalog
 */

import { at } from "../../ui/address.js";
import { ApiError, listExperiments } from "../../net/api.js";
import { make } from "../../ui/dom.js";
import { problemOf } from "../../problems.js";

const PATH = "problem.ratio";

/** @param {Promise<Catalog>} catalog */
export function ratiosLine(catalog) {
  const link = make("a", {});
  const element = make("p", { class: "small muted", hidden: "" }, "All ratios at once: ", link);
  let asked = false;

  async function ask() {
    const { experiments = [] } = await catalog;
    const sweep = experiments.find((one) => one.sweep && PATH in one.sweep.grid);
    if (!sweep) return;
    const { items } = await listExperiments();
    const done = items.find(({ preset }) => preset === sweep.id);
    link.href = at(done ? `/experiments/${done.id}` : `/experiments/new?ready=${sweep.id}`);
    link.textContent = sweep.title;
    element.hidden = false;
  }

  return {
    element,
    /** @param {import("../../types").Run} run */
    update({ config }) {
      if (asked || problemOf(config) !== "mixture") return;
      asked = true;
      ask().catch((error) => {
        if (!(error instanceof ApiError)) throw error; // the banner and the form speak of a lost server
      });
    },
  };
}
