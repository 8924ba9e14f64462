/**
 * What a frame holds for a panel, and what it lacks: numbers of its tensors, their ranges, groups and names, and who is selected. Pure; used by panels.
 * @import { ColourBy, Display, Numbers, PanelMoment, ValueGroup } from "../types"
 */

import { isOver } from "../film/status.js";
import { count } from "../ui/dom.js";
import { memberName, wholeAxis } from "./read.js";

const NOBODY = /** @type {ReadonlySet<number>} */ (new Set());

/** @param {Pick<PanelMoment, "frame">} moment @param {string | undefined} name @returns {Numbers | null} null where the frame lacks the tensor */
export const numbersOf = ({ frame }, name) => (name === undefined ? null : (frame.tensors[name]?.data ?? null));

/** @param {string} name of a tensor @returns {string} */
export const spoken = (name) => name.replaceAll("_", " ");

/**
 * What could not be measured is left out of a frame. @param {PanelMoment["frame"]} frame @param {readonly string[]} needed names of tensors @param {Display["tensors"]} declared
 * @returns {string} "The frame of step 20 has no layout (positions on the map): that part of it was not measured."; "" where it has all
 */
export function lacking({ tensors, step }, needed, declared) {
  const words = needed.filter((name) => !Object.hasOwn(tensors, name)).map((name) => spoken(name) + (declared[name]?.text ? ` (${declared[name].text})` : ""));
  return words.length ? `The frame of step ${count(step)} has no ${[...new Set(words)].join(" and no ")}: that part of it was not measured.` : "";
}

/** @param {Numbers | null} values @returns {[number, number] | null} where its finite ones lie; null for none */
export function seenIn(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values ?? []) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? null : [low, high];
}

/** @param {Display} display @param {string | undefined} name @returns {[number | null, number | null]} the ends that are declared of the values of a tensor */
export function declaredEnds({ tensors }, name) {
  const { low = null, high = null } = (name !== undefined && tensors[name]) || {};
  return [low, high];
}

/**
 * The size of a tensor that stays put while a film plays: that of its end, and of one that is not over (or whose end is not here) the largest so far.
 * @param {number} [share] of the entries that are no larger; 1: the largest
 */
export function heldSize(share = 1) {
  let held = 0;
  /** By the numbers that they are of: the end of a film is asked with each of its frames. @type {WeakMap<Numbers, number>} */
  const known = new WeakMap();
  const sizeOf = (/** @type {Numbers | null} */ values) => {
    if (!values) return 0;
    if (!known.has(values)) {
      const sizes = Float64Array.from(values, Math.abs).filter(Number.isFinite).sort();
      known.set(values, sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))] ?? 0);
    }
    return known.get(values) ?? 0;
  };
  return (/** @type {Pick<PanelMoment, "run" | "frame" | "timeline">} */ { run, frame, timeline }, /** @type {string | undefined} */ name) => {
    const end = isOver(run.status) ? timeline.frameAt(timeline.entries.length - 1) : null;
    held = (end && sizeOf(numbersOf({ frame: end }, name))) || Math.max(held, sizeOf(numbersOf({ frame }, name)));
    return held;
  };
}

/** The range of a scale of colours: what is said, or declared, or where values have been seen so far, about 0 if they have two signs. */
export function heldRange() {
  let held = /** @type {[number, number] | null} */ (null);
  return (/** @type {PanelMoment} */ moment, /** @type {Pick<ColourBy, "tensor" | "range"> & { scale?: string }} */ { tensor, range, scale }) => {
    if (range) return range;
    const seen = seenIn(numbersOf(moment, tensor)) ?? held ?? [0, 0];
    held = held ? [Math.min(held[0], seen[0]), Math.max(held[1], seen[1])] : seen;
    const [low, high] = declaredEnds(moment.display, tensor).map((end, i) => end ?? /** @type {[number, number]} */ (held)[i]);
    const limit = Math.max(-low, high) || 1;
    return /** @type {[number, number]} */ (scale === "diverging" || (scale === undefined && low < 0) ? [-limit, limit] : [low, high]);
  };
}

/** @param {ColourBy | undefined} by @param {Numbers | null} values @returns {ValueGroup[]} those of a legend: of categories one for each */
export function groupsOf(by, values) {
  if (by?.groups) return by.groups;
  if (by?.scale !== "categories") return [];
  const most = Math.max(by.names?.length ?? 0, (seenIn(values)?.[1] ?? -1) + 1);
  return Array.from({ length: Math.min(most, 12) }, (_, i) => ({ name: by.names?.[i] ?? String(i), low: i, high: i }));
}

/** @param {ValueGroup[]} groups that may touch: the first has what lies between @param {Numbers | null} values @returns {number[][]} members of each */
export function membersOf(groups, values) {
  const found = groups.map(() => /** @type {number[]} */ ([]));
  values?.forEach((/** @type {number} */ value, /** @type {number} */ member) => {
    const place = groups.findIndex(({ low = -Infinity, high = Infinity }) => value >= low && value <= high);
    if (place >= 0) found[place].push(member);
  });
  return found;
}

/** Who is selected on an axis, and pointed at. @param {PanelMoment} moment @param {string | undefined} axis */
export function chosenOn({ display, selection, hover }, axis) {
  const whole = axis !== undefined && Object.hasOwn(display.axes, axis) ? wholeAxis(display, axis) : null; // that selections are of
  if (whole === null) return { whole, selection: NOBODY, hover: null };
  return { whole, selection: selection.get(whole) ?? NOBODY, hover: hover?.axis === whole ? hover.member : null };
}

/**
 * A table with a row for each member that is selected, or for all.
 * @param {PanelMoment} moment @param {string | undefined} axis @param {Iterable<number>} members in order
 * @param {{ title: string, value(member: number): string | number | null | undefined }[]} columns @returns {import("../types").TableData}
 */
export function memberTable(moment, axis, members, columns) {
  const declared = axis === undefined ? undefined : moment.display.axes[axis];
  const all = [...members];
  const { selection } = chosenOn(moment, axis);
  const some = all.filter((member) => selection.has(member));
  const named = (/** @type {number} */ member) => (declared?.names ? memberName(declared, member) : (declared?.numbers?.[member] ?? member));
  return {
    columns: [declared?.noun ?? "row", ...columns.map(({ title }) => title)],
    rows: (some.length ? some : all).map((member) => [named(member), ...columns.map(({ value }) => value(member) ?? null)]),
  };
}
