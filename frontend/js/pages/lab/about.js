/** What there is to say of a run beside its film: where it comes from, how it stands, what was promised, what it was made with. @import { Change, Run } from "../../types" */

import { short } from "../../display/numbers.js";
import { canResume, isOver } from "../../film/status.js";
import { short as asTyped } from "../../form/controls.js";
import { getRun } from "../../net/api.js";
import { absolute } from "../../ui/ago.js";
import { button, count, decimal, make, setText } from "../../ui/dom.js";

const GUILTY = 3; // changes that are named as reasons
const TIMES = ["", "once", "twice"];

/** What was before stands behind it where it can be said as shortly: "p_o = 0.2 (0.5)". @param {Change} change */
const withPast = ({ text, was }) => (typeof was === "number" ? `${text} (${asTyped(was)})` : text);

/** @param {Run} run */
export const changesLine = ({ changes, origin }) =>
  (changes?.length ? [`Differs from its ${origin ? "parent" : "preset"}: ${changes.map(withPast).join(", ")}`] : []);

/** @param {Run} run */
export const experimentLine = ({ experiment }) =>
  (experiment ? ["Part of the experiment ", make("a", { class: "name", href: `/experiments/${experiment.id}` }, experiment.name)] : []);

/** @param {Run} run */
export function originLine({ id, origin }) {
  if (!origin) return [];
  const parent = make("a", { class: "name", href: `/runs/${origin.run}?step=${origin.step}` }, origin.run);
  const at = `at step ${count(origin.step)}`;
  getRun(origin.run).then(({ name }) => setText(parent, name), (error) => { // its id says it too
    if (error.status === 404) parent.parentElement?.replaceChildren(`Forked ${at} from run ${origin.run}, which was deleted`);
  });
  return ["Forked from ", parent, ` ${at}\u00a0· `, make("a", { href: `/compare?runs=${origin.run},${id}` }, "compare with its parent")];
}

/** What is to be said before anything else. @param {Run} run @param {Run["queue"]} queue the newest that is known */
export function notices(run, queue) {
  const { status, progress: { step }, frames, damage, waits } = run;
  const recorded = (frames.last_seq ?? -1) + 1; // frames keep their numbers when the film is thinned
  const where = queue === null ? "" : queue.place === 1 ? " It is the next one." : ` It is number ${count(queue.place)} of ${count(queue.of)} in the queue.`;
  /** Whether, what, and how serious it is. @type {[unknown, string, string?][]} */
  const all = [
    [status === "queued", `Waiting for a free worker.${where}${step > 0 ? " It goes on from its last checkpoint." : " This page starts by itself."}`],
    [damage, `Its row in the database does not fit, and what does not is left out here: ${damage}.`, "warn"],
    [waits, `Held up at step ${count(step)}: ${waits}. Training goes on by itself once that is mended.`, "warn"],
    [status === "paused" && step > 0, `Paused at step ${count(step)}. All is kept, and training can go on from there at any time.`],
    [status === "paused" && step === 0, "Paused before it began. Training can start at any time."],
    [status === "cancelled", "Cancelled. What was seen until then is kept."],
    [frames.count < recorded, `Film thinned: ${count(frames.count)} of ${count(recorded)} frames kept. The curves are complete: all numbers are kept.`],
    [run.diverged, "Diverged: there are numbers that are not finite any more, which leave gaps in the curves. What happened says since when.", "warn"],
    ...run.display.notes.map((note) => /** @type {[boolean, string]} */ ([true, note])),
  ];
  return [...failure(run), ...all.flatMap(([holds, text, kind = ""]) => (holds ? [make("p", { class: `notice ${kind}`.trim() }, text)] : []))];
}

/** @param {Run} run */
function failure(run) {
  if (!run.error) return [];
  const { message, step, traceback } = run.error;
  const where = step === null || message.includes(`step ${step}`) ? "" : ` at step ${count(step)}`;
  const resume = canResume(run) ? " All until its last checkpoint is kept: Resume training goes on from there." : "";
  return [make("div", { class: "notice bad", role: "alert" }, make("p", {}, `Failed${where}: ${message}.${resume}`),
    ...(traceback ? [make("details", {}, make("summary", {}, "Traceback"), make("pre", {}, traceback))] : []))];
}

/** How often it went on, and a line for each death. @param {Run} run */
export function interruptions({ deaths, status }) {
  if (deaths.length === 0) return [];
  const resumed = status === "failed" ? deaths.length - 1 : deaths.length;
  const often = resumed > 0 ? `Went on ${TIMES[resumed] ?? `${count(resumed)} times`} after its worker died. ` : "";
  const lines = deaths.map(({ at, step, reason }) =>
    make("li", {}, make("span", {}, `Step ${count(step)}: ${reason}`), make("time", { class: "muted", datetime: at }, absolute(at))));
  return [make("p", { class: "small muted" }, `${often}Its frames are those of a run without interruption.`), make("ol", { class: "deaths small" }, ...lines)];
}

/** @param {object} facts by name; what is null is left out */
export function listOf(facts) {
  const list = Object.entries(facts).filter(([, value]) => value !== null).flatMap(([key, value]) => {
    const text = typeof value === "number" ? short(value) : typeof value === "string" ? value : JSON.stringify(value);
    const digest = key.endsWith("digest");
    return [make("dt", {}, key.replaceAll("_", " ")), make("dd", digest ? { title: text } : {}, digest ? `${text.slice(0, 12)}…` : text)];
  });
  return list.length > 0 ? [make("dl", { class: "facts small" }, ...list)] : [];
}

/** What was promised, and what came of it. @param {Run} run @param {(step: number) => void} onSeek */
export function expectations({ expected, changes, origin, status }, onSeek) {
  if (expected.length === 0) return [];
  const waiting = isOver(status) ? "not measured at that step" : "not yet measured";
  const small = (/** @type {number} */ value) => value !== 0 && Math.abs(value) < 0.01;
  const trim = (/** @type {number} */ value) => (small(value) ? short(value, 2) : String(Number(value.toFixed(3))).replace("-", "−"));
  const rows = expected.map(({ applies, ok, value, step, label, low, high, paper }) => {
    const [sign, verdict, kind] = applies === false ? ["–", "not judged", "muted"] : ok === null ? ["·", waiting, "muted"] : ok ? ["✓", "as expected", "good"] : ["✗", "outside the band", "bad"];
    const known = ok !== null || value !== null;
    const title = typeof step === "number" && known ? button(label, () => onSeek(step), { class: "link", title: `Go to step ${step}` }) : label;
    return make("tr", {}, make("th", { scope: "row" }, title),
      make("td", { class: "number muted", title: paper ? `paper: ${paper}` : "" }, low === high ? trim(low) : `${trim(low)}–${trim(high)}`),
      make("td", { class: "number" }, known ? (value !== null && (small(value) || [low, high, value].every(Number.isInteger)) ? short(value, 2) : decimal(value, 3)) : ""),
      make("td", { class: kind, title: verdict }, make("span", { "aria-hidden": "true" }, sign), make("span", { class: "visually-hidden" }, verdict)));
  });
  const heads = ["value", "expected", "here", "verdict"].map((text, i) =>
    make("th", { scope: "col", class: i % 3 ? "number" : "" }, i % 3 ? text : make("span", { class: "visually-hidden" }, text)));
  const judged = expected.every(({ applies }) => applies !== false);
  return [...(judged ? [] : [make("p", { class: "small muted" }, `Values of the unchanged preset. None is judged: ${whyNot(changes ?? [], Boolean(origin))}.`)]),
    make("table", { class: "expected" }, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows))];
}

/** @param {Change[]} changes @param {boolean} forked @returns {string} why nothing is judged */
function whyNot(changes, forked) {
  const guilty = changes.filter(({ free }) => !free).map(({ text }) => text);
  if (guilty.length === 0) return "this run continues one with other settings";
  const more = guilty.length > GUILTY ? ` and ${guilty.length - GUILTY} more` : "";
  return `this run has ${guilty.slice(0, GUILTY).join(", ")}${more}${forked ? " from the fork on" : ""}`;
}
