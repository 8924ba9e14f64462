/**
 * Singular values of the hidden weights: how many directions the network uses. Bars of each value's share of |W|², an axis
 * that is the same in every run and at every step.
 * @typedef {import("../types").Moment} Moment
 * @typedef {import("../types").View} View
 * @typedef {import("../types").ViewContext} ViewContext
 */

import { decimal, make } from "../dom.js";

export const title = "How many directions do the weights use?";

const SHOWN = 30;
const MARGIN = { left: 40, right: 8, top: 8, bottom: 34 };

/** @param {HTMLElement} element @param {ViewContext} context @returns {View} */
export function createView(element, context) {
  const { colours, font } = context.theme;
  const canvas = make("canvas", { role: "img", "aria-label": title });
  element.append(canvas);
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  /** @type {Moment | null} */
  let moment = null;

  function draw() {
    const ratio = devicePixelRatio || 1;
    const width = element.clientWidth;
    const height = element.clientHeight;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    ctx.scale(ratio, ratio);
    const shares = moment ? energyShares(moment) : [];
    const number = Math.min(SHOWN, Math.max(1, shares.length));
    const step = (width - MARGIN.left - MARGIN.right) / number;
    const bottom = height - MARGIN.bottom;
    const y = (/** @type {number} */ share) => bottom - share * (bottom - MARGIN.top);
    ctx.font = `12px ${font}`;
    ctx.textBaseline = "middle";
    ctx.fillStyle = colours.inkMuted;
    ctx.textAlign = "right";
    for (const tick of [0, 0.5, 1]) {
      ctx.fillText(`${tick * 100}%`, MARGIN.left - 8, y(tick));
      ctx.fillStyle = colours.hairline;
      ctx.fillRect(MARGIN.left, Math.round(y(tick)), width - MARGIN.left - MARGIN.right, 1);
      ctx.fillStyle = colours.inkMuted;
    }
    ctx.textAlign = "center";
    for (let i = 0; i < number; i++) {
      const left = MARGIN.left + i * step;
      if (i === 0 || (i + 1) % 5 === 0) ctx.fillText(String(i + 1), left + step / 2, bottom + 10);
      ctx.fillStyle = i === 0 ? colours.ink : colours.background;
      ctx.fillRect(left + step * 0.15, y(shares[i] ?? 0), step * 0.7, bottom - y(shares[i] ?? 0));
      ctx.fillStyle = colours.inkMuted;
    }
    ctx.fillText("singular value, largest first", MARGIN.left + (width - MARGIN.left - MARGIN.right) / 2, bottom + 26);
  }

  return {
    render(now) {
      if (moment?.frame === now.frame) return;
      moment = now;
      draw();
    },
    resize: draw,
    caption(now) {
      const shares = energyShares(now);
      if (shares.length === 0) return "not a number at this step";
      const part = shares.length > SHOWN ? `; the first ${SHOWN} of ${shares.length} shown` : "";
      return `the largest singular value holds ${decimal(shares[0] * 100, 0)}% of |W|²${part}`;
    },
    table: (now) => {
      const shares = energyShares(now);
      return {
        columns: ["rank", "singular value", "share of |W|²"],
        rows: shares.map((share, i) => [i + 1, now.frame.tensors.singular_values.data[i], share]),
      };
    },
    destroy: () => element.replaceChildren(),
  };
}

/** @param {Moment} now @returns {number[]} each value's share of the sum of squares; empty when not finite */
function energyShares(now) {
  const values = Array.from(now.frame.tensors.singular_values?.data ?? []);
  const sum = values.reduce((total, value) => total + value * value, 0);
  return Number.isFinite(sum) && sum > 0 ? values.map((value) => (value * value) / sum) : [];
}
