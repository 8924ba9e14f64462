/** The kinds of panels, by the name that a display calls them. Used by the pages that show runs. */

import { make } from "../ui/dom.js";
import * as bars from "./bars.js";
import * as comparison from "./comparison.js";
import * as curves from "./curves.js";
import * as density from "./density.js";
import * as images from "./images.js";
import * as matrix from "./matrix.js";
import * as points from "./points.js";

const KINDS = new Map(Object.entries(/** @type {Record<string, any>} */ ({ points, matrix, curves, density, bars, images, comparison })));

/** @type {import("../types").CreatePanel} */
export const createPanel = (element, panel, context) => (KINDS.get(panel.kind)?.createPanel ?? unknown)(element, panel, context);

/** @param {import("../types").PanelDeclaration} panel @returns {import("./choices.js").PanelOption[]} for a page that has the controls of many panels once */
export const panelOptions = ({ kind, show }) => KINDS.get(kind)?.optionsOf?.(show) ?? [];

/** Of a server that is newer than this page. @type {import("../types").CreatePanel} */
function unknown(element, { kind }) {
  element.append(make("p", { class: "panel-unknown muted" },
    `This page cannot draw panels of the kind “${kind}”. Reload it; if this stays, the server is newer than the page.`));
  return { render() {}, resize() {}, destroy() {} };
}
