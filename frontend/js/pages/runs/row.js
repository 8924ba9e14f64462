/**
 * One run as a row of the table; it is updated in place, so that scroll, focus and half-typed tags stay. Used by the runs page
 * only.
 * @module
 */

import { inUnit } from "../../display/numbers.js";
import { at } from "../../ui/address.js";
import { button, count, duration, make, setText, visible } from "../../ui/dom.js";
import { isOver, outcome, stateWord } from "../../film/status.js";
import { absolute, ago, runSeconds } from "../../ui/ago.js";
import { drawPreview } from "./preview.js";

const MEASURED = 3; // values in a row

/** @typedef {import("../../types").RunSummary} RunSummary */
/**
 * @typedef {object} RowActions
 * @property {(run: RunSummary, chosen: boolean) => void} choose
 * @property {(id: string, changes: { name?: string, tags?: string[] }) => Promise<void>} patch
 * @property {(run: RunSummary) => Promise<void>} cancel
 * @property {(run: RunSummary) => Promise<void>} pause
 * @property {(run: RunSummary) => Promise<void>} resume
 * @property {(tag: string) => void} filterByTag
 * @property {() => string} sorted by which metric the list is sorted; or another word
 */

/**
 * @param {RunSummary} first
 * @param {RowActions} actions
 */
export function createRow(first, actions) {
  let run = first;
  const box = make("input", { type: "checkbox" });
  box.addEventListener("change", () => actions.choose(run, box.checked));
  const link = make("a", { class: "runs-name name", href: `/runs/${run.id}` });
  const rename = button("Rename", () => startRename(), { class: "button quiet" });
  const plus = button("Add tag", () => startTag(), { class: "button quiet" });
  const hold = button("Pause", () => ask(hold, run.status === "paused" ? actions.resume : actions.pause), { class: "button quiet" });
  const stop = button("Cancel run…", () => ask(stop, actions.cancel), { class: "button quiet" });
  const fork = make("a", { class: "runs-fork" });
  const experiment = make("a", { class: "runs-fork name" });
  const words = make("span", { class: "runs-words" });
  const tags = make("span", { class: "runs-tags" });
  const status = make("span", { class: "status" });
  const detail = make("span", { class: "small muted runs-detail" });
  const bar = make("div", { class: "progress", role: "progressbar", "aria-label": "progress" }, make("span"));
  const picture = make("td", { class: "runs-picture-cell" }, drawPreview(null));
  const measured = make("td", { class: "runs-measured" });
  const took = make("td", { class: "number", "data-label": "duration" });
  const created = make("time");
  const element = make(
    "tr",
    {},
    make("td", { class: "runs-choose" }, make("label", {}, box)),
    picture,
    make("td", { class: "runs-what" }, make("div", { class: "runs-name-line" }, link, rename, plus, hold, stop),
      make("div", { class: "runs-marks small muted" }, experiment, fork, tags, words)),
    make("td", { class: "runs-status" }, status, detail, bar),
    measured, took,
    make("td", { class: "number", "data-label": "created" }, created),
  );

  /** @param {HTMLButtonElement} pressed @param {(run: RunSummary) => Promise<void>} action */
  const ask = async (pressed, action) => {
    if (pressed.getAttribute("aria-disabled") === "true") return;
    pressed.setAttribute("aria-disabled", "true"); // switched off, it would lose the focus
    await action(run);
    pressed.removeAttribute("aria-disabled");
  };

  const startRename = () => {
    inlineInput(link, { value: run.name, label: "name of the run", maxlength: "200" }, async (name) => {
      if (name && name !== run.name) await actions.patch(run.id, { name });
    });
  };

  const startTag = () => {
    inlineInput(plus, { value: "", label: `new tag for ${run.name}`, maxlength: "40" }, async (tag) => {
      if (tag && !run.tags.includes(tag)) await actions.patch(run.id, { tags: [...run.tags, tag] });
    });
  };

  /** What the name does not say: the experiment, other settings than the preset's, what it is, and notes. */
  const drawPlace = () => {
    const changes = (run.changes ?? []).map(({ text }) => text).filter((text) => !run.name.includes(text)).join(", ");
    const said = [changes, run.summary, run.notes].filter(Boolean).join(" · ");
    setText(words, said);
    words.title = visible(said);
    experiment.hidden = run.experiment === null;
    if (run.experiment) {
      experiment.href = at(`/experiments/${run.experiment.id}`);
      setText(experiment, `of ${run.experiment.name}`);
    }
    fork.hidden = run.origin === null;
    if (run.origin) {
      fork.href = at(`/runs/${run.origin.run}?step=${run.origin.step}`);
      setText(fork, `fork from step ${count(run.origin.step)}`);
      fork.title = `Its parent, run ${run.origin.run}, at that step`;
    }
  };

  let drawnNumbers = "";
  const drawNumbers = () => {
    const by = actions.sorted();
    const values = run.metrics_shown.toSorted((a, b) => Number(b.name === by) - Number(a.name === by)).slice(0, MEASURED);
    const now = JSON.stringify(values);
    if (now === drawnNumbers) return;
    drawnNumbers = now;
    measured.replaceChildren(...values.map((one) => make("span", { class: "runs-value", title: one.title },
      inUnit(one.value, one), make("span", { class: "small muted" }, one.short))));
  };

  /** Buttons of different runs are told apart. @param {HTMLElement} press @param {string} what it does */
  const nameButton = (press, what) => press.setAttribute("aria-label", visible(`${what}: ${run.name}`));

  let drawnTags = "";
  const drawTags = () => {
    if (drawnTags === JSON.stringify(run.tags)) return;
    drawnTags = JSON.stringify(run.tags);
    const chips = run.tags.map((tag) => {
      const drop = button("×", () => actions.patch(run.id, { tags: run.tags.filter((one) => one !== tag) }), {
        class: "runs-drop-tag", "aria-label": `remove the tag ${tag}: ${run.name}`,
      });
      const show = button(tag, () => actions.filterByTag(tag), { class: "runs-tag-word name", title: `only runs tagged ${tag}` });
      return make("span", { class: "runs-tag" }, show, drop);
    });
    tags.replaceChildren(...chips);
  };

  /** @param {RunSummary} next */
  const update = (next) => {
    run = next;
    box.setAttribute("aria-label", visible(`choose ${run.name}`));
    setText(link, run.name);
    link.title = visible(run.preset ? `${run.name} (preset ${run.preset})` : run.name);
    drawTags();
    status.dataset.status = outcome(run);
    setText(status, stateWord(run));
    drawProgress();
    drawPlace();
    drawNumbers();
    setText(hold, run.status === "paused" ? "Resume" : "Pause");
    hold.hidden = isOver(run.status) || run.wanted !== null;
    stop.hidden = isOver(run.status) || run.wanted === "cancel";
    for (const press of [rename, plus, hold, stop]) nameButton(press, press.textContent ?? "");
    const seconds = runSeconds(run);
    setText(took, seconds === null ? "" : duration(seconds));
    created.dateTime = run.created_at;
    created.title = absolute(run.created_at);
    setText(created, ago(run.created_at));
  };

  const drawProgress = () => {
    const { step, total, eta } = run.progress;
    const begun = !isOver(run.status) && (run.status === "running" || step > 0);
    bar.hidden = !begun;
    const share = total > 0 ? step / total : 0;
    /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${100 * share}%`;
    bar.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    const left = eta === null ? "" : ` · ${duration(eta)} left`;
    const place = run.queue ? `number ${count(run.queue.place)} of ${count(run.queue.of)} in the queue` : "";
    const wrong = run.error?.message ?? (run.damage ? `damaged: ${run.damage}` : "");
    setText(detail, begun && !run.damage ? `step ${count(step)} of ${count(total)}${left}` : wrong || place);
    detail.title = visible(wrong);
  };

  update(first);
  /** @type {import("../../types").Preview | null} */
  let drawn = null;
  return {
    element,
    update,
    /** @param {boolean} chosen */
    choose(chosen) {
      box.checked = chosen;
      element.classList.toggle("is-chosen", chosen);
    },
    /** @param {import("../../types").Preview | null} preview */
    picture(preview) {
      if (preview === drawn) return;
      drawn = preview;
      picture.replaceChildren(drawPreview(preview));
      picture.title = (preview?.lines ?? []).map(({ title }) => title).join(", ");
    },
  };
}

/**
 * Puts a text field in the place of an element until Enter (keeps), Escape or leaving it empty (does not).
 * @param {HTMLElement} place
 * @param {{ value: string, label: string, maxlength: string }} field
 * @param {(text: string) => Promise<void>} keep
 */
function inlineInput(place, { value, label, maxlength }, keep) {
  const input = make("input", { type: "text", class: "runs-inline", "aria-label": label, maxlength, value });
  let over = false;
  const close = async (/** @type {boolean} */ kept) => {
    if (over) return;
    over = true;
    const focused = document.activeElement === input;
    input.replaceWith(place);
    if (focused) place.focus();
    if (kept) await keep(input.value.trim());
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") close(true);
    if (event.key === "Escape") close(false);
    event.stopPropagation();
  });
  input.addEventListener("blur", () => close(true));
  place.replaceWith(input);
  input.select();
  input.focus();
}
