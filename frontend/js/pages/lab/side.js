/** The lab's left column: what this run is, what there is to say of it, its parameters, and what happened. @import { Catalog, Milestone, Run } from "../../types" */

import { isElsewhere, isMoving, isOver } from "../../film/status.js";
import { getRun, runPath } from "../../net/api.js";
import { button, count, fill, make, setText } from "../../ui/dom.js";
import { keepAsking } from "../../ui/polling.js";
import { BESIDE, besideControl, startButton } from "../shared/start.js";
import { changesLine, expectations, experimentLine, interruptions, listOf, notices, originLine } from "./about.js";
import { openCite } from "./cite.js";
import { labForm } from "./form.js";
import { labNotes } from "./notes.js";

const QUEUE_EVERY_MS = 3000;
const NO_EVENT = "Nothing yet. What happens to the features will be told here.";

const foldable = (/** @type {string} */ title, look = "side-section", open = false) => Object.assign(make("details", { class: look }, make("summary", { class: "overline" }, title)), { open });

/** @param {HTMLElement} element @param {{ catalog: Promise<Catalog>, onSeek(step: number): void, navigate(path: string): void }} context */
export function labSide(element, { catalog, onSeek, navigate }) {
  /** @type {Run} */
  let run;
  /** The newest that is known: the stream does not tell when others leave the queue. @type {Run["queue"]} */
  let queue = null;
  const queueing = keepAsking(async () => {
    if (run.status !== "queued") return null;
    queue = await getRun(run.id).then((now) => now.queue, () => queue); // the connection banner speaks of a lost server
    told.update();
    return QUEUE_EVERY_MS;
  });

  /** Written when its facts are others than before, hidden while that is nothing. @param {HTMLElement} part @param {() => unknown} facts @param {() => (Node | string)[]} write */
  function written(part, facts, write) {
    const head = [...part.childNodes];
    part.hidden = true;
    const draw = () => {
      const children = make("div", {}, ...write()).childNodes;
      part.hidden = children.length === 0;
      return [...head, ...children];
    };
    return { part, update: () => fill(part, facts(), draw) };
  }
  const line = (/** @type {string} */ look) => make("p", { class: `muted ${look}`.trim() });
  const cite = button("Cite…", () => openCite(run), { class: "link" });
  const title = [
    written(make("h1", { class: "run-name name" }), () => run.name, () => [run.name]),
    written(line(""), () => run.display.summary, () => [run.display.summary]),
    written(line("run-paper"), () => [run.display.paper, isMoving(run.status), run.damage], () => {
      const { paper } = run.display;
      const source = paper ? [make("a", { href: paper.url, rel: "noopener", title: paper.title }, `${paper.authors}, ${paper.year}`), " · "] : [];
      const file = make("a", { href: `${runPath(run.id)}/export`, download: "", title: "The whole run as one file, which another server can bring in" }, "Download");
      return [...source, cite, ...(isMoving(run.status) || run.damage ? [] : [" · ", file])];
    }),
    written(line("run-changes"), () => [run.changes, run.origin], () => changesLine(run)),
    written(line(""), () => run.experiment, () => experimentLine(run)),
    written(line("fork-line"), () => run.origin, () => originLine(run)),
    written(line("run-control"), () => run.control, () => {
      const trouble = make("span", { class: "bad", role: "alert", hidden: "" });
      return run.control ? [startButton(run.name, async () => navigate(await besideControl(run.id)), trouble, "button", BESIDE), trouble] : [];
    }),
  ];
  const told = written(make("div", { class: "notices" }),
    () => [run.status, run.waits, run.error, run.diverged, queue, run.frames.last_seq, isOver(run.status) && run.frames.count, run.progress.total], () => notices(run, queue));
  const expected = written(make("section", { class: "side-section", "aria-label": "Expected and reproduced" }, make("h2", { class: "overline" }, "Expected and reproduced")),
    () => [run.expected, run.status], () => expectations(run, onSeek));
  const story = make("section", { class: "side-section" }, make("h2", { class: "overline" }, "What happened"));
  const narrate = narration(story, onSeek);
  const notes = labNotes();
  const lead = make("section", { class: "side-section side-lead", "aria-label": "Settings to play with", hidden: "" });
  const wide = !matchMedia("(max-width: 47.99rem)").matches;
  const form = foldable("Parameters", "side-section parameters", wide);
  form.hidden = true;
  const history = written(foldable("Interruptions"), () => [run.deaths, run.status], () => interruptions(run));
  const settings = written(foldable("Settings", "side-section", wide), () => run.config.settings, () => (isElsewhere(run) ? listOf(Object(run.config.settings)) : []));
  const origin = written(foldable("Provenance"), () => [run.provenance, run.facts], () => (run.provenance ? listOf({ ...run.facts, ...run.provenance }) : []));
  const all = [...title, told, expected, settings, history, origin];
  element.append(make("div", { class: "side-title" }, ...title.map(({ part }) => part)), told.part, lead, expected.part, story, notes.element, form, settings.part, history.part, origin.part);

  return {
    /** @param {Run} current @param {Milestone[]} events @param {number} step that is shown */
    update(current, events, step) {
      const begins = current.status === "queued" && run?.status !== "queued";
      run = current;
      if (begins) {
        queue = run.queue;
        queueing.now();
      }
      for (const one of all) one.update();
      notes.update(run);
      narrate(events, step, isOver(run.status));
      if (!form.hidden || !run.display.can.includes("again")) return;
      form.hidden = false;
      labForm(form, lead, () => run, catalog, navigate);
    },
    destroy() {
      queueing.stop();
      notes.keep();
    },
  };
}

/** Events in words, a list that is read out as it grows: lines that stay are not touched. @param {HTMLElement} element @param {(step: number) => void} onSeek */
function narration(element, onSeek) {
  const list = make("ol", { class: "narration", "aria-live": "polite", "aria-relevant": "additions" });
  const empty = make("p", { class: "muted small" }, NO_EVENT);
  element.append(list, empty);
  /** @type {Map<string, HTMLElement>} */
  const lines = new Map();

  /** @param {Milestone} event */
  function makeLine({ step, text, rank }) {
    const press = button("", () => onSeek(step), { class: "narration-line" });
    press.append(make("span", { class: "number muted" }, count(step)), make("span", {}, text));
    return make("li", { class: `is-${rank}` }, press);
  }

  /** @param {Milestone[]} events in order of step @param {number} shown step @param {boolean} over no more will come */
  return (events, shown, over) => {
    events.forEach((event, i) => {
      const key = `${event.step} ${event.text}`;
      const item = lines.get(key) ?? makeLine(event);
      lines.set(key, item);
      if (list.children[i] !== item) list.insertBefore(item, list.children[i] ?? null);
      item.classList.toggle("ahead", event.step > shown);
    });
    empty.hidden = lines.size > 0;
    setText(empty, over ? "No event was recorded." : NO_EVENT);
  };
}
