/**
 * Says on every page that the server cannot do its work at the moment, and why, for as long as that is so. Used by main.js.
 * @module
 */

import { getTrouble } from "../net/api.js";
import { setText } from "../ui/dom.js";
import { keepAsking } from "../ui/polling.js";

const EVERY_MS = 15_000;
const IN_TROUBLE_MS = 5_000;

/** @param {HTMLElement} element hidden while all is well */
export function watchHealth(element) {
  keepAsking(async (signal) => {
    const trouble = await getTrouble(signal).catch(() => null); // a server that cannot be reached is spoken of by the pages
    if (signal.aborted) return null;
    element.hidden = trouble === null;
    if (trouble !== null) setText(element, `${trouble.charAt(0).toUpperCase()}${trouble.slice(1)}.`);
    return trouble === null ? EVERY_MS : IN_TROUBLE_MS;
  }).now();
}
