/**
 * The few controls of a panel, made of the options that its kind has: buttons in the panel's header, or once for many panels.
 * @typedef {{ value: string, title: string, about?: string }} Choice
 * @typedef {{ key: string, label: string, choices: Choice[] }} PanelOption the first choice is the default; a single one is on or off
 * @typedef {Pick<import("../types").PanelContext, "option" | "setOption" | "controls">} OptionContext
 */

import { button, make } from "../ui/dom.js";

/** @param {OptionContext} context @param {PanelOption} option @returns {string} what is chosen; "" where a single choice is off */
export function chosen({ option: read }, { key, choices }) {
  const found = choices.find(({ value }) => value === read(key));
  return (found ?? (choices.length > 1 ? choices[0] : undefined))?.value ?? "";
}

/** @param {OptionContext} context @param {PanelOption[]} options @param {(key: string) => void} [onPress] after the option is set, also to what it was */
export function optionControls(context, options, onPress) {
  const all = options.flatMap((option) => option.choices.map((choice, i) => {
    const set = () => {
      const off = option.choices.length === 1 ? chosen(context, option) !== "" : i === 0;
      context.setOption(option.key, off ? null : choice.value);
      onPress?.(option.key);
    };
    const { title, about = "" } = choice;
    return { option, choice, element: button(title, set, { class: "button quiet", ...(about ? { title: about } : {}) }) };
  }));
  const shown = options.filter(({ choices }) => choices.length > 0).map((option) => {
    const buttons = all.filter((one) => one.option === option).map(({ element }) => element);
    return buttons.length === 1 ? buttons[0] : make("div", { class: "segments modes", role: "group", "aria-label": option.label }, ...buttons);
  });
  context.controls.replaceChildren(...shown);
  return {
    update() {
      for (const { option, choice, element } of all) element.setAttribute("aria-pressed", String(chosen(context, option) === choice.value));
    },
  };
}
