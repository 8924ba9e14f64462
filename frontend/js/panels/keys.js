/**
 * The keys of a page that plays films, and the dialog that lists those that it has.
 * @typedef {{toggle(): void, move(frames: number): void, start(): void, end(): void, speed(value: number): void, clear(): void,
 *   large?(): void, present?(): void, mode?(): void, trails?(): void, fork?(): void}} KeyActions
 */

import { button, make } from "../ui/dom.js";

/** Keys, what they do, and the action without which they do nothing. @type {[string[], string, (keyof KeyActions)?][]} */
const HELP = [
  [["Space"], "play or pause"],
  [["←", "→"], "one frame back or forward"],
  [["Shift ←", "Shift →"], "ten frames"],
  [["Home"], "first frame"],
  [["End"], "newest frame; follow live while the run trains"],
  [["1", "…", "8"], "speed"],
  [["L"], "the next panel becomes the large one", "large"],
  [["."], "the large panel fills the window, or gives it back", "present"],
  [["M"], "next mode of the large panel", "mode"],
  [["T"], "the large panel's switch, such as trails", "trails"],
  [["Esc"], "leave the full window, else clear the selection"],
  [["Tab", "Enter"], "within a panel: arrows, or N and P, walk along what it shows, Enter selects, Shift with arrows a range of rows"],
  [["F"], "fork the run from the step that is shown", "fork"],
  [["?"], "this list"],
  [["Click", "Drag"], "on a chart over steps: go there; zoom in (drag the cursor, or along the axis, to move it; double click: all again)"],
  [["+", "−", "0"], "on a chart that has the focus: zoom in, out, all again"],
  [["Click", "Drag"], "in a panel: select one, or those inside; with Shift to add or take away"],
];

/** @param {KeyActions} actions @returns {{help: () => void, destroy: () => void}} */
export function labKeys(actions) {
  const dialog = make("dialog", { class: "help", "aria-labelledby": "help-title" });
  const list = make("dl", { class: "keys" });
  for (const [keys, text, action] of HELP) {
    if (!action || actions[action]) list.append(make("dt", {}, ...keys.flatMap((key) => [make("kbd", {}, key), " "])), make("dd", {}, text));
  }
  dialog.append(make("h2", { id: "help-title" }, "Keys"), list, button("Close", () => dialog.close(), { class: "button" }));
  document.body.append(dialog);

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open], :popover-open") || isTyping(event)) return;
    const frames = event.shiftKey ? 10 : 1;
    /** @type {Record<string, (() => void) | undefined>} */
    const table = {
      " ": actions.toggle,
      ArrowLeft: () => actions.move(-frames),
      ArrowRight: () => actions.move(frames),
      Home: actions.start,
      End: actions.end,
      Escape: actions.clear,
      l: actions.large,
      ".": actions.present,
      m: actions.mode,
      t: actions.trails,
      f: actions.fork,
      "?": () => dialog.showModal(),
    };
    const action = /^[1-8]$/.test(event.key) ? () => actions.speed(Number(event.key)) : table[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
  document.addEventListener("keydown", press);
  return {
    help: () => dialog.showModal(),
    destroy() {
      document.removeEventListener("keydown", press);
      dialog.remove();
    },
  };
}

/** Keys that belong to what has the focus: fields take all, buttons and links take Space. @param {KeyboardEvent} event */
function isTyping(event) {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("input:not([type=checkbox]), select, textarea")) return true;
  return event.key === " " && target.matches("button, a, summary, input");
}
