/** One run as a row of the table; it is updated in place, so that scroll, focus and half-typed tags stay. */

import { inUnit } from "../../display/numbers.js";
import { isElsewhere, isOver, outcome, placeOf, stateWord } from "../../film/status.js";
import { cancelRun, patchRun, pauseRun, resumeRun } from "../../net/api.js";
import { absolute, ago, runSeconds } from "../../ui/ago.js";
import { button, count, duration, fill, make, setText, visible } from "../../ui/dom.js";
import { drawPreview } from "./preview.js";

/**
 * @import { Preview, RunSummary } from "../../types"
 * @typedef {object} RowActions
 * @property {(run: RunSummary, chosen: boolean) => void} choose
 * @property {(asked: Promise<RunSummary>) => Promise<unknown>} perform heeds the answer, or says why there is none
 * @property {(run: RunSummary) => Promise<boolean>} confirm that it shall end
 * @property {(tag: string) => void} filterByTag
 */

const MEASURED = 3; // values in a row

/** @param {RunSummary} first @param {RowActions} actions */
export function createRow(first, actions) {
  let run = first;
  const patch = (/** @type {{ name?: string, tags?: string[] }} */ changes) => actions.perform(patchRun(run.id, changes));
  const quiet = (/** @type {string} */ label, /** @type {() => void} */ onPress) => button(label, onPress, { class: "button quiet" });
  const box = make("input", { type: "checkbox" });
  box.addEventListener("change", () => actions.choose(run, box.checked));
  const link = make("a", { class: "runs-name name", href: `/runs/${run.id}` });
  const rename = quiet("Rename", () => inlineInput(link, { value: run.name, "aria-label": "name of the run", maxlength: "200" },
    (name) => name && name !== run.name && patch({ name })));
  const plus = quiet("Add tag", () => inlineInput(plus, { value: "", "aria-label": `new tag for ${run.name}`, maxlength: "40" },
    (tag) => tag && !run.tags.includes(tag) && patch({ tags: [...run.tags, tag] })));
  const hold = quiet("Pause", () => ask(hold, () => actions.perform((run.status === "paused" ? resumeRun : pauseRun)(run.id))));
  const stop = quiet("Cancel run…", () => ask(stop, async () => (await actions.confirm(run)) && actions.perform(cancelRun(run.id))));
  const marks = make("div", { class: "runs-marks small muted" });
  const picture = make("td", { class: "runs-picture-cell" });
  const status = make("td", { class: "runs-status" });
  const measured = make("td", { class: "runs-measured" });
  const took = make("td", { class: "number", "data-label": "duration" });
  const created = make("time", { datetime: run.created_at, title: absolute(run.created_at) });
  const element = make("tr", {},
    make("td", { class: "runs-choose" }, make("label", {}, box)), picture,
    make("td", { class: "runs-what" }, make("div", { class: "runs-name-line" }, link, rename, plus, hold, stop), marks),
    status, measured, took, make("td", { class: "number", "data-label": "created" }, created));

  /** @param {HTMLButtonElement} pressed @param {() => Promise<unknown>} request */
  const ask = async (pressed, request) => {
    if (pressed.ariaDisabled === "true") return;
    pressed.ariaDisabled = "true"; // switched off, it would lose the focus
    await request();
    pressed.ariaDisabled = null;
  };

  /** What the name does not say: the experiment, the parent, tags, other settings than the preset's, what it is, and notes. */
  const drawMarks = () => {
    const { experiment, origin } = run;
    const changes = (run.changes ?? []).map(({ text }) => text).filter((text) => !run.name.includes(text)).join(", ");
    const said = [changes, run.summary, run.notes].filter(Boolean).join(" · ");
    const tags = run.tags.map((tag) => make("span", { class: "runs-tag" },
      button(tag, () => actions.filterByTag(tag), { class: "runs-tag-word name", title: `only runs tagged ${tag}` }),
      button("×", () => patch({ tags: run.tags.filter((one) => one !== tag) }), { class: "runs-drop-tag", "aria-label": `remove the tag ${tag}: ${run.name}` })));
    return [
      ...(experiment ? [make("a", { class: "runs-fork name", href: `/experiments/${experiment.id}` }, `of ${experiment.name}`)] : []),
      ...(origin ? [make("a", { class: "runs-fork", href: `/runs/${origin.run}?step=${origin.step}`, title: `Its parent, run ${origin.run}, at that step` },
        `fork from step ${count(origin.step)}`)] : []),
      make("span", { class: "runs-tags" }, ...tags), make("span", { class: "runs-words", title: said }, said),
    ];
  };

  const drawStatus = () => {
    const { damage, error, queue, progress: { step, total, eta } } = run;
    const begun = !isOver(run.status) && (run.status === "running" || step > 0);
    const percent = total > 0 ? Math.min(100, (100 * step) / total) : 0;
    const left = eta === null ? "" : ` · ${duration(eta)} left`;
    const place = queue ? `number ${count(queue.place)} of ${count(queue.of)} in the queue` : "";
    const wrong = error?.message ?? (damage ? `damaged: ${damage}` : "");
    const bar = make("div", { class: "progress", role: "progressbar", "aria-label": "progress", "aria-valuenow": String(Math.round(percent)) },
      make("span", { style: `width: ${percent}%` }));
    return [
      make("span", { class: "status", "data-status": outcome(run) }, stateWord(run)),
      make("span", { class: "small muted runs-detail", title: wrong }, begun && !damage ? `${placeOf(run.progress)}${left}` : wrong || place),
      ...(begun && total > 0 ? [bar] : []),
    ];
  };

  return {
    element,
    /** @param {RunSummary} next @param {boolean} chosen @param {Preview | null} preview @param {string} by the metric by which the list is sorted */
    update(next, chosen, preview, by) {
      run = next;
      box.checked = chosen;
      box.setAttribute("aria-label", visible(`choose ${run.name}`));
      element.classList.toggle("is-chosen", chosen);
      setText(link, run.name);
      link.title = visible(run.preset ? `${run.name} (preset ${run.preset})` : run.name);
      fill(marks, [run.name, run.tags, run.changes, run.summary, run.notes, run.experiment, run.origin], drawMarks);
      fill(status, [run.status, run.wanted, run.waits, run.diverged, run.progress, run.queue, run.error, run.damage], drawStatus);
      setText(hold, run.status === "paused" ? "Resume" : "Pause");
      hold.hidden = isOver(run.status) || run.wanted !== null || isElsewhere(run);
      stop.hidden = isOver(run.status) || run.wanted === "cancel" || isElsewhere(run);
      // Buttons of different runs are told apart.
      for (const press of [rename, plus, hold, stop]) press.setAttribute("aria-label", visible(`${press.textContent}: ${run.name}`));
      const values = run.metrics_shown.toSorted((a, b) => Number(b.name === by) - Number(a.name === by)).slice(0, MEASURED);
      fill(measured, values, () => values.map((one) => make("span", { class: "runs-value", title: one.title },
        inUnit(one.value, one), make("span", { class: "small muted" }, one.short))));
      fill(picture, preview?.steps ?? null, () => [drawPreview(preview)]);
      picture.title = (preview?.lines ?? []).map(({ title }) => title).join(", ");
      const seconds = runSeconds(run);
      setText(took, seconds === null ? "" : duration(seconds));
      setText(created, ago(run.created_at));
    },
  };
}

/**
 * Puts a text field in the place of an element until Enter or a press elsewhere (keeps) or Escape (does not).
 * @param {HTMLElement} place @param {Record<string, string>} attributes @param {(text: string) => unknown} keep
 */
function inlineInput(place, attributes, keep) {
  const input = make("input", { type: "text", class: "runs-inline", ...attributes });
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault(); // it would press the button that has the focus next
    if (event.key === "Escape") input.value = input.defaultValue;
    input.blur();
    place.focus();
  });
  input.addEventListener("blur", () => {
    input.replaceWith(place);
    keep(input.value.trim());
  });
  place.replaceWith(input);
  input.focus();
  input.select();
}
