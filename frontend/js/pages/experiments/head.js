/**
 * The head of an experiment's page: what it is, how far it is, whether it reproduces the paper.
 * @import { Experiment } from "../../types"
 */

import { count, duration, make } from "../../ui/dom.js";
import { outcome } from "../../film/status.js";
import { absolute, ago } from "../../ui/ago.js";
import { actionButton, progressOf } from "./actions.js";
import { comparePath, isActive, KINDS, progressText, seedsText, shareDone, sign, toneOf, verdict } from "./words.js";

const COMPARED = 6; // films side by side; more would leave no room for any
const WATCHED_FOR = 5000; // ms, before the rate is worth a promise

/** @param {Experiment} experiment @param {ReturnType<typeof observeRate>} remaining @param {{ cancel(): void, remove(): void }} actions */
export function experimentHead(experiment, remaining, actions) {
  const { name, text, figure, kind, counts, members, seeds, created_at: created, display: { paper } } = experiment;
  const runs = members.flatMap(({ run }) => run ?? []);
  const share = shareDone(runs);
  const seconds = isActive(experiment) ? remaining(share) : null;
  const { status, bar } = progressOf(experiment, share, "progress of the experiment");
  const lost = runs.filter((run) => outcome(run) === "diverged").length;
  const found = verdict(experiment);
  const side = comparison(experiment);
  return make("header", { class: "exp-head" },
    make("p", { class: "overline" }, make("a", { href: "/experiments" }, "Experiments"), ` / ${figure ? `${figure} of the paper` : KINDS[kind]}`),
    make("h1", { class: "name" }, name),
    ...(text ? [make("p", { class: "exp-text" }, text)] : []),
    ...(paper ? [make("p", { class: "small muted" }, `${paper.authors} (${paper.year}): `, make("a", { href: paper.url }, paper.title), ".")] : []),
    make("p", { class: "exp-status" }, status, make("span", {}, `${progressText(counts, lost)} · ${seedsText(seeds)}`),
      make("span", { class: "muted" }, seconds === null ? "" : `about ${duration(seconds)} left`),
      make("time", { class: "muted", datetime: created, title: absolute(created) }, ago(created))),
    ...bar,
    ...(found ? [make("p", { class: "exp-judgement", role: "status" },
      make("span", { class: `exp-sign ${toneOf(found.ok)}`, "aria-hidden": "true" }, sign(found.ok)), make("span", {}, found.text))] : []),
    make("div", { class: "exp-actions" },
      ...(side ? [make("a", { class: "button", href: comparePath(side.ids) }, side.text)] : []),
      ...(kind === "sweep" ? [make("a", { class: "button", href: sweepAgain(experiment) }, "New sweep like this")] : []),
      actionButton(experiment, actions)));
}

/** @param {Experiment} experiment @returns {string} the form of a new sweep, filled in as this one was */
function sweepAgain({ sweep, seeds, members }) {
  const params = new URLSearchParams(sweep?.base ? { base: sweep.base } : { run: members.find(({ run }) => run)?.run?.id ?? "" });
  params.set("seeds", String(seeds.length));
  for (const { path, values } of sweep?.axes ?? []) params.set(`x.${path}`, values.join(", "));
  return `/experiments/new?${params}`;
}

/** Remaining seconds from what was seen while this page was open: the experiment may have waited before. */
export function observeRate() {
  /** @type {{ time: number, share: number } | null} */
  let start = null;
  return (/** @type {number} */ share) => {
    start ??= { time: performance.now(), share };
    const [passed, gained] = [performance.now() - start.time, share - start.share];
    return passed < WATCHED_FOR || gained < 0.02 ? null : ((1 - share) * passed) / gained / 1000;
  };
}

/** Which of its films belong side by side: cells of a sweep have such links. @param {Experiment} experiment @returns {{ ids: string[], text: string } | null} */
function comparison({ kind, members, seeds }) {
  const films = members.flatMap(({ run, seed }) => (run && kind !== "sweep" ? [{ id: run.id, seed }] : []));
  const ofSeed = kind === "figure" ? films.filter(({ seed }) => seed === seeds[0]) : [];
  const ids = (ofSeed.length > 1 ? ofSeed : films).slice(0, COMPARED).map(({ id }) => id);
  if (ofSeed.length > 1) return { ids, text: `Compare the runs of seed ${seeds[0]}` };
  if (films.length < 2) return null;
  const noun = kind === "figure" ? "seeds" : "runs";
  return { ids, text: films.length <= COMPARED ? `Compare its ${noun}` : `Compare the first ${count(COMPARED)} ${noun}` };
}
