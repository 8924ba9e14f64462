// Shapes of what is drawn (js/marks/): charts over steps, maps of points, matrices. Modules import them from types-marks.

import type { Range, Token } from "./types";

/** One y axis of a chart over steps; the panes stand below each other, over one x axis. */
export interface Pane {
  /** with its unit */
  title: string;
  /** of the height, beside those of the others [1] */
  share?: number;
  /** null: fitted to what is drawn there [both] */
  range?: readonly [number | null, number | null];
  /** its ends are those of the axis, with no room beyond */
  exact?: boolean;
  /** of its ticks [digits that tell] */
  format?: (value: number) => string;
  /** unless the reader chooses; a log axis leaves out what is not above 0 */
  scale?: "linear" | "log";
}

export interface Line {
  /** that no other line has */
  key: string;
  pane: number;
  /** at its end; the value at the cursor follows */
  label: string;
  colour: Token;
  /** [1.25] */
  width?: number;
  dash?: "solid" | "dash" | "dot" | "dashdot";
  /** where it was measured, in the order of recording */
  x: ArrayLike<number>;
  /** beside x; null, NaN and infinite: a gap */
  y: ArrayLike<number | null>;
  /** with `high`, beside x: a band */
  low?: ArrayLike<number>;
  high?: ArrayLike<number>;
}

export interface XAxis {
  /** "gradient steps" */
  title: string;
  /** before a value: "Step" */
  word: string;
  /** geometric: log(1 + x), unless the reader chooses */
  spacing: "linear" | "geometric";
  /** [0] */
  first?: number;
  last: number;
}

export interface Picture {
  panes: Pane[];
  lines: Line[];
  x: XAxis;
  /** dotted lines with their words */
  references?: { pane: number; value: number; text: string }[];
  /** what is promised for a step, as bars */
  expected?: { pane: number; x: number; low: number; high: number; colour: Token; text: string; missed?: boolean }[];
  /** what begins there */
  stages?: { x: number; text: string }[];
  /** rising: where the cursor can be put [the x of all lines] */
  places?: ArrayLike<number>;
  /** names at the edge of the chart rather than at the ends of lines: for runs that end at different steps */
  labelsAtEdge?: boolean;
}

/** A PanelContext is one; all may be missing. */
export interface StepsContext {
  /** for its buttons [below the axis, at the right] */
  controls?: HTMLElement;
  /** no names and values at the ends of lines, no buttons */
  compact?: boolean;
  /** of the chart, for those who do not see it */
  label?: string;
  option?(key: string): string | null;
  setOption?(key: string, value: string | null): void;
  /** to one of `places`, and which */
  onSeek?(x: number, place: number): void;
  onPeek?(x: number | null, place?: number): void;
  /** after each redraw; `to`: a share of the width */
  decorate?(at: { box(pane: number): Box; to(x: number): number; layer: HTMLElement; under: HTMLElement }): void;
}

export interface StepsMoment {
  /** differs when `compose` would give another picture */
  stamp: string;
  compose(): Picture;
  /** x of the cursor; null: none */
  at: number | null;
}

/** In pixels of the element. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A line in order of its x, its gaps NaN. */
export interface Column {
  line: Line;
  x: ArrayLike<number>;
  y: Float64Array;
  low?: ArrayLike<number>;
  high?: ArrayLike<number>;
}

/** The y axis of a pane as it is drawn. */
export interface YAxis {
  log: boolean;
  /** all that it shows is above 0: it may be logarithmic */
  positive: boolean;
  /** as `top` in its units, or their decimal logarithm */
  bottom: number;
  top: number;
  ticks: number[];
  /** a value → its place between bottom and top; NaN where it has none */
  bend(value: number): number;
}

/** A chart over steps as it is drawn now. */
export interface StepsChart {
  picture: Picture;
  /** of the element, in pixels */
  width: number;
  height: number;
  /** of all panes together */
  area: Box;
  /** of each pane */
  boxes: Box[];
  axes: YAxis[];
  columns: Column[];
  /** keys of lines */
  hidden: Set<string>;
  /** where the cursor can be put */
  places: ArrayLike<number>;
  /** what is seen of the axis across */
  part: [number, number];
  /** whether that is logarithmic */
  log: boolean;
  scale: StepScale;
  /** pixels from the left and from the top of the element */
  xOf(x: number): number;
  yOf(pane: number, value: number): number;
}

export interface StepScale {
  /** the step at the right end */
  last: number;
  /** step → share of the width, 0 to 1 for what is seen */
  to(step: number): number;
  /** share of the width → step, not rounded */
  from(share: number): number;
  ticks: number[];
}

export type Place = { x: number; y: number };

/** Where a map of points lies on its canvas. */
export interface MapFrame {
  /** its id */
  map: string;
  width: number;
  height: number;
  /** of the square that it fills */
  side: number;
  /** directions mean nothing, and distances are the same along both */
  square: boolean;
  /** words and stars are smaller, and words fewer */
  small: boolean;
  /** what it shows, in units of the map */
  box: { x: Range; y: Range };
  /** pixels of one unit along x */
  unit: number;
  x(x: number): number;
  y(y: number): number;
}

/** What a map of points shows, in pixels. */
export interface Scene {
  /** id of its map */
  map: string;
  n: number;
  /** NaN: not drawn */
  x: Float32Array;
  y: Float32Array;
  radius: Float32Array;
  /** that colours it; NaN: none */
  value: Float64Array;
  stars: Star[];
}

export interface Star extends Place {
  /** radius of the dots around it */
  crowd: number;
  name: string;
  colour: string;
}

/** What the line under a map of points says. */
export interface MapLegend {
  groups: { name: string; colour: string; members: number[] }[];
  /** the scale of colours, where there are no groups */
  bar: { title: string; low: string; high: string } | null;
  /** how many of all are shown; "" where all are */
  part: string;
  selected: number;
  /** what areas stand for; "" where all dots are alike */
  size: string;
  /** of a full dot */
  radius: number;
}

/** Columns of a matrix that are drawn together, as wide as their share of all. */
export interface MatrixPart {
  name: string;
  colour: string;
  columns: Uint32Array;
  share: number;
}
