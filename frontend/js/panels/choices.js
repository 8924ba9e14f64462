/**
 * What readers choose in panels: options, by buttons in the header or once for many panels; and members of an axis, on a canvas where one points at
 * them; with what is told of a member, in the tip and in the table.
 * @import { PanelContext, PanelMoment } from "../types"
 * @typedef {{ value: string, title: string, about?: string }} Choice
 * @typedef {{ key: string, label: string, choices: Choice[] }} PanelOption the first choice is the default; a single one is on or off
 * @typedef {Pick<PanelContext, "option" | "setOption" | "controls"> & { compact?: boolean }} OptionContext
 * @typedef {{ title: string, value(member: number): string | number | null | undefined }} Column
 */

import { button, count, make } from "../ui/dom.js";
import { inUnit } from "../display/numbers.js";
import { howMany, memberName } from "../display/read.js";
import { chosenOn, numbersOf, spoken } from "../display/values.js";
import { followPointer } from "../marks/pointer.js";
import { createTip } from "../marks/tip.js";

const NOTHING = /** @type {PanelMoment} */ (/** @type {unknown} */ ({ display: { axes: {} } }));

/**
 * Buttons of options, which a compact context is without.
 * @param {OptionContext} context @param {PanelOption[]} options @param {(key: string) => void} [onPress] after one is set, also to what it was
 */
export function optionControls(context, options, onPress) {
  /** @param {string} key @returns {string} what is chosen; "" where a single choice is off, or there is none */
  function now(key) {
    const { choices = [] } = options.find((option) => option.key === key) ?? {};
    const usual = choices.length > 1 ? choices[0] : undefined;
    return (choices.find(({ value }) => value === context.option(key)) ?? usual)?.value ?? "";
  }
  const all = options.flatMap(({ key, choices }) => choices.map(({ value, title, about = "" }, i) => {
    const element = button(title, () => {
      context.setOption(key, (choices.length > 1 ? i === 0 : now(key) !== "") ? null : value);
      onPress?.(key);
    }, { class: "button quiet", ...(about ? { title: about } : {}) });
    return { key, value, element };
  }));
  if (!context.compact) context.controls.replaceChildren(...options.map(({ key, label, choices }) => {
    const buttons = all.filter((one) => one.key === key).map(({ element }) => element);
    return choices.length === 1 ? buttons[0] : make("div", { class: "segments modes", role: "group", "aria-label": label }, ...buttons);
  }));
  return {
    now,
    update: () => all.forEach(({ key, value, element }) => element.setAttribute("aria-pressed", String(now(key) === value))),
  };
}

/** Who is selected and pointed at now, and how the page is told; nobody where no axis is declared. @param {PanelContext} context @param {string | undefined} axis */
export function chooser(context, axis) {
  const here = () => chosenOn(choice.moment ?? NOTHING, axis);
  const choice = {
    /** @type {PanelMoment | null} */
    moment: null,
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
  return choice;
}

/**
 * A canvas on which members of an axis are drawn and chosen. It is drawn by the processor: hundreds of small marks that are new with every frame cost a
 * graphics card (or its emulation) far more than one finished picture.
 * @param {HTMLElement} element of the panel @param {HTMLElement} stage that the canvas stands in @param {PanelContext} context @param {string | undefined} axis
 * @param {{ name: string, about: string } & Pick<Parameters<typeof followPointer>[1], "find" | "walk" | "inside" | "onDraw">} target
 */
export function memberCanvas(element, stage, context, axis, { name, about, ...target }) {
  const canvas = make("canvas", { class: name, tabindex: "0", role: "img", "aria-label": about });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false, willReadFrequently: true }));
  stage.append(canvas);
  const tip = createTip(element);
  const choice = chooser(context, axis);
  const pointer = followPointer(canvas, { ...choice, ...target });
  function clear() {
    pen.fillStyle = context.theme.colours.paper;
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }
  return Object.assign(choice, {
    canvas, pen, clear, lasso: pointer.lasso,
    /** Empty, of this size in CSS pixels. @param {number} width @param {number} height */
    fit(width, height) {
      [canvas.width, canvas.height] = [width, height].map((size) => Math.max(1, Math.round(size * devicePixelRatio)));
      [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
      pen.scale(devicePixelRatio, devicePixelRatio);
      clear();
    },
    /** What is told of who is pointed at. @param {number} x NaN: it is not drawn @param {number} y @param {number} gap @param {() => Column[]} columns @param {string[]} [more] */
    tell(x, y, gap, columns, more = []) {
      const member = choice.hover();
      if (member === null || Number.isNaN(x + y)) return tip.hide();
      const name = memberName(choice.moment?.display.axes[axis ?? ""], member);
      const lines = columns().flatMap(({ title, value }) => {
        const found = value(member) ?? "";
        return found === "" ? [] : [`${title} ${typeof found === "number" ? inUnit(found) : found}`];
      });
      tip.show([name.charAt(0).toUpperCase() + name.slice(1), ...lines, ...more], x, y, gap);
    },
    destroy() {
      pointer.destroy();
      element.replaceChildren();
    },
  });
}

/**
 * The numbers of tensors of an axis, of those that the frame has, each once.
 * @param {Pick<PanelMoment, "frame">} moment @param {({ tensor?: string, title?: string } | undefined)[]} readouts @returns {Column[]}
 */
export function columnsOf(moment, readouts) {
  const once = readouts.filter((one, i) => readouts.findIndex((other) => other?.tensor === one?.tensor) === i);
  return once.flatMap(({ tensor, title } = {}) => {
    const data = numbersOf(moment, tensor);
    return data ? [{ title: title ?? spoken(tensor ?? ""), value: (member) => data[member] }] : [];
  });
}

/** @param {import("../types").Axis | undefined} axis @param {number} shown @param {string} plural where no axis is declared @returns {string} "200 of 1,000 neurons", "7 rows" */
export const amount = (axis, shown, plural) => (axis ? howMany(axis, shown) : `${count(shown)} ${plural}`);
