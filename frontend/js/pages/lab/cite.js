/** What one needs to cite a run: its paper and this program as BibTeX, and a paragraph that says what was done. @import { Paper, Run } from "../../types" */

import { isElsewhere, placeOf } from "../../film/status.js";
import { copyButton } from "../../ui/carry.js";
import { count, make } from "../../ui/dom.js";
import { closeButton, openDialog } from "../../ui/dialog.js";

/** As BibTeX wants it. @param {string} text */
const escaped = (text) => text.replace(/[&%$#_{}]/g, "\\$&").replaceAll("−", "-");

/** @param {string} kind @param {string} key @param {Record<string, string>} fields */
function entry(kind, key, fields) {
  const lines = Object.entries(fields).flatMap(([name, value]) => (value ? [`  ${name} = {${value}},\n`] : []));
  return `@${kind}{${key},\n${lines.join("")}}\n`;
}

/** @param {Paper} paper */
export function paperBibtex({ title, authors, year, url }) {
  const people = authors.replace(/,?\s+et al\.?$/, " and others").split(/\s*,\s*(?:and\s+)?|\s+and\s+|\s*&\s*/).filter(Boolean);
  const key = `${(people[0] ?? "anonymous").split(" ").at(-1)?.toLowerCase().replace(/[^\p{L}]/gu, "")}${year}`;
  return entry("misc", key, { author: escaped(people.join(" and ")), title: `{${escaped(title)}}`, year: String(year), url });
}

/** @param {Run} run */
function toolBibtex({ provenance, created_at: created }) {
  const version = String(provenance?.emergescope ?? "");
  return entry("software", "emergescope", { title: "{Emergescope: features that emerge in neural networks, step by step}", version, year: created.slice(0, 4) });
}

/** @param {Run} run @returns {string} what was done, for the section on methods */
export function methodsText({ study, display, preset, origin, changes, progress, provenance }) {
  const from = origin ? `the run ${origin.run} at step ${count(origin.step)}` : preset ? `the preset “${preset}”` : "";
  const differs = changes?.length ? `, with ${changes.map(({ text }) => text).join(", ")}` : from ? ", unchanged" : "";
  const { emergescope, ...others } = provenance ?? {};
  const made = ["torch", "numpy", "python", "device", "threads"].flatMap((name) => (others[name] == null ? [] : [`${name} ${others[name]}`]));
  return [
    `${display.summary}.`,
    from ? `Settings are those of ${from}${differs}.` : "",
    `${isElsewhere({ study }) ? `Trained to ${placeOf(progress)}, and recorded` : `Trained for ${count(progress.step)} of ${count(progress.total)} steps`} with Emergescope${emergescope ? ` ${emergescope}` : ""}${made.length ? ` (${made.join(", ")})` : ""}.`,
    display.paper ? `The setting is that of ${display.paper.authors} (${display.paper.year}).` : "",
  ].filter(Boolean).join(" ");
}

/** @param {string} title @param {string} text @param {"pre" | "p"} [kind] of element */
function passage(title, text, kind = "pre") {
  const shown = make(kind, { class: "cite-text" }, text);
  const copy = copyButton("Copy", () => text, () => getSelection()?.selectAllChildren(shown), { "aria-label": `Copy: ${title}` }); // Ctrl+C takes what is selected
  return make("section", {}, make("div", { class: "cite-head" }, make("h3", {}, title), copy), shown);
}

/** @param {Run} run */
export function openCite(run) {
  const { paper } = run.display;
  openDialog("cite", "Cite this run", ...(paper ? [passage("The paper", paperBibtex(paper))] : []), passage("Emergescope", toolBibtex(run)),
    passage("Methods", methodsText(run), "p"), closeButton({ autofocus: "" }));
}
