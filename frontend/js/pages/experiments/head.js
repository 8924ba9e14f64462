/**
 * The head of an experiment's page: what it is, how far it is, whether it reproduces the paper. Used by pages/experiments/experiment.js.
 * @module
 */

import { at } from "../../ui/address.js";
import { button, count, duration, make, setText } from "../../ui/dom.js";
import { isOver, outcome } from "../../film/status.js";
import { absolute, ago } from "../../ui/ago.js";
import { comparePath, doneRuns, isActive, KINDS, progressText, seedsText, sign, verdict } from "./words.js";

/** @typedef {import("../../types").Experiment} Experiment */

const COMPARED = 6; // films side by side; more would leave no room for any
const WATCHED_FOR = 5000; // ms, before the rate is worth a promise

/** @param {Experiment} first @param {{ cancel: () => Promise<void>, remove: () => Promise<void> }} actions */
export function experimentHead(first, actions) {
  const what = first.figure ? `${first.figure} of the paper` : KINDS[first.kind];
  const title = make("h1", { class: "name" }, first.name);
  const text = make("p", { class: "exp-text" }, first.text);
  const status = make("span", { class: "status" });
  const progress = make("span", {});
  const left = make("span", { class: "muted" });
  const when = make("time", { class: "muted", datetime: first.created_at, title: absolute(first.created_at) });
  const bar = make("div", { class: "progress", role: "progressbar", "aria-label": "progress of the experiment" }, make("span"));
  const mark = make("span", { class: "exp-sign", "aria-hidden": "true" });
  const judgement = make("span", {});
  const verdictLine = make("p", { class: "exp-judgement", role: "status" }, mark, judgement);
  const compare = make("a", { class: "button" });
  const cancel = button("Cancel…", () => actions.cancel());
  const again = make("a", { class: "button", href: sweepAgain(first) }, "New sweep like this");
  const remove = button("Delete…", () => actions.remove(), { class: "button quiet" });
  const { paper } = first.display;
  const source = make("p", { class: "small muted" }, ...(paper ? [`${paper.authors} (${paper.year}): `, make("a", { href: paper.url }, paper.title), "."] : []));
  source.hidden = paper === null;
  const element = make("header", { class: "exp-head" },
    make("p", { class: "overline" }, make("a", { href: "/experiments" }, "Experiments"), ` / ${what}`),
    title, text, source,
    make("p", { class: "exp-status" }, status, progress, left, when), bar, verdictLine,
    make("div", { class: "exp-actions" }, compare, again, cancel, remove));
  text.hidden = first.text === "";
  again.hidden = first.kind !== "sweep";
  const remaining = observeRate();

  return {
    element,
    /** @param {Experiment} experiment */
    update(experiment) {
      const active = isActive(experiment);
      setText(title, experiment.name);
      status.dataset.status = experiment.status;
      setText(status, experiment.status);
      setText(progress, `${progressText(experiment.counts, experiment.members.filter(({ run }) => run && outcome(run) === "diverged").length)} · ${seedsText(experiment.seeds)}`);
      const share = shareDone(experiment);
      const seconds = active ? remaining(share) : null;
      setText(left, seconds === null ? "" : `about ${duration(seconds)} left`);
      setText(when, ago(experiment.created_at));
      bar.hidden = !active;
      bar.setAttribute("aria-valuenow", String(Math.round(100 * share)));
      /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${100 * share}%`;
      const found = verdict(experiment);
      verdictLine.hidden = found === null;
      if (found) {
        setText(mark, sign(found.ok));
        mark.className = `exp-sign ${found.ok === null ? "muted" : found.ok ? "good" : "bad"}`;
        setText(judgement, found.text);
      }
      const side = comparison(experiment);
      compare.hidden = side === null;
      if (side) {
        compare.href = at(comparePath(side.ids));
        setText(compare, side.text);
      }
      cancel.hidden = !active;
      remove.hidden = active;
    },
  };
}

/** @param {Experiment} experiment @returns {string} the form of a new sweep, filled in as this one was */
function sweepAgain({ sweep, seeds, members }) {
  if (!sweep) return "/experiments/new";
  const params = new URLSearchParams(sweep.base ? { base: sweep.base } : { run: members.find(({ run }) => run)?.run?.id ?? "" });
  params.set("seeds", String(seeds.length));
  for (const { path, values } of sweep.axes) params.set(`x.${path}`, values.join(", "));
  return `/experiments/new?${params}`;
}

/** @param {Experiment} experiment @returns {number} runs done and shares of those that run or are paused, over all */
function shareDone({ counts, members }) {
  const going = members.reduce((sum, { run }) => sum + (run && !isOver(run.status) && run.total_steps ? run.step / run.total_steps : 0), 0);
  return Math.min(1, (doneRuns(counts) + going) / Math.max(1, counts.total - counts.deleted));
}

/**
 * Remaining time from what was seen while this page was open: the experiment may have waited before.
 * @returns {(share: number) => number | null} seconds
 */
function observeRate() {
  /** @type {{ time: number, share: number } | null} */
  let start = null;
  return (share) => {
    const time = performance.now();
    start ??= { time, share };
    const gained = share - start.share;
    if (time - start.time < WATCHED_FOR || gained < 0.02) return null;
    return ((1 - share) * (time - start.time)) / gained / 1000;
  };
}

/** Which of its films belong side by side. @param {Experiment} experiment @returns {{ ids: string[], text: string } | null} */
function comparison({ kind, members, seeds }) {
  if (kind === "sweep") return null; // its cells have such links
  const films = members.filter(({ run }) => run);
  const ofSeed = films.filter(({ seed }) => seed === seeds[0]);
  const ids = (/** @type {typeof films} */ some) => some.flatMap(({ run }) => (run ? [run.id] : [])).slice(0, COMPARED);
  if (kind === "figure" && ofSeed.length > 1) return { ids: ids(ofSeed), text: `Compare the runs of seed ${seeds[0]}` };
  if (films.length < 2) return null;
  const all = films.length <= COMPARED;
  const noun = kind === "figure" ? "seeds" : "runs";
  return { ids: ids(films), text: all ? `Compare its ${noun}` : `Compare the first ${count(COMPARED)} ${noun}` };
}
