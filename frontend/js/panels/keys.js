/**
 * The keys of a page that plays films, and the dialog that lists those that it has.
 * @typedef {{toggle(): void, move(frames: number): void, start(): void, end(): void, speed(value: number): void, clear(): void,
 *   large?(): void, present?(): void, mode?(): void, trails?(): void, fork?(): void}} KeyActions
 */

import { button, make } from "../ui/dom.js";

/**
 * As they are written, what they do, the action without which they do nothing, and what it is told by the key as browsers call it.
 * @type {[string[], string, (keyof KeyActions | "help")?, Record<string, number>?][]}
 */
const KEYS = [
  [["Space"], "play or pause", "toggle", { " ": 0 }],
  [["←", "→"], "one frame back or forward", "move", { ArrowLeft: -1, ArrowRight: 1 }],
  [["Shift ←", "Shift →"], "ten frames", "move", { "Shift ArrowLeft": -10, "Shift ArrowRight": 10 }],
  [["Home"], "first frame", "start", { Home: 0 }],
  [["End"], "newest frame; follow live while the run trains", "end", { End: 0 }],
  [["1", "…", "8"], "speed", "speed", { 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8 }],
  [["L"], "the next panel becomes the large one", "large", { l: 0 }],
  [["."], "the large panel fills the window, or gives it back", "present", { ".": 0 }],
  [["M"], "next mode of the large panel", "mode", { m: 0 }],
  [["T"], "the large panel's switch, such as trails", "trails", { t: 0 }],
  [["Esc"], "leave the full window, else clear the selection", "clear", { Escape: 0 }],
  [["Tab", "Enter"], "within a panel: arrows, or N and P, walk along what it shows, Enter selects, Shift with arrows a range of rows"],
  [["F"], "fork the run from the step that is shown", "fork", { f: 0 }],
  [["?"], "this list", "help", { "?": 0 }],
  [["Click", "Drag"], "on a chart over steps: go there; zoom in (drag the cursor, or along the axis, to move it; double click: all again)"],
  [["+", "−", "0"], "on a chart that has the focus: zoom in, out, all again"],
  [["Click", "Drag"], "in a panel: select one, or those inside; with Shift to add or take away"],
];

/** @param {KeyActions} actions @returns {{help: () => void, destroy: () => void}} */
export function labKeys(actions) {
  const help = () => dialog.showModal();
  const all = /** @type {Record<string, ((value: number) => void) | undefined>} */ ({ ...actions, help });
  const listed = KEYS.filter(([, , action]) => !action || all[action]);
  const presses = new Map(listed.flatMap(([, , action = "", told = {}]) => Object.entries(told).map(([key, value]) => [key, () => all[action]?.(value)])));
  const list = make("dl", { class: "keys" }, ...listed.flatMap(([keys, text]) => [make("dt", {}, ...keys.flatMap((key) => [make("kbd", {}, key), " "])), make("dd", {}, text)]));
  const dialog = make("dialog", { class: "help", "aria-labelledby": "help-title" },
    make("h2", { id: "help-title" }, "Keys"), list, button("Close", () => dialog.close(), { class: "button" }));
  document.body.append(dialog);

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open], :popover-open") || isTyping(event)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = (event.shiftKey && presses.get(`Shift ${key}`)) || presses.get(key);
    if (!act) return;
    event.preventDefault();
    act();
  }
  document.addEventListener("keydown", press);
  return {
    help,
    destroy() {
      document.removeEventListener("keydown", press);
      dialog.remove();
    },
  };
}

/** Keys that belong to what has the focus: fields take all, buttons and links take Space. @param {KeyboardEvent} event */
function isTyping({ target, key }) {
  if (!(target instanceof HTMLElement)) return false;
  return target.matches("input:not([type=checkbox]), select, textarea") || (key === " " && target.matches("button, a, summary, input"));
}
