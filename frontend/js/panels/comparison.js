/**
 * What the paper's theorems say of this run, beside what was measured: the first gradients against Lemma 5, and each statement
 * with what it assumes.
 * @module
 */

import { count, decimal, make, setText } from "../ui/dom.js";
import { methodName, methodOf } from "../methods.js";
import { isOfPatterns } from "../problems.js";
import { isOver } from "../film/status.js";
import { drawPulls } from "./comparison-chart.js";

/** @typedef {import("../types").Moment} Moment */
/** @typedef {import("../types").GradientData} GradientData */
/** @typedef {{ step: number, data: GradientData }} Measured */

export const title = "Theory beside measurement";
export const terms = ["Lemma 5", "relevant pattern", "background", "input structure"];

/** @type {import("../types").ViewModule["createView"]} */
export function createView(element, context) {
  const chart = make("div", { class: "theory-chart" });
  const list = make("ol", { class: "theory-list" });
  const wait = make("p", { class: "muted small" });
  element.replaceChildren(chart, wait, list);
  /** @type {Moment | null} */
  let moment = null;
  let drawn = "";
  /** @type {Moment["theory"]} */
  let told = null;

  function drawChart() {
    if (!moment) return;
    const measured = gradients(moment);
    const key = JSON.stringify([measured.map(({ step }) => step), moment.run.id, element.clientWidth]);
    if (key === drawn) return;
    drawn = key;
    chart.hidden = measured.length === 0;
    if (measured.length > 0) chart.replaceChildren(drawPulls(measured, element.clientWidth, context.theme.colours));
  }

  return {
    render(next) {
      moment = next;
      drawChart();
      wait.hidden = Boolean(next.theory);
      setText(wait, "The paper's statements for these settings have not come yet.");
      if (!next.theory || next.theory === told) return;
      told = next.theory;
      list.replaceChildren(...told.statements.map(statement));
    },
    resize: drawChart,
    applies: ({ run, theory }) => (theory ? theory.statements.length > 0 : isOfPatterns(run.config)),
    destroy: () => element.replaceChildren(),
    caption,
    table,
  };
}

/** @param {import("../types").Statement} statement */
function statement({ title: name, formula, text, applies, assumptions, limits }) {
  const head = make("h3", {}, name);
  if (!applies) head.append(make("span", { class: "theory-off" }, " · does not apply here"));
  const lines = (/** @type {string[]} */ items) => items.map((item) => make("li", {}, typeset(item)));
  const more = make("details", {}, make("summary", {}, "assumptions and limits"));
  if (assumptions.length) more.append(make("p", {}, "It assumes:"), make("ul", {}, ...lines(assumptions)));
  if (limits.length) more.append(make("p", {}, "For this run:"), make("ul", {}, ...lines(limits)));
  return make("li", { class: applies ? "theory-item" : "theory-item is-off" }, head,
    make("p", { class: "theory-formula" }, typeset(formula)), make("p", {}, typeset(text)),
    ...(assumptions.length + limits.length > 0 ? [more] : []));
}

/**
 * Indices and powers as in print: `w_i`, `2^k`, `x^{1/3}`.
 * @param {string} text
 * @returns {DocumentFragment}
 */
export function typeset(text) {
  const fragment = document.createDocumentFragment();
  for (const part of text.split(/([_^](?:\{[^}]*\}|[\p{L}\d]+))/u)) {
    const mark = part[0] === "_" ? "sub" : part[0] === "^" ? "sup" : null;
    fragment.append(mark && part.length > 1 ? make(mark, {}, part.slice(1).replace(/^\{|\}$/g, "")) : part);
  }
  return fragment;
}

/** @param {Moment} moment @returns {Measured[]} the first gradients that the server compared with Lemma 5 */
function gradients({ run }) {
  return run.events.flatMap(({ step, kind, data }) =>
    kind === "gradient" && data?.relevant ? [{ step, data: /** @type {GradientData} */ (/** @type {unknown} */ (data)) }] : []);
}

/** @param {Moment} moment */
function caption(moment) {
  const { run, frame } = moment;
  const kind = methodOf(run.config);
  if (kind !== "network") {
    const still = kind === "ntk" ? "The tangent kernel is that of the network at its start" : `The hidden layer of ${methodName(kind)} stays as it was drawn`;
    const turned = frame.metrics.initial_cosine_mean;
    return typeof turned !== "number" ? `${still}: no neuron moves.`
      : `${still}: no neuron moves, their mean cosine with the start is ${decimal(turned, 3)} at step ${count(frame.step)}.`;
  }
  const measured = gradients(moment);
  if (measured.length === 0) {
    return !isOver(run.status)
      ? "The first two gradients will be compared with Lemma 5 here."
      : "The first gradients of this run were not compared with Lemma 5.";
  }
  const text = measured.map(({ step, data }) => sentence(step, data)).join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** @param {number} step @param {GradientData} data @returns {string} "step 1: relevant patterns 0.0252 against 0.0254 predicted, 0.6 % off" */
function sentence(step, { relevant, background, error }) {
  const measured = relevant.measured === null ? "not measured" : short(relevant.measured);
  const off = error === null ? `, background ${background.measured === null ? "not measured" : short(background.measured)}`
    : `, ${Number((100 * error).toPrecision(error < 0.01 ? 1 : 2))} % off`;
  return `step ${count(step)}: relevant patterns ${measured} against ${short(relevant.predicted)} predicted${off}`;
}

/** @param {number} value @returns {string} three digits */
export function short(value) {
  const text = value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  return text.replaceAll("-", "−");
}

/** @param {Moment} moment @returns {import("../types").TableData} */
function table(moment) {
  const measured = gradients(moment);
  if (measured.length === 0) {
    return {
      columns: ["statement", "value", "applies here"],
      rows: (moment.theory?.statements ?? []).map(({ title: name, value, applies }) => [name, value ?? "–", applies ? "yes" : "no"]),
    };
  }
  return {
    columns: ["step", "T of pattern", "group", "predicted", "measured", "deviation over neurons"],
    rows: measured.flatMap(({ step, data }) => data.patterns.map((one) =>
      [step, one.pattern, one.relevant ? "relevant" : "background", one.predicted, one.measured, one.deviation])),
  };
}
