/**
 * The button that starts a preset: one at a time, and a refusal is said beside it. Used by the cards of the gallery and of experiments.
 * @module
 */

import { ApiError } from "../net/api.js";
import { button, visible } from "../ui/dom.js";

let starting = false;

/**
 * @param {string} title of what it starts @param {() => Promise<void>} start @param {HTMLElement} trouble hidden until there is some
 * @param {string} look class of the button
 */
export function startButton(title, start, trouble, look) {
  const press = button("Run", async () => {
    if (starting) return;
    starting = true;
    trouble.hidden = true;
    press.textContent = "Starting…";
    press.setAttribute("aria-disabled", "true"); // switched off, it would lose the focus
    try {
      await start();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      trouble.textContent = `It could not be started. ${error.message}`;
      trouble.hidden = false;
    } finally {
      starting = false;
      press.textContent = "Run";
      press.removeAttribute("aria-disabled");
    }
  }, { class: look, "aria-label": visible(`Run: ${title}`) });
  return press;
}
