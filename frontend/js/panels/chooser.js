/**
 * Who is selected and pointed at among the members of a panel's axis, and how the page is told; nobody where no axis is declared.
 * @typedef {import("../types").PanelMoment} PanelMoment
 */

import { chosenOn } from "../display/values.js";

/** @param {import("../types").PanelContext} context @param {string | undefined} axis @param {() => PanelMoment | null} now */
export function chooser(context, axis, now) {
  const here = () => {
    const moment = now();
    return moment ? chosenOn(moment, axis) : { whole: null, selection: /** @type {ReadonlySet<number>} */ (new Set()), hover: null };
  };
  return {
    selection: () => here().selection,
    hover: () => here().hover,
    onSelect(/** @type {Set<number>} */ members) {
      const { whole } = here();
      if (whole !== null) context.onSelect(whole, members);
    },
    onHover(/** @type {number | null} */ member) {
      const { whole, hover } = here();
      if (whole !== null && member !== hover) context.onHover(whole, member);
    },
  };
}
