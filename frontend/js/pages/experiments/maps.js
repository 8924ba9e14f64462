/**
 * The neurons of one method on the map, at the start and at the steps that matter, for a chosen seed; below each map what a
 * probe reads off the features there, over all seeds. Used by pages/experiment-figure.js.
 * @module
 */

import { ApiError, getFrame, listFrames } from "../../net/api.js";
import { seedStrip } from "./seed-strip.js";
import { average } from "./seed-curve.js";
import { count, make } from "../../ui/dom.js";
import { FrameError, readFrame } from "../../net/frame.js";
import { lacking, missingFrom } from "../../display/lacking.js";
import { summarise } from "../../statistics.js";
import { isOver } from "../../film/status.js";
import { createSmallMap } from "./map.js";
import { valueAtStep } from "./metrics.js";
import { createSection, segments } from "./section.js";
import { filmPath, measured, seedsText } from "./words.js";

/** @typedef {import("../../types").Experiment} Experiment */
/** @typedef {import("../../types").FrameData} FrameData */
/** @typedef {number | "end"} Step */

/**
 * What stands below the maps, by kind of problem: metrics over all seeds, how near the neurons are to where they should be,
 * and what the stars are.
 * @typedef {{ metrics: [string, string][], cosine: string, range: [number, number], stars: string, signal: string, caption(frame: FrameData): string }} Words
 * @type {Record<"patterns" | "images", Words>}
 */
const WORDS = {
  patterns: {
    metrics: [["probe_accuracy_hard", "probe, parity part"], ["probe_accuracy", "probe, all inputs"]],
    cosine: "mean |cos| with ±s", range: [0.4, 1], signal: "s",
    stars: "Stars are +s and −s, the two directions that the theory predicts; a dot is a neuron.",
    caption(frame) {
      const { aligned, neurons, notFinite } = summarise(frame);
      if (notFinite > 0) return `${count(notFinite)} of ${count(neurons)} neurons are not numbers.`;
      return `${count(aligned)} of ${count(neurons)} neurons at ±s · mean |cos| ${measured("cosine", frame.metrics.signal_cosine_mean)}`;
    },
  },
  images: {
    metrics: [["cluster_share", "neurons near a centre"], ["test_accuracy", "test accuracy"]],
    cosine: "mean |cos| with the difference", range: [0, 1], signal: "difference of class means",
    stars: "Stars are the difference of the class means, and its opposite; a dot is a neuron.",
    caption: (frame) => `silhouette ${measured("cosine", frame.metrics.silhouette)} · mean |cos| ${measured("cosine", frame.metrics.signal_cosine_mean)}`,
  },
};
const KEPT = 24; // frames in memory
const MOST = 4; // maps; "at the end" only where there is room for it

/** @param {Experiment} first @param {import("./metrics.js").RunMetrics} metrics @param {"patterns" | "images"} kind */
export function mapsSection(first, metrics, kind) {
  const words = WORDS[kind];
  const section = createSection("The neurons, before and after", () => numbers());
  const steps = stepsOf(first);
  const maps = steps.map((step) => createSmallMap(stepName(step), words.signal));
  const holder = make("div", { class: "map-row" }, ...maps.map(({ element }) => element));
  section.body.append(holder);
  const labels = [...new Set(first.members.map((member) => member.label))];
  let seed = first.seeds[0];
  let label = labels[0];
  let experiment = first;
  /** Frames by run and step. @type {Map<string, FrameData>} */
  const frames = new Map();
  /** @type {Set<string>} */
  const asking = new Set();
  let trouble = "";
  let gone = false;

  if (first.seeds.length > 1) {
    section.tools.append(segments("Seed", first.seeds.map((one) => ({ value: one, text: String(one) })), seed, (value) => {
      seed = value;
      update(experiment);
    }));
    section.tools.prepend(make("span", { class: "small muted" }, "seed"));
  }

  if (labels.length > 1) {
    section.tools.prepend(segments("Runs", labels.map((one) => ({ value: one, text: one })), label, (value) => {
      label = value;
      update(experiment);
    }));
  }

  const membersShown = () => experiment.members.filter((member) => member.label === label);
  const memberOf = () => membersShown().find((member) => member.seed === seed);

  /** @param {string} run @param {boolean} over */
  const load = async (run, over) => {
    const missing = steps.filter((step) => !frames.has(`${run} ${step}`) && (step !== "end" || over));
    if (missing.length === 0 || asking.has(run)) return;
    asking.add(run);
    try {
      const list = await listFrames(run);
      for (const step of missing) {
        const place = step === "end" ? list.at(-1) : list.find((frame) => frame.step === step);
        if (!place) continue;
        frames.set(`${run} ${step}`, readFrame(await getFrame(run, place.seq)));
        const oldest = frames.keys().next().value;
        if (frames.size > KEPT && oldest !== undefined) frames.delete(oldest);
      }
      trouble = "";
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof FrameError)) throw error;
      trouble = `A frame of seed ${seed} could not be loaded: ${error.message}`;
    } finally {
      asking.delete(run);
    }
    if (!gone) draw();
  };

  const draw = () => {
    const run = memberOf()?.run ?? null;
    const found = steps.map((step) => (run ? (frames.get(`${run.id} ${step}`) ?? null) : null));
    const entries = found.flatMap((frame) => (frame ? [summarise(frame)] : []));
    // One scale for all maps: the dots of a seed can be compared.
    const scale = entries.map(({ outputScale }) => outputScale).sort((a, b) => a - b)[entries.length >> 1] ?? 1;
    steps.forEach((step, i) => {
      const frame = found[i];
      const waiting = run === null ? "The run of this seed was deleted." : !isOver(run.status) ? "Not there yet." : asking.has(run.id) ? "Loading…" : "This run has no frame here.";
      const lacks = frame ? missingFrom(frame, ["signal_cosine", "layout", "landmarks"]) : [];
      const text = !frame ? waiting : lacks.length ? lacking(lacks, frame.step) : words.caption(frame);
      maps[i].show(frame, scale, text, run ? filmPath(run.id, step) : null);
      maps[i].strips(words.metrics.flatMap(([metric, name]) => strip(metric, name, step)));
    });
    const start = maps.length > 1 ? words.stars : "";
    section.say(trouble || start);
    section.refresh();
  };

  /** @param {string} metric @param {Step} step */
  const valuesAt = (metric, step) => membersShown().flatMap((member) => {
    const value = member.run ? valueAtStep(metrics.of(member.run.id), metric, step) : null;
    return member.run && value !== null ? [{ seed: member.seed, run: member.run.id, value }] : [];
  });

  /** @param {string} metric @param {string} name @param {Step} step @returns {HTMLElement[]} */
  const strip = (metric, name, step) => {
    const values = valuesAt(metric, step);
    if (values.length === 0) return [];
    const promised = experiment.table.find((row) => row.metric === metric && row.step === step && row.member === label);
    const numbersOf = values.map(({ value }) => value);
    const [least, most] = [Math.min(...numbersOf), Math.max(...numbersOf)];
    const spread = values.length > 1 ? ` (${measured(metric, least)} to ${measured(metric, most)})` : "";
    const text = make("p", { class: "small" }, make("span", { class: "muted" }, `${name} `), make("b", {}, measured(metric, average(numbersOf))), make("span", { class: "muted" }, spread));
    const dots = values.map(({ seed: one, run, value }) =>
      ({ value, ok: null, href: filmPath(run, step), title: `${name}, ${stepName(step)}, seed ${one}: ${measured(metric, value, 2)}` }));
    return [text, seedStrip({ range: words.range, low: promised?.low, high: promised?.high, dots, label: `${name}, ${stepName(step)}: one dot per seed` })];
  };

  const numbers = () => ({
    columns: ["", "seed", words.cosine, ...words.metrics.map(([, name]) => name)],
    rows: steps.flatMap((step) => membersShown().map((member) => [stepName(step), member.seed,
      ...["signal_cosine_mean", ...words.metrics.map(([metric]) => metric)].map((metric) =>
        measured(metric, member.run ? valueAtStep(metrics.of(member.run.id), metric, step) : null, 2))])),
    caption: `All seeds (${seedsText(experiment.seeds)})`,
  });

  /** @param {Experiment} next */
  const update = (next) => {
    experiment = next;
    draw();
    const run = memberOf()?.run;
    if (run && run.frames > 0) load(run.id, run.status === "succeeded");
  };

  return {
    element: section.element,
    update,
    destroy() {
      gone = true;
      maps.forEach((map) => map.destroy());
    },
  };
}

/** The start, and the steps that the table speaks of. @param {Experiment} experiment @returns {Step[]} */
function stepsOf({ table }) {
  const named = table.flatMap(({ step }) => (typeof step === "number" ? [step] : []));
  const steps = [...new Set([0, ...named])].sort((a, b) => a - b);
  const end = table.some(({ step }) => step === "end") || steps.length === 1;
  return end && steps.length < MOST ? [...steps, "end"] : steps;
}

/** @param {Step} step */
function stepName(step) {
  if (step === "end") return "at the end";
  const words = ["at initialisation", "after one step", "after two steps"];
  return words[step] ?? `after ${count(step)} steps`;
}
