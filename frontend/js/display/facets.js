/**
 * How runs are told apart by the facets of their displays: a word or two beside a line, and lines of which no two look the same. Pure.
 * @typedef {Pick<import("../types").Display, "facets">} Faceted
 * @import { Facet, Theme } from "../types"
 * @typedef {"solid" | "dot" | "dash" | "dashdot"} Dash
 */

import { tokenColour } from "./colours.js";

/** @type {Record<"solid" | "dash", [Dash, Dash]>} */
const DASHES = { solid: ["solid", "dot"], dash: ["dash", "dashdot"] };
const SHADES = [0, 0.3, 0.5]; // of ink in a colour

/** @param {readonly Faceted[]} displays @returns {(Facet | undefined)[][]} for each facet in which they differ, what each has of it; what only some have comes last */
function telling(displays) {
  const all = displays.map(({ facets }) => new Map(facets.map((facet) => [facet.key, facet])));
  const rows = [...new Set(all.flatMap((one) => [...one.keys()]))].map((key) => all.map((one) => one.get(key)));
  const differing = rows.filter((row) => row.some((facet) => facet?.value !== row[0]?.value));
  return [...differing.filter((row) => row.every(Boolean)), ...differing.filter((row) => !row.every(Boolean))];
}

/** @template T @param {readonly T[]} values @returns {boolean[]} which are unlike what more than half are; none where there is no such thing */
export function oddOnes(values) {
  const alike = values.map((value) => values.filter((other) => other === value).length);
  const most = Math.max(...alike);
  return alike.map((number) => 2 * most > values.length && number < most);
}

/** @param {readonly Faceted[]} displays @returns {string[]} for each, few words that tell it apart: "network, seed 1"; "" for what is as most are, or as another */
export function distinctions(displays) {
  const words = displays.map(() => /** @type {string[]} */ ([]));
  let parts = displays.map(() => "");
  for (const row of telling(displays)) {
    const finer = row.map((facet, i) => JSON.stringify([parts[i], facet?.value]));
    const size = (/** @type {string[]} */ of, /** @type {number} */ i) => of.filter((part) => part === of[i]).length;
    const odd = oddOnes(row.map((facet) => facet?.value));
    row.forEach((facet, i) => {
      const apart = size(finer, i) < size(parts, i); // else others tell it from these already
      if (facet && apart && (odd[i] || !odd.includes(true))) words[i].push(facet.short || facet.value);
    });
    parts = finer;
  }
  return words.map((some) => some.join(", "));
}

/**
 * The colour is what the most telling facet with colours says, or else one of the series for each of its values; dashes are those of a
 * facet in which they differ. Runs that share both take the colours that are left, if there are enough, then dots, then shades.
 * @param {readonly Faceted[]} displays @param {Theme} theme @returns {{ colour: string, dash: Dash }[]}
 */
export function lineStyles(displays, theme) {
  const { series, ink } = theme.colours;
  const rows = telling(displays);
  const coloured = rows.find((row) => row.every((facet) => facet?.colour));
  const values = displays.map((_, i) => (rows[0] ? rows[0][i]?.value : i));
  const kinds = [...new Set(values)];
  const own = values.map((value, i) => (coloured ? tokenColour(coloured[i]?.colour ?? "", theme) : series[kinds.indexOf(value) % series.length]));
  const dashes = displays.map((_, i) => DASHES[rows.some((row) => row[i]?.dash === "dash") ? "dash" : "solid"]);
  const spare = series.filter((colour) => !own.includes(colour));
  const looks = own.map((colour, i) => colour + dashes[i][0]);
  const clashes = looks.length - new Set(looks).size;
  /** @type {Set<string>} */
  const taken = new Set();
  return own.map((mine, i) => {
    const colours = [mine, ...(clashes <= spare.length ? spare : [])];
    const offers = SHADES.flatMap((shade) => dashes[i].flatMap((dash) => colours.map((colour) => ({ colour: mix(colour, ink, shade), dash }))));
    const look = offers.find(({ colour, dash }) => !taken.has(colour + dash)) ?? offers[0];
    taken.add(look.colour + look.dash);
    return look;
  });
}

/** @param {string} from rgb() @param {string} to rgb() @param {number} share @returns {string} */
function mix(from, to, share) {
  if (share === 0) return from;
  const [start, end] = [from, to].map((colour) => (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number));
  return `rgb(${start.map((value, i) => Math.round(value + (end[i] - value) * share)).join(", ")})`;
}
