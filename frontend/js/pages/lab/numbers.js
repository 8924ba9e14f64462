/**
 * A run that the lab has no pictures for yet, of another study: what it says of itself, and its numbers. Used by pages/lab.js.
 * @module
 */

import { make, setText } from "../../ui/dom.js";
import { stateWord } from "../../film/status.js";

/** @typedef {import("../../types").Run} Run */

/** @param {number | null | undefined} value @param {{ unit: string }} metric */
function words(value, { unit }) {
  if (value === null || value === undefined) return "–";
  return unit === "share" ? `${(100 * value).toFixed(1)} %` : String(Number(value.toPrecision(4)));
}

/** Draw it once, and after that only what moves. @param {HTMLElement} element of the page @param {Run} run */
export function inNumbers(element, run) {
  const { summary, metrics, paper } = run.display;
  let page = element.querySelector(".lab-numbers");
  if (!page) {
    page = make("div", { class: "state lab-numbers" }, make("h1", {}, make("bdi", {}, run.name)), make("p", {}, summary),
      ...(paper ? [make("p", { class: "muted" }, `After ${paper.authors}, ${paper.year}: `, make("a", { href: paper.url, rel: "noopener" }, paper.title))] : []),
      make("p", { role: "status" }), make("table", {}, make("tbody")),
      make("p", { class: "muted" }, "The lab has no pictures for runs of this study yet. Its frames, index and display are there over REST."),
      make("a", { class: "button primary", href: "/runs" }, "All runs"));
    element.replaceChildren(page);
  }
  setText(/** @type {HTMLElement} */ (page.querySelector("[role=status]")), `${stateWord(run)}, step ${run.progress.step.toLocaleString("en")} of ${run.progress.total.toLocaleString("en")}`);
  const rows = Object.entries(metrics).filter(([name]) => name in (run.metrics ?? {}))
    .map(([name, metric]) => make("tr", {}, make("th", { scope: "row" }, metric.title), make("td", { class: "number" }, words(run.metrics?.[name], metric))));
  page.querySelector("tbody")?.replaceChildren(...rows);
}
