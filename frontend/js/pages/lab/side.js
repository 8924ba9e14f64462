/**
 * The lab's left column: what this run is, what there is to say of it, what was promised, its parameters, and what happened.
 * Used by pages/lab.js.
 * @typedef {import("../../types").Run} Run
 * @typedef {import("../../types").RunEvent} RunEvent
 * @typedef {import("../../types").Catalog} Catalog
 */

import { decimal, make, setText } from "../../ui/dom.js";
import { describeRun } from "../../problems.js";
import { isOver } from "../../film/status.js";
import { createNarration } from "./narration.js";
import { labForm } from "./form.js";
import { labNotices } from "./notices.js";
import { labNotes } from "./notes.js";
import { interruptions, originLine, placeLines } from "./origin.js";
import { ratiosLine } from "./ratios.js";

const GUILTY = 3; // changes that are named as reasons

/**
 * @param {HTMLElement} element
 * @param {{catalog: Promise<Catalog>, onSeek(step: number): void, navigate(path: string): void}} context
 */
export function labSide(element, { catalog, onSeek, navigate }) {
  const name = make("h1", { class: "run-name name" });
  const about = make("p", { class: "muted" });
  const notices = make("div", { class: "notices" });
  const expected = make("section", { class: "side-section", "aria-label": "Expected and reproduced", hidden: "" });
  const story = make("section", { class: "side-section" }, make("h2", { class: "overline" }, "What happened"));
  const form = make("details", { class: "side-section parameters" }, make("summary", { class: "overline" }, "Parameters"));
  form.open = !matchMedia("(max-width: 47.99rem)").matches;
  const lead = make("section", { class: "side-section side-lead", "aria-label": "Settings to play with", hidden: "" });
  const origin = make("details", { class: "side-section" }, make("summary", { class: "overline" }, "Provenance"));
  const parent = originLine();
  const place = placeLines();
  const written = labNotes();
  const history = make("details", { class: "side-section", hidden: "" }, make("summary", { class: "overline" }, "Interruptions"));
  element.append(make("div", { class: "side-title" }, name, about, ...place.elements, parent.element), notices, lead, expected, story, written.element, form, history, origin);
  const narration = createNarration(story, onSeek);
  const parameters = labForm(form, lead, catalog, navigate);
  const ratios = ratiosLine(catalog);
  lead.append(ratios.element);
  const notes = labNotices(notices);
  let expectedKey = "";
  let originKey = "";
  let deathsSeen = 0;

  return {
    /** @param {Run} run @param {RunEvent[]} events @param {number} step that is shown */
    update(run, events, step) {
      setText(name, run.name);
      setText(about, describeRun(run.config, run.patterns?.names));
      parent.update(run);
      place.update(run);
      written.update(run);
      notes.update(run);
      if (run.deaths.length !== deathsSeen) {
        deathsSeen = run.deaths.length;
        history.hidden = false;
        history.replaceChildren(/** @type {Node} */ (history.firstChild), ...interruptions(run));
      }
      const values = JSON.stringify([run.expected, run.status]);
      if (values !== expectedKey) {
        expectedKey = values;
        expected.hidden = run.expected.length === 0;
        expected.replaceChildren(make("h2", { class: "overline" }, "Expected and reproduced"), ...verdictNote(run), expectedTable(run, onSeek));
      }
      const made = JSON.stringify([run.provenance, run.facts]);
      if (made !== originKey) {
        originKey = made;
        origin.hidden = !run.provenance;
        origin.replaceChildren(/** @type {Node} */ (origin.firstChild), provenance(run));
      }
      narration.update(events, step, isOver(run.status));
      parameters.update(run);
      ratios.update(run);
    },
    destroy() {
      notes.destroy();
      written.destroy();
      parameters.destroy();
    },
  };
}

/** Why nothing is judged, where that is so. @param {Run} run @returns {HTMLElement[]} */
function verdictNote({ expected, changes, origin }) {
  if (expected.every(({ applies }) => applies !== false)) return [];
  const guilty = (changes ?? []).filter(({ free }) => !free);
  const more = guilty.length > GUILTY ? ` and ${guilty.length - GUILTY} more` : "";
  const some = guilty.slice(0, GUILTY).map(({ text }) => text).join(", ") + more;
  const why = some ? `this run has ${some}${origin ? " from the fork on" : ""}` : "this run continues one with other settings";
  return [make("p", { class: "small muted" }, `Values of the unchanged preset. None is judged: ${why}.`)];
}

/** @param {Run} run @param {(step: number) => void} onSeek @returns {Node} */
function expectedTable(run, onSeek) {
  const waiting = !isOver(run.status) ? "not yet measured" : "not measured at that step";
  const rows = run.expected.map((item) => {
    const verdict = item.applies === false ? ["–", "not judged", "muted"] : item.ok === null ? ["·", waiting, "muted"] : item.ok ? ["✓", "as expected", "good"] : ["✗", "outside the band", "bad"];
    const label = make("td", {}, item.label);
    if (typeof item.step === "number" && (item.ok !== null || item.value !== null)) {
      const step = item.step;
      const link = make("button", { type: "button", class: "link", title: `Go to step ${step}` }, item.label);
      link.addEventListener("click", () => onSeek(step));
      label.replaceChildren(link);
    }
    const band = item.low === item.high ? trim(item.low) : `${trim(item.low)}–${trim(item.high)}`;
    const value = item.value === null && item.ok === null ? "" : decimal(item.value, 3);
    return make("tr", {}, label, make("td", { class: "number muted", title: item.paper ? `paper: ${item.paper}` : "" }, band),
      make("td", { class: "number" }, value), make("td", { class: verdict[2], title: verdict[1] },
        make("span", { "aria-hidden": "true" }, verdict[0]), make("span", { class: "visually-hidden" }, verdict[1])));
  });
  const head = ["", "expected", "here", ""].map((text, i) => make("th", { scope: "col", class: i === 1 || i === 2 ? "number" : "" }, text));
  return make("table", { class: "expected" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

/** @param {number} value */
const trim = (value) => String(Number(value.toFixed(3)));

/** @param {Run} run */
function provenance(run) {
  const list = make("dl", { class: "facts small" });
  for (const [key, value] of Object.entries({ ...run.facts, ...run.provenance })) {
    if (value === null) continue;
    const text = typeof value === "number" && !Number.isInteger(value) ? decimal(value, 3) : String(value);
    const digest = key.endsWith("digest");
    list.append(make("dt", {}, key.replaceAll("_", " ")), make("dd", digest ? { title: text } : {}, digest ? `${text.slice(0, 12)}…` : text));
  }
  return list;
}
