/** What somebody wrote of a run, to be read and written where the run is looked at. @import { Run } from "../../types" */

import { ApiError, patchRun } from "../../net/api.js";
import { make, setText } from "../../ui/dom.js";

const REST_MS = 800; // without a key, after which what was written is kept

/** Keeps what is written by itself. What others write comes in, unless the reader is about to write as well. */
export function labNotes() {
  const field = make("textarea", { id: "run-notes", class: "run-notes", rows: "2", maxlength: "20000", placeholder: "What is it for? What did it show?" });
  const told = make("span", { class: "small muted", role: "status" });
  const element = make("section", { class: "side-section", hidden: "" },
    make("div", { class: "run-notes-head" }, make("label", { class: "overline", for: field.id }, "Notes"), told), field);
  let id = "";
  let kept = "";
  let heard = "";
  let timer = 0;

  async function keep() {
    clearTimeout(timer);
    const [before, notes] = [kept, field.value];
    if (!id || notes === kept) return;
    kept = notes;
    setText(told, "saving…");
    try {
      await patchRun(id, { notes });
      setText(told, field.value === kept ? "saved" : "");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      kept = before;
      setText(told, `not saved: ${error.message}`);
    }
  }

  field.addEventListener("input", () => {
    setText(told, "");
    clearTimeout(timer);
    timer = window.setTimeout(keep, REST_MS);
  });
  field.addEventListener("blur", keep);

  return {
    element,
    /** @param {Run} run */
    update(run) {
      id = run.id;
      element.hidden = false;
      if (run.notes === heard) return; // perhaps older than what was kept since
      heard = run.notes;
      if (field.value === kept) field.value = kept = heard;
    },
    /** The reader leaves: what was written last is kept too. */
    keep,
  };
}
