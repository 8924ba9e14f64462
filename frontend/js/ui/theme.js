/**
 * Colours and Plotly defaults of the current theme, read from the custom properties in styles/tokens.css.
 * For views and pages; nothing here knows what a run is.
 * @typedef {import("../types").Theme} Theme
 * @typedef {import("../types").Colours} Colours
 * @typedef {"auto" | "light" | "dark"} ThemeChoice
 */

import { store, stored } from "./stored.js";

const STORAGE_KEY = "emergescope.theme";
const darkQuery = matchMedia("(prefers-color-scheme: dark)");
/** @type {Set<(theme: Theme) => void>} */
const listeners = new Set();
/** @type {Theme | null} */
let cached = null;

/** @returns {ThemeChoice} what the reader chose; "auto" follows the system */
export function themeChoice() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "auto";
}

/** @param {ThemeChoice} choice @param {{remember?: boolean}} [options] remember: keep it for the next visit */
export function setThemeChoice(choice, { remember = true } = {}) {
  if (choice === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  if (remember) store(STORAGE_KEY, choice);
  announce();
}

/** Applies the choice of an earlier visit. */
export function restoreThemeChoice() {
  const choice = stored(STORAGE_KEY);
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

darkQuery.addEventListener("change", () => {
  if (themeChoice() === "auto") announce();
});
matchMedia("print").addEventListener("change", announce); // paper is light: styles/tokens.css

/** @returns {Theme} of this moment; ask again after onThemeChange */
export function theme() {
  cached ??= readTheme();
  return cached;
}

/** @returns {Theme} */
function readTheme() {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  // light-dark() is only resolved in a used colour, so each property is read through a real element.
  const read = (/** @type {string} */ name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const stops = ["negative", "negative-half", "centre", "positive-half", "positive"].map((n) => read(`diverging-${n}`));
  const markStops = stops.with(2, read("diverging-centre-mark"));
  const choice = themeChoice();
  /** @type {Theme} */
  const result = {
    name: choice === "auto" ? (darkQuery.matches ? "dark" : "light") : choice,
    font: getComputedStyle(document.documentElement).fontFamily,
    colours: {
      paper: read("paper"),
      paperSunken: read("paper-sunken"),
      ink: read("ink"),
      inkSoft: read("ink-soft"),
      inkMuted: read("ink-muted"),
      hairline: read("hairline"),
      line: read("line"),
      positive: read("positive"),
      negative: read("negative"),
      background: read("background"),
      series: [read("series-1"), read("series-2"), read("series-3"), read("series-4")],
      good: read("good"),
      warn: read("warn"),
      bad: read("bad"),
    },
    areaScale: interpolate(stops),
    markScale: cssColours(interpolate(markStops)),
    plotlyScale: stops.map((colour, i) => [i / (stops.length - 1), colour]),
  };
  probe.remove();
  return result;
}

/** @param {string[]} stops equally spaced CSS rgb() colours @returns {Uint8ClampedArray} 256 RGB triples */
function interpolate(stops) {
  const rgb = stops.map((stop) => (stop.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number));
  const result = new Uint8ClampedArray(256 * 3);
  for (let i = 0; i < 256; i++) {
    const position = (i / 255) * (stops.length - 1);
    const left = Math.min(Math.floor(position), stops.length - 2);
    for (let c = 0; c < 3; c++) {
      const from = rgb[left]?.[c] ?? 0;
      const to = rgb[left + 1]?.[c] ?? 0;
      result[i * 3 + c] = from + (to - from) * (position - left);
    }
  }
  return result;
}

/** @param {Uint8ClampedArray} scale @returns {string[]} */
function cssColours(scale) {
  return Array.from({ length: 256 }, (_, i) => `rgb(${scale[i * 3]} ${scale[i * 3 + 1]} ${scale[i * 3 + 2]})`);
}

/**
 * Index into a 256-entry scale for a value in [-limit, limit]; values outside take the end colours, NaN the centre.
 * @param {number} value @param {number} [limit] @returns {number}
 */
export function scaleIndex(value, limit = 1) {
  if (!Number.isFinite(value)) return 128;
  return Math.max(0, Math.min(255, Math.round(((value / limit + 1) / 2) * 255)));
}

/** Plotly's configuration for every chart: no logo, no mode bar, sizes follow the element when resize() is called. */
export const plotlyConfig = { displayModeBar: false, responsive: false, showTips: false, doubleClick: false };

/**
 * Plotly layout for the current theme: hairline axes, our font, no boxes. `overrides` are merged one level deep.
 * @param {Record<string, any>} [overrides] @returns {Record<string, any>}
 */
export function plotlyLayout(overrides = {}) {
  const { colours, font } = theme();
  const axis = {
    showgrid: false,
    zeroline: false,
    showline: true,
    linecolor: colours.hairline,
    ticks: "outside",
    ticklen: 4,
    tickcolor: colours.hairline,
    tickfont: { size: 12, color: colours.inkMuted },
    title: { font: { size: 12, color: colours.inkMuted }, standoff: 6 },
    fixedrange: true,
  };
  /** @type {Record<string, any>} */
  const base = {
    autosize: true,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: font, size: 12, color: colours.inkSoft },
    margin: { l: 40, r: 12, t: 8, b: 36 },
    showlegend: false,
    hovermode: "x",
    dragmode: false,
    xaxis: axis,
    yaxis: axis,
    hoverlabel: {
      bgcolor: colours.paper,
      bordercolor: colours.line,
      font: { family: font, size: 12, color: colours.ink },
    },
    transition: { duration: 0 },
  };
  for (const [key, value] of Object.entries(overrides)) {
    const plain = value !== null && typeof value === "object" && !Array.isArray(value);
    base[key] = plain ? { ...base[key], ...value } : value;
  }
  return base;
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
