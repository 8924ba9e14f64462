/**
 * The button that forks a run from the step that is shown. Used by the transport and, where that has no room, by the header.
 * @module
 */

import { button, count, setText } from "../ui/dom.js";

/** @param {() => void} onFork @param {string} classes @returns {HTMLButtonElement} */
export const forkButton = (onFork, classes) => button("", onFork, { class: classes, title: "A new run that goes on from here with changes (F)" });

/** @param {HTMLButtonElement} element @param {number | null} step of the frame that is shown @param {number} last step of the run */
export function labelFork(element, step, last) {
  element.hidden = step === null;
  setText(element, `Fork from step ${count(step ?? 0)}`);
  element.style.minWidth = `calc(${14 + count(last).length}ch + 0.75rem)`; // as wide for the last step as for the first
}
