/**
 * A panel of the runs at a few steps beside each other, for a chosen seed; below each what was measured there, over all seeds. As its picture declares.
 * @import { FramesPicture } from "../../types"
 * @typedef {number | "end"} Step
 * @typedef {{ id: string, run: import("../../types").Run | null, frames: Map<Step, import("../../types").FrameData>, asking: boolean }} Film
 */

import { ApiError, getFrame, getRun, listFrames } from "../../net/api.js";
import { FrameError, readFrame } from "../../net/frame.js";
import { isOver } from "../../film/status.js";
import { Panel } from "../../panels/panel.js";
import { count, make, setText } from "../../ui/dom.js";
import { theme } from "../../ui/theme.js";
import { become } from "../shared/become.js";
import { average } from "./metrics.js";
import { createSection } from "./section.js";
import { seedStrip } from "./table.js";
import { filmPath, metricOf, seedsText, spreadText, told } from "./words.js";

const NOTHING = () => {};

/** @type {import("./section.js").PicturePart<FramesPicture>} */
export const framesPart = (picture, first, metrics, place) => {
  const { steps } = picture;
  const section = createSection(picture.title, () => numbers(), place);
  const stills = steps.map((step) => createStill(stepName(step), picture));
  section.body.append(make("div", { class: "map-row" }, ...stills.map(({ element }) => element)));
  const labels = [...new Set(first.members.map(({ label }) => label))];
  const offer = (/** @type {string} */ key, /** @type {string} */ label, /** @type {string[]} */ values) =>
    section.offer({ key, label: `${label}: ${picture.title}`, choices: values.map((value) => ({ value, title: value })) }, place);
  const label = offer("runs", "Runs", labels);
  if (first.seeds.length > 1) section.tools.append(make("span", { class: "small muted" }, "seed"));
  const seed = offer("seed", "Seed", first.seeds.map(String));
  let experiment = first;
  /** What is here of the run that is shown. @type {Film} */
  let film = { id: "", run: null, frames: new Map(), asking: false };
  let trouble = "";
  let gone = false;

  const membersShown = () => experiment.members.filter((member) => member.label === label());
  const memberShown = () => membersShown().find(({ seed: own }) => first.seeds.length < 2 || String(own) === seed());

  /** @param {import("../../types").MemberRun} run */
  const load = async ({ id, status }) => {
    if (film.id !== id) film = { id, run: null, frames: new Map(), asking: false };
    const own = film;
    const missing = steps.filter((step) => !own.frames.has(step) && (step !== "end" || isOver(status)));
    if (own.asking || missing.length === 0) return;
    own.asking = true;
    try {
      own.run ??= await getRun(id);
      const list = await listFrames(id);
      for (const step of missing) {
        const found = step === "end" ? list.at(-1) : list.find((frame) => frame.step === step);
        if (found) own.frames.set(step, readFrame(await getFrame(id, found.seq)));
      }
      trouble = "";
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof FrameError)) throw error;
      trouble = `A frame of this seed could not be loaded: ${error.message}`;
    }
    own.asking = false;
    if (!gone) draw();
  };

  const draw = () => {
    const run = memberShown()?.run;
    const here = film.id === run?.id ? film : null;
    const waiting = !run ? "The run of this seed was deleted." : here?.asking ? "Loading…" : isOver(run.status) ? "This run has no frame here." : "Not there yet.";
    steps.forEach((step, i) => stills[i].show(here, step, waiting, run ? filmPath(run.id, step) : null, picture.metrics.flatMap((name) => strip(name, step))));
    section.say(trouble || (here?.run?.display.panels.find(({ id }) => id === picture.panel)?.text ?? ""));
  };

  /** @param {string} name of a metric @param {Step} step @returns {HTMLElement[]} */
  const strip = (name, step) => {
    const metric = metricOf(experiment, name);
    const dots = membersShown().flatMap((member) => {
      const value = metrics.at(member, name, step);
      return member.run && value !== null ? [{ value, ok: null, href: filmPath(member.run.id, step), title: `${metric.title}, ${stepName(step)}, seed ${member.seed}: ${told(value, metric, 2)}` }] : [];
    });
    if (dots.length === 0) return [];
    const { low, high } = experiment.table.find((row) => row.metric === name && row.step === step && row.member === label()) ?? {};
    const values = dots.map(({ value }) => value);
    return [
      make("p", { class: "small" }, make("span", { class: "muted" }, `${metric.title} `), make("b", {}, told(average(values), metric)), make("span", { class: "muted" }, spreadText(Math.min(...values), Math.max(...values), metric))),
      seedStrip({ metric, low, high, dots, label: `${metric.title}, ${stepName(step)}: one dot per seed` }),
    ];
  };

  /** @returns {import("./section.js").Numbers} */
  const numbers = () => ({
    columns: ["step", "seed", ...picture.metrics.map((name) => ({ title: metricOf(experiment, name).title, metric: metricOf(experiment, name) }))],
    rows: steps.flatMap((step) => membersShown().map((member) => [stepName(step), member.seed, ...picture.metrics.map((name) => metrics.at(member, name, step))])),
    caption: `${labels.length > 1 ? `${label()}, ` : ""}all seeds (${seedsText(experiment.seeds)})`,
  });

  return {
    element: section.element,
    update(next) {
      experiment = next;
      const run = memberShown()?.run;
      if (run && run.frames > 0) load(run);
      draw();
    },
    destroy() {
      gone = true;
      stills.forEach((still) => still.destroy());
    },
  };
};

/** One still picture with its title and what stands below. @param {string} name of the step @param {FramesPicture} picture */
function createStill(name, picture) {
  const link = make("a");
  const wait = make("p", { class: "map-wait small muted" });
  const stage = make("div", {}, wait);
  const below = make("div");
  const option = (/** @type {string} */ key) => (key === "map" && picture.map ? picture.map : null);
  /** @type {Panel | null} */
  let panel = null;
  let declared = "";

  return {
    element: make("figure", { class: "map-still" }, link, stage, below),
    /** @param {Film | null} film @param {Step} step @param {string} waiting @param {string | null} path @param {HTMLElement[]} strips */
    show(film, step, waiting, path, strips) {
      become(link, make("a", path ? { href: path } : {}, make("h3", {}, name)));
      become(below, make("div", { class: "map-strips" }, ...strips));
      const [run, frame] = [film?.run, film?.frames.get(step)];
      const found = run?.display.panels.find(({ id }) => id === picture.panel);
      wait.hidden = Boolean(found && frame);
      setText(wait, frame ? "This run has no such panel." : waiting);
      if (panel) panel.element.hidden = true;
      if (!run || !frame || !found) return;
      const now = `${theme().name} ${JSON.stringify(found)}`;
      if (now !== declared || !panel) {
        panel?.destroy();
        panel = new Panel({ ...found, title: `${found.title} ${name}`, text: "" }, { display: run.display, context: (controls) => ({
          theme: theme(), reducedMotion: true, compact: true, controls, option,
          setOption: NOTHING, onSeek: NOTHING, onPeek: NOTHING, onSelect: NOTHING, onHover: NOTHING, wantPatterns: NOTHING,
        }) });
        stage.replaceChildren(panel.element, wait);
        declared = now;
      }
      const entries = [{ ...frame, there: true, density: {}, means: {} }];
      const timeline = { entries, rows: entries, totalSteps: run.progress.total, frameAt: () => frame, indexOfStep: () => 0 };
      panel.update({ run, display: run.display, frame, index: 0, timeline, selection: new Map(), hover: null, theory: null, patterns: null });
    },
    destroy: () => panel?.destroy(),
  };
}

/** @param {Step} step */
function stepName(step) {
  if (step === "end") return "at the end";
  return ["at initialisation", "after one step", "after two steps"][step] ?? `after ${count(step)} steps`;
}
