/**
 * Colours and Plotly defaults of the current theme, read from the custom properties in styles/tokens.css.
 * @import { Theme } from "../types"
 * @typedef {"auto" | "light" | "dark"} ThemeChoice
 */

import { store, stored } from "./stored.js";

const STORAGE_KEY = "emergescope.theme";
/** In Colours and, with hyphens, in the style sheet. */
const TOKENS = ["paper", "paperSunken", "ink", "inkSoft", "inkMuted", "hairline", "line", "positive", "negative", "background", "good", "warn", "bad"];
const darkQuery = matchMedia("(prefers-color-scheme: dark)");
/** @type {Set<(theme: Theme) => void>} */
const listeners = new Set();
/** @type {Theme | null} */
let cached = null;

/** @returns {ThemeChoice} what the reader chose; "auto" follows the system */
export const themeChoice = () => /** @type {ThemeChoice} */ (document.documentElement.dataset.theme ?? "auto");

/** @param {ThemeChoice} choice @param {{remember?: boolean}} [options] remember: keep it for the next visit */
export function setThemeChoice(choice, { remember = true } = {}) {
  document.documentElement.dataset.theme = choice;
  if (remember) store(STORAGE_KEY, choice);
  announce();
}

/** Applies what the address asks for, as of a frame in a page that is light or dark; else the choice of an earlier visit. */
export function restoreThemeChoice() {
  const choice = new URLSearchParams(location.search).get("theme") ?? stored(STORAGE_KEY);
  if (choice === "light" || choice === "dark") setThemeChoice(choice, { remember: false });
}

/** @param {(theme: Theme) => void} listener @returns {() => void} stops listening */
export function onThemeChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function announce() {
  cached = null;
  for (const listener of listeners) listener(theme());
}

darkQuery.addEventListener("change", () => themeChoice() === "auto" && announce());
matchMedia("print").addEventListener("change", announce); // paper is light: styles/tokens.css
/** Text is larger for an audience, and where the reader's browser has it so. */
const letter = Object.assign(document.createElement("i"), { style: "position: fixed; visibility: hidden; width: 1rem" });
new ResizeObserver(() => cached && cached.em !== readTheme().em && announce()).observe(document.documentElement.appendChild(letter));

/** @returns {Theme} of this moment; ask again after onThemeChange */
export const theme = () => (cached ??= readTheme());

/** @returns {Theme} */
function readTheme() {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  // light-dark() is only resolved in a used colour, so each property is read through a real element.
  const read = (/** @type {string} */ token) => {
    probe.style.color = `var(--${token.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)})`;
    return getComputedStyle(probe).color;
  };
  const stops = ["negative", "negative-half", "centre", "positive-half", "positive"].map((end) => read(`diverging-${end}`));
  const series = [1, 2, 3, 4].map((number) => read(`series-${number}`));
  const choice = themeChoice();
  const root = getComputedStyle(document.documentElement);
  const found = {
    name: choice === "auto" ? (darkQuery.matches ? "dark" : "light") : choice,
    font: root.fontFamily,
    em: parseFloat(root.fontSize) / 16,
    colours: /** @type {import("../types").Colours} */ ({ ...Object.fromEntries(TOKENS.map((token) => [token, read(token)])), series }),
    stops,
    areaScale: interpolate(stops),
    markScale: cssColours(interpolate(stops.with(2, read("diverging-centre-mark")))),
  };
  probe.remove();
  return found;
}

/** @param {string[]} stops equally spaced CSS rgb() colours @returns {Uint8ClampedArray} 256 RGB triples */
function interpolate(stops) {
  const rgb = stops.map((stop) => (stop.match(/[\d.]+/g) ?? []).map(Number));
  return Uint8ClampedArray.from({ length: 256 * 3 }, (_, i) => {
    const position = (Math.floor(i / 3) / 255) * (stops.length - 1);
    const left = Math.min(Math.floor(position), stops.length - 2);
    const [from, to] = [rgb[left][i % 3], rgb[left + 1][i % 3]];
    return from + (to - from) * (position - left);
  });
}

/** @param {Uint8ClampedArray} scale */
const cssColours = (scale) => Array.from({ length: 256 }, (_, i) => `rgb(${scale.subarray(3 * i, 3 * i + 3).join(" ")})`);

/**
 * Index into a 256-entry scale for a value in [-limit, limit]; values outside take the end colours, NaN the centre.
 * @param {number} value @param {number} [limit] @returns {number}
 */
export function scaleIndex(value, limit = 1) {
  if (!Number.isFinite(value)) return 128;
  return Math.max(0, Math.min(255, Math.round(((value / limit + 1) / 2) * 255)));
}

/** Plotly's configuration for every chart: a picture. What is pressed and pointed at is ours (marks/steps-pointer.js). */
export const plotlyConfig = { staticPlot: true };

/** Plotly layout for the current theme: hairline axes, our font, no boxes. @param {Record<string, any>} [overrides] @returns {Record<string, any>} */
export function plotlyLayout(overrides = {}) {
  const { colours, font, em } = theme();
  const small = { size: 12 * em, color: colours.inkMuted };
  const axis = {
    showgrid: false, zeroline: false, showline: true, linecolor: colours.hairline, fixedrange: true,
    ticks: "outside", ticklen: 4, tickcolor: colours.hairline, tickfont: small, title: { font: small, standoff: 6 },
  };
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: font, size: 12 * em, color: colours.inkSoft }, showlegend: false,
    ...overrides, xaxis: { ...axis, ...overrides.xaxis }, yaxis: { ...axis, ...overrides.yaxis },
  };
}

/** @type {Promise<any> | null} */
let plotly = null;

/** @returns {Promise<any>} Plotly, loaded when the first chart needs it: its script is larger than all others together */
export function plotlyReady() {
  plotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.documentElement.dataset.plotly ?? "";
    const failed = () => {
      plotly = null; // the next one who asks tries again
      script.remove();
      reject(new Error("The plotting library could not be loaded"));
    };
    script.addEventListener("load", () => ("Plotly" in window ? resolve(Plotly) : failed())); // what came may be something else
    script.addEventListener("error", failed);
    document.head.append(script);
  });
  return plotly;
}
