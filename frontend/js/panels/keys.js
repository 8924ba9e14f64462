/**
 * The lab's keys, and the dialog that lists them. Used by pages/lab.js.
 * @typedef {{toggle(): void, move(frames: number): void, start(): void, end(): void, speed(value: number): void,
 *   clear(): void, mode(): void, trails(): void, fork?(): void}} KeyActions
 */

import { button, make } from "../ui/dom.js";

const HELP = [
  [["Space"], "play or pause"],
  [["←", "→"], "one frame back or forward"],
  [["Shift ←", "Shift →"], "ten frames"],
  [["Home"], "first frame"],
  [["End"], "newest frame; follow live while the run trains"],
  [["1", "…", "8"], "speed"],
  [["M"], "map: MDS or signal plane"],
  [["T"], "trails"],
  [["Esc"], "clear the selection"],
  [["N", "P", "Enter"], "on the map: next or previous neuron by signal cosine, select it"],
  [["↑", "↓", "Enter"], "on the pictures: arrows walk along the neurons, Enter selects"],
  [["F"], "fork the run from the step that is shown"],
  [["?"], "this list"],
  [["Click", "Drag"], "on the map: select one neuron, or those inside a loop; with Shift to add or take away"],
];

/** @param {KeyActions} actions @returns {{help: () => void, destroy: () => void}} */
export function labKeys(actions) {
  const dialog = make("dialog", { class: "help", "aria-labelledby": "help-title" });
  const list = make("dl", { class: "keys" });
  for (const [keys, text] of HELP.filter(([[key]]) => key !== "F" || actions.fork)) {
    list.append(make("dt", {}, ...[...keys].flatMap((key) => [make("kbd", {}, key), " "])), make("dd", {}, String(text)));
  }
  dialog.append(make("h2", { id: "help-title" }, "Keys"), list, button("Close", () => dialog.close(), { class: "button" }));
  document.body.append(dialog);

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open], :popover-open") || isTyping(event)) return;
    const frames = event.shiftKey ? 10 : 1;
    /** @type {Record<string, () => void>} */
    const table = {
      " ": actions.toggle,
      ArrowLeft: () => actions.move(-frames),
      ArrowRight: () => actions.move(frames),
      Home: actions.start,
      End: actions.end,
      Escape: actions.clear,
      m: actions.mode,
      t: actions.trails,
      ...(actions.fork ? { f: actions.fork } : {}),
      "?": () => dialog.showModal(),
    };
    const action = /^[1-8]$/.test(event.key) ? () => actions.speed(Number(event.key)) : table[event.key];
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
