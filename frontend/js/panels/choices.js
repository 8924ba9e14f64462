/**
 * What readers choose in panels: options, by buttons in the header or once for many panels; and members of an axis, on a canvas where one points at
 * them; with what is told of a member, in the tip and in the table.
 * @typedef {import("../types").PanelContext} PanelContext
 * @typedef {import("../types").PanelMoment} PanelMoment
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

/** @param {OptionContext} context a compact one has no buttons @param {PanelOption[]} options @param {(key: string) => void} [onPress] after the option is set, also to what it was */
export function optionControls(context, options, onPress) {
  const chosen = (/** @type {PanelOption | undefined} */ option) => {
    const { key = "", choices = [] } = option ?? {};
    const found = choices.find(({ value }) => value === context.option(key));
    return (found ?? (choices.length > 1 ? choices[0] : undefined))?.value ?? "";
  };
  const all = options.flatMap((option) => option.choices.map(({ value, title, about = "" }, i) => {
    const set = () => {
      const off = option.choices.length === 1 ? chosen(option) !== "" : i === 0;
      context.setOption(option.key, off ? null : value);
      onPress?.(option.key);
    };
    return { option, value, element: button(title, set, { class: "button quiet", ...(about ? { title: about } : {}) }) };
  }));
  const shown = options.map((option) => {
    const buttons = all.filter((one) => one.option === option).map(({ element }) => element);
    return buttons.length === 1 ? buttons[0] : make("div", { class: "segments modes", role: "group", "aria-label": option.label }, ...buttons);
  });
  if (!context.compact) context.controls.replaceChildren(...shown);
  return {
    /** @param {string} key @returns {string} what is chosen; "" where a single choice is off, or there is none */
    now: (key) => chosen(options.find((option) => option.key === key)),
    update() {
      for (const { option, value, element } of all) element.setAttribute("aria-pressed", String(chosen(option) === value));
    },
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
  return Object.assign(choice, {
    canvas, pen, lasso: pointer.lasso,
    /** Empty, of this size in CSS pixels. @param {number} width @param {number} height */
    fit(width, height) {
      [canvas.width, canvas.height] = [width, height].map((size) => Math.max(1, Math.round(size * devicePixelRatio)));
      [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
      pen.scale(devicePixelRatio, devicePixelRatio);
      pen.fillStyle = context.theme.colours.paper;
      pen.fillRect(0, 0, width, height);
    },
    /** What is told of the member that is pointed at. @param {() => Column[]} columns @param {{ x: number, y: number, gap: number } | null} place null: it is not drawn @param {string[]} [more] */
    tell(columns, place, more = []) {
      const [member, declared] = [choice.hover(), choice.moment?.display.axes[axis ?? ""]];
      if (member === null || !place) return tip.hide();
      const lines = columns().map(({ title, value }) => ({ title, found: value(member) })).filter(({ found }) => found !== null && found !== undefined);
      const word = memberName(declared, member);
      tip.show([word.charAt(0).toUpperCase() + word.slice(1), ...lines.map(({ title, found }) => `${title} ${typeof found === "number" ? inUnit(found) : found}`), ...more],
        place.x, place.y, place.gap);
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
