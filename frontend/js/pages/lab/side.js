/**
 * The lab's left column: what this run is, what there is to say of it, what was promised, its parameters, and what happened.
 * Used by lab.js.
 * @typedef {import("../../types").Run} Run
 * @typedef {import("../../types").Milestone} Milestone
 * @typedef {import("../../types").Catalog} Catalog
 */

import { short } from "../../display/numbers.js";
import { isOver } from "../../film/status.js";
import { button, decimal, make, setText } from "../../ui/dom.js";
import { openCite } from "./cite.js";
import { labForm } from "./form.js";
import { createNarration } from "./narration.js";
import { labNotes } from "./notes.js";
import { labNotices } from "./notices.js";
import { interruptions, originLine, placeLines } from "./origin.js";

const GUILTY = 3; // changes that are named as reasons

/** @param {string} title @param {string} [more] classes */
const foldable = (title, more = "") => make("details", { class: `side-section ${more}`.trim() }, make("summary", { class: "overline" }, title));

/** @param {(...facts: any[]) => void} write @returns {(...facts: any[]) => void} writes only when the facts are others than the last time */
function whenChanged(write) {
  let key = "";
  return (...facts) => {
    const next = JSON.stringify(facts);
    if (next !== key) write(...facts);
    key = next;
  };
}

/**
 * @param {HTMLElement} element
 * @param {{catalog: Promise<Catalog>, onSeek(step: number): void, navigate(path: string): void}} context
 */
export function labSide(element, { catalog, onSeek, navigate }) {
  const name = make("h1", { class: "run-name name" });
  const about = make("p", { class: "muted" });
  const source = make("p", { class: "muted run-paper" });
  const notices = make("div", { class: "notices" });
  const expected = make("section", { class: "side-section", "aria-label": "Expected and reproduced", hidden: "" });
  const story = make("section", { class: "side-section" }, make("h2", { class: "overline" }, "What happened"));
  const form = foldable("Parameters", "parameters");
  form.open = !matchMedia("(max-width: 47.99rem)").matches;
  form.hidden = true;
  const lead = make("section", { class: "side-section side-lead", "aria-label": "Settings to play with", hidden: "" });
  const origin = foldable("Provenance");
  const history = foldable("Interruptions");
  origin.hidden = history.hidden = true;
  const parent = originLine();
  const place = placeLines();
  const written = labNotes();
  element.append(make("div", { class: "side-title" }, name, about, source, ...place.elements, parent.element), notices, lead, expected, story, written.element, form, history, origin);
  const narration = createNarration(story, onSeek);
  /** @type {ReturnType<typeof labForm> | null} */
  let parameters = null;
  const told = labNotices(notices);
  /** @type {Run | null} */
  let run = null;
  const cite = button("Cite…", () => run && openCite(run), { class: "link" });

  const writePaper = whenChanged((/** @type {Run["display"]["paper"]} */ paper) => {
    const link = paper ? [make("a", { href: paper.url, rel: "noopener", title: paper.title }, `${paper.authors}, ${paper.year}`), " · "] : [];
    source.replaceChildren(...link, cite);
  });
  const writeExpected = whenChanged((/** @type {Run["expected"]} */ items) => {
    expected.hidden = items.length === 0;
    if (run) expected.replaceChildren(make("h2", { class: "overline" }, "Expected and reproduced"), ...verdictNote(run), expectedTable(run, onSeek));
  });
  const writeOrigin = whenChanged((/** @type {Run["provenance"]} */ made, /** @type {Run["facts"]} */ facts) => {
    origin.hidden = !made;
    origin.replaceChildren(/** @type {Node} */ (origin.firstChild), provenance({ ...facts, ...made }));
  });
  const writeHistory = whenChanged((/** @type {Run["deaths"]} */ deaths) => {
    history.hidden = deaths.length === 0;
    if (run) history.replaceChildren(/** @type {Node} */ (history.firstChild), ...interruptions(run));
  });

  return {
    /** @param {Run} current @param {Milestone[]} events @param {number} step that is shown */
    update(current, events, step) {
      run = current;
      const { display } = run;
      setText(name, run.name);
      setText(about, display.summary);
      writePaper(display.paper);
      parent.update(run);
      place.update(run);
      written.update(run);
      told.update(run);
      writeHistory(run.deaths, run.status);
      writeExpected(run.expected, run.status);
      writeOrigin(run.provenance, run.facts);
      narration.update(events, step, isOver(run.status));
      form.hidden = !display.can.includes("again");
      if (!form.hidden) (parameters ??= labForm(form, lead, catalog, navigate)).update(run);
    },
    destroy() {
      told.destroy();
      written.destroy();
      parameters?.destroy();
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
  const rows = run.expected.map(({ applies, ok, value, step, label, low, high, paper }) => {
    const [sign, verdict, kind] = applies === false ? ["–", "not judged", "muted"] : ok === null ? ["·", waiting, "muted"] : ok ? ["✓", "as expected", "good"] : ["✗", "outside the band", "bad"];
    const known = ok !== null || value !== null;
    const title = typeof step === "number" && known ? button(label, () => onSeek(step), { class: "link", title: `Go to step ${step}` }) : label;
    const band = low === high ? trim(low) : `${trim(low)}–${trim(high)}`;
    return make("tr", {}, make("th", { scope: "row" }, title), make("td", { class: "number muted", title: paper ? `paper: ${paper}` : "" }, band),
      make("td", { class: "number" }, known ? decimal(value, 3) : ""), make("td", { class: kind, title: verdict },
        make("span", { "aria-hidden": "true" }, sign), make("span", { class: "visually-hidden" }, verdict)));
  });
  const head = [["value", ""], ["expected", "number"], ["here", "number"], ["verdict", ""]].map(([text, kind], i) =>
    make("th", { scope: "col", class: kind }, i === 0 || i === 3 ? make("span", { class: "visually-hidden" }, text) : text));
  return make("table", { class: "expected" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

/** @param {number} value */
const trim = (value) => String(Number(value.toFixed(3))).replace("-", "−");

/** @param {import("../../types").JsonObject} facts */
function provenance(facts) {
  const list = make("dl", { class: "facts small" });
  for (const [key, value] of Object.entries(facts)) {
    if (value === null || typeof value === "object") continue;
    const text = typeof value === "number" ? short(value) : String(value);
    const digest = key.endsWith("digest");
    list.append(make("dt", {}, key.replaceAll("_", " ")), make("dd", digest ? { title: text } : {}, digest ? `${text.slice(0, 12)}…` : text));
  }
  return list;
}
