/**
 * A panel of the runs at a few steps beside each other, for a chosen seed; below each what was measured there, over all seeds. As its
 * picture declares. Used by body.js.
 * @module
 */

import { ApiError, getFrame, getRun, listFrames } from "../../net/api.js";
import { FrameError, readFrame } from "../../net/frame.js";
import { lacking, missingFrom } from "../../display/lacking.js";
import { isOver } from "../../film/status.js";
import { createPanel } from "../../panels/panel.js";
import { at } from "../../ui/address.js";
import { count, make, setText } from "../../ui/dom.js";
import { theme } from "../../ui/theme.js";
import { valueAtStep } from "./metrics.js";
import { average } from "./seed-curve.js";
import { rangeOf, seedStrip } from "./seed-strip.js";
import { createSection, segments } from "./section.js";
import { filmPath, seedsText, spreadText, told } from "./words.js";

/** @typedef {import("../../types").Experiment} Experiment */
/** @typedef {import("../../types").FrameData} FrameData */
/** @typedef {number | "end"} Step */

const KEPT = 24; // frames in memory
const NOTHING = () => {};

/**
 * @param {import("../../types").FramesPicture} picture @param {Experiment} first
 * @param {import("./metrics.js").RunMetrics} metrics @param {import("./words.js").Place} place @returns {import("./body.js").Part}
 */
export function framesPart(picture, first, metrics, place) {
  const { steps } = picture;
  const section = createSection(picture.title, () => numbers(), place);
  const stills = steps.map((step) => createStill(stepName(step), picture));
  section.body.append(make("div", { class: "map-row" }, ...stills.map(({ element }) => element)));
  const labels = [...new Set(first.members.map(({ label }) => label))];
  const label = () => labels.find((one) => one === place.option("runs")) ?? labels[0];
  const seed = () => first.seeds.find((one) => String(one) === place.option("seed")) ?? first.seeds[0];
  const runs = segments(`Runs: ${picture.title}`, labels.map((one) => ({ value: one, text: one })), (value) => place.setOption("runs", value === labels[0] ? null : value));
  const seeds = segments(`Seed: ${picture.title}`, first.seeds.map((one) => ({ value: one, text: String(one) })), (value) => place.setOption("seed", value === first.seeds[0] ? null : String(value)));
  if (labels.length > 1) section.tools.append(runs.element);
  if (first.seeds.length > 1) section.tools.append(make("span", { class: "small muted" }, "seed"), seeds.element);
  let experiment = first;
  /** Frames by run and step. @type {Map<string, FrameData>} */
  const frames = new Map();
  /** @type {Map<string, import("../../types").Run>} */
  const known = new Map();
  /** @type {Set<string>} */
  const asking = new Set();
  let trouble = "";
  let gone = false;

  const metricOf = (/** @type {string} */ name) => experiment.display.metrics[name];
  const titleOf = (/** @type {string} */ name) => metricOf(name)?.title ?? name;
  const membersShown = () => experiment.members.filter((member) => member.label === label());
  const memberOf = () => membersShown().find((member) => member.seed === seed()) ?? (first.seeds.length > 1 ? undefined : membersShown()[0]);

  /** @param {string} run @param {boolean} over */
  const load = async (run, over) => {
    const missing = steps.filter((step) => !frames.has(`${run} ${step}`) && (step !== "end" || over));
    if (missing.length === 0 || asking.has(run)) return;
    asking.add(run);
    try {
      if (!known.has(run)) known.set(run, await getRun(run));
      const list = await listFrames(run);
      for (const step of missing) {
        const found = step === "end" ? list.at(-1) : list.find((frame) => frame.step === step);
        if (!found) continue;
        frames.set(`${run} ${step}`, readFrame(await getFrame(run, found.seq)));
        const oldest = frames.keys().next().value;
        if (frames.size > KEPT && oldest !== undefined) frames.delete(oldest);
      }
      trouble = "";
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof FrameError)) throw error;
      trouble = `A frame of seed ${seed()} could not be loaded: ${error.message}`;
    } finally {
      asking.delete(run);
    }
    if (!gone) draw();
  };

  const draw = () => {
    const run = memberOf()?.run ?? null;
    runs.mark(label());
    seeds.mark(seed());
    steps.forEach((step, i) => {
      const frame = run ? (frames.get(`${run.id} ${step}`) ?? null) : null;
      const waiting = run === null ? "The run of this seed was deleted." : asking.has(run.id) ? "Loading…" : isOver(run.status) ? "This run has no frame here." : "Not there yet.";
      stills[i].show(run && frame ? { run: /** @type {import("../../types").Run} */ (known.get(run.id)), frame } : null, waiting, run ? filmPath(run.id, step) : null);
      stills[i].strips(picture.metrics.flatMap((name) => strip(name, step)));
    });
    section.say(trouble || (known.get(run?.id ?? "")?.display.panels.find(({ id }) => id === picture.panel)?.text ?? ""));
    section.refresh();
  };

  /** @param {string} name of a metric @param {Step} step @returns {HTMLElement[]} */
  const strip = (name, step) => {
    const values = membersShown().flatMap((member) => {
      const value = member.run ? valueAtStep(metrics.of(member.run.id), name, step) : null;
      return member.run && value !== null ? [{ seed: member.seed, run: member.run.id, value }] : [];
    });
    if (values.length === 0) return [];
    const metric = metricOf(name);
    const promised = experiment.table.find((row) => row.metric === name && row.step === step && row.member === label());
    const all = values.map(({ value }) => value);
    const text = make("p", { class: "small" }, make("span", { class: "muted" }, `${titleOf(name)} `), make("b", {}, told(average(all), metric)), make("span", { class: "muted" }, spreadText(Math.min(...all), Math.max(...all), metric)));
    const dots = values.map(({ seed: one, run, value }) => ({ value, ok: null, href: filmPath(run, step), title: `${titleOf(name)}, ${stepName(step)}, seed ${one}: ${told(value, metric, 2)}` }));
    return [text, seedStrip({ range: rangeOf(metric, [...all, ...(promised ? [promised.low, promised.high] : [])]), low: promised?.low, high: promised?.high, dots, label: `${titleOf(name)}, ${stepName(step)}: one dot per seed` })];
  };

  /** @returns {import("./section.js").Numbers} */
  const numbers = () => ({
    columns: ["step", "seed", ...picture.metrics.map((name) => ({ title: titleOf(name), metric: metricOf(name) }))],
    rows: steps.flatMap((step) => membersShown().map(({ seed: one, run }) => [stepName(step), one, ...picture.metrics.map((name) => (run ? valueAtStep(metrics.of(run.id), name, step) : null))])),
    caption: [...(labels.length > 1 ? [label()] : []), `all seeds (${seedsText(experiment.seeds)})`].join(", "),
  });

  return {
    element: section.element,
    update(next) {
      experiment = next;
      const run = memberOf()?.run;
      if (run && run.frames > 0) load(run.id, isOver(run.status));
      draw();
    },
    destroy() {
      gone = true;
      stills.forEach((still) => still.destroy());
    },
  };
}

/** One still picture with its title and what stands below. @param {string} name of the step @param {import("../../types").FramesPicture} picture */
function createStill(name, picture) {
  const link = make("a", {}, make("h3", {}, name));
  const stage = make("div", { class: "map-stage" });
  const wait = make("p", { class: "map-wait small muted" });
  const caption = make("p", { class: "small muted" });
  const strips = make("div", { class: "map-strips" });
  const element = make("figure", { class: "map-still" }, link, make("div", { class: "map-square" }, stage, wait), caption, strips);
  /** @type {{ view: import("../../types").PanelView, key: string } | null} */
  let drawn = null;

  /** @param {import("../../types").PanelDeclaration} panel */
  const viewOf = (panel) => {
    const key = `${theme().name} ${JSON.stringify(panel.show)}`;
    if (drawn?.key !== key) {
      drawn?.view.destroy();
      stage.replaceChildren();
      const view = createPanel(stage, { ...panel, title: `${panel.title} ${name}` }, {
        theme: theme(), reducedMotion: true, compact: true, controls: make("div", {}), option: (key) => (key === "map" && picture.map ? picture.map : null),
        setOption: NOTHING, onSeek: NOTHING, onPeek: NOTHING, onSelect: NOTHING, onHover: NOTHING, wantPatterns: NOTHING,
      });
      drawn = { view, key };
    }
    return drawn.view;
  };
  const sized = new ResizeObserver(() => drawn?.view.resize());
  sized.observe(stage);

  return {
    element,
    /** @param {{ run: import("../../types").Run, frame: FrameData } | null} shown @param {string} waiting @param {string | null} film */
    show(shown, waiting, film) {
      if (film) link.href = at(film);
      else link.removeAttribute("href");
      const panel = shown?.run.display.panels.find(({ id }) => id === picture.panel);
      let text = shown && !panel ? "This run has no such panel." : waiting;
      let there = false;
      if (shown && panel) {
        const { run, frame } = shown;
        const entry = { seq: frame.seq, step: frame.step, phase: frame.phase, metrics: frame.metrics };
        const timeline = /** @type {import("../../types").TimelineView} */ (/** @type {unknown} */ ({ entries: [entry], rows: [entry], totalSteps: run.progress.total, frameAt: () => frame, indexOfStep: () => 0 }));
        const moment = { run, display: run.display, frame, index: 0, timeline, selection: new Map(), hover: null, theory: null, patterns: null };
        const view = viewOf(panel);
        const lacks = missingFrom(frame, view.needs?.(moment) ?? []);
        there = lacks.length === 0;
        text = there ? (frame.says[panel.id] ?? view.caption?.(moment) ?? "") : lacking(lacks, frame.step, run.display.tensors);
        if (there) view.render(moment);
      }
      stage.style.visibility = there ? "" : "hidden";
      wait.hidden = there;
      caption.hidden = !there;
      setText(there ? caption : wait, text);
    },
    /** @param {HTMLElement[]} children */
    strips(children) {
      // Focus would be lost with the dot that has it; its number does not change any more.
      if (!strips.contains(document.activeElement)) strips.replaceChildren(...children);
    },
    destroy() {
      sized.disconnect();
      drawn?.view.destroy();
    },
  };
}

/** @param {Step} step */
function stepName(step) {
  if (step === "end") return "at the end";
  const words = ["at initialisation", "after one step", "after two steps"];
  return words[step] ?? `after ${count(step)} steps`;
}
