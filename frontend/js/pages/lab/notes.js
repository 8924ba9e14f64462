/**
 * What somebody wrote of a run, to be read and written where the run is looked at. Used by pages/lab/side.js.
 * @typedef {import("../../types").Run} Run
 */

import { ApiError, patchRun } from "../../net/api.js";
import { make, setText } from "../../ui/dom.js";

const REST_MS = 800; // without a key, after which what was written is kept

/** Keeps what is written by itself. What others write comes in, unless the reader is about to write as well. */
export function labNotes() {
  const field = make("textarea", { id: "run-notes", class: "run-notes", rows: "2", maxlength: "20000", placeholder: "What is it for? What did it show?" });
  const told = make("span", { class: "small muted", role: "status" });
  const trouble = make("p", { class: "notice bad", role: "alert", hidden: "" });
  const element = make("section", { class: "side-section", hidden: "" },
    make("div", { class: "run-notes-head" }, make("label", { class: "overline", for: field.id }, "Notes"), told), field, trouble);
  let id = "";
  let kept = "";
  let heard = "";
  /** On its way to the server. @type {string | null} */
  let sent = null;
  let timer = 0;

  async function keep() {
    clearTimeout(timer);
    const notes = field.value;
    if (!id || notes === kept || notes === sent) return;
    sent = notes;
    setText(told, "saving…");
    try {
      await patchRun(id, { notes });
      kept = notes;
      trouble.hidden = true;
      setText(told, field.value === kept ? "saved" : "");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setText(told, "not saved");
      trouble.hidden = false;
      setText(trouble, error.message);
    } finally {
      sent = null;
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
    destroy: keep,
  };
}
