/**
 * One still map of neurons with its title and what stands below. Used by pages/experiment-maps.js.
 * @module
 */

import { at } from "../../ui/address.js";
import { make, setText } from "../../ui/dom.js";
import { wordsOfSignal } from "../../problems.js";
import { theme } from "../../ui/theme.js";
import { drawEmpty, drawScene, makeFrame } from "../../marks/points-draw.js";
import { makeScene } from "../../marks/points-scene.js";

/** @typedef {import("../../types").FrameData} FrameData */

const RADIUS_SHARE = 0.011; // of the side, for the largest dots
const STILL = { selection: new Set(), hover: null, lasso: [], trail: [], lost: false };

/** @param {string} name of the step @param {string} signal what the stars are called */
export function createSmallMap(name, signal) {
  const marks = { ...STILL, words: wordsOfSignal(signal) };
  const title = make("h3", {}, name);
  const link = make("a", {}, title);
  const canvas = make("canvas", { role: "img" });
  const wait = make("p", { class: "map-wait small muted" });
  const caption = make("p", { class: "small muted" });
  const strips = make("div", { class: "map-strips" });
  const element = make("figure", { class: "map-still" }, link, make("div", { class: "map-square" }, canvas, wait), caption, strips);
  /** @type {{ frame: FrameData | null, scale: number } | null} */
  let shown = null;
  let drawn = "";

  const draw = () => {
    const side = canvas.parentElement?.clientWidth ?? 0;
    if (!shown || side === 0) return;
    const current = theme();
    const state = `${shown.frame?.run} ${shown.frame?.seq} ${shown.scale} ${side} ${devicePixelRatio} ${current.name}`;
    if (state === drawn) return;
    drawn = state;
    canvas.width = canvas.height = Math.round(side * devicePixelRatio);
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    if (!shown.frame) {
      drawEmpty(pen, side, side, current);
      return;
    }
    const scene = makeScene(shown.frame, "mds", shown.scale, Math.max(3.2, side * RADIUS_SHARE));
    drawScene(pen, makeFrame("mds", side, side), scene, marks, current);
  };
  const sized = new ResizeObserver(draw);
  sized.observe(canvas.parentElement ?? canvas);

  return {
    element,
    /** @param {FrameData | null} frame @param {number} scale |a| of a full dot @param {string} text @param {string | null} film */
    show(frame, scale, text, film) {
      shown = { frame, scale };
      wait.hidden = frame !== null;
      caption.hidden = frame === null;
      setText(frame ? caption : wait, text);
      canvas.setAttribute("aria-label", `Map of the neurons ${name}. ${text}`);
      if (film) link.href = at(film);
      else link.removeAttribute("href");
      draw();
    },
    /** @param {HTMLElement[]} children */
    strips(children) {
      // Focus would be lost with the dot that has it; its number does not change any more.
      if (!strips.contains(document.activeElement)) strips.replaceChildren(...children);
    },
    destroy: () => sized.disconnect(),
  };
}
