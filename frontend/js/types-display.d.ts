// What a run says about how to show it (docs/display.md): `run.display`, as it comes from the server.

import type { FrameData, Run, TableData, Theme, TimelineView, RunTheory } from "./types";

export type Range = [number, number];
/** A token of the theme, as "series-1" or "ink-muted"; never a hex value. */
export type Token = string;

export interface Facet {
  key: string;
  label: string;
  value: string;
  short: string;
  colour: Token | "";
  dash: "" | "solid" | "dash";
}

export interface Metric {
  title: string;
  short: string;
  unit: "none" | "share" | "count" | "nats";
  low: number | null;
  high: number | null;
  scale: "linear" | "log";
  group: string;
  emphasis: boolean;
  vital: boolean;
  colour: Token;
  text: string;
  references: { value: number; text: string }[];
  strong: boolean;
  dash: "solid" | "dash" | "dot";
  passes: number | null;
  falling: boolean;
}

export interface Axis {
  noun: string;
  plural: string;
  shown: number;
  total: number;
  names: string[] | null;
  short: string[] | null;
  numbers: number[] | null;
  groups: { name: string; colour: Token; members: number[] }[];
  at_most: boolean;
  part_of: string | null;
}

export interface TensorDeclaration {
  dtype: string;
  shape: (string | number)[];
  low: number | null;
  high: number | null;
  text: string;
  always: boolean;
}

export interface EventKind {
  title: string;
  short: string;
  rank: "emergence" | "major" | "minor" | "note";
}

export type PanelKindName = "points" | "matrix" | "curves" | "density" | "bars" | "images" | "comparison";

/** `S` is what its kind shows: see the interfaces below. */
export interface PanelDeclaration<S = any> {
  id: string;
  kind: PanelKindName;
  title: string;
  hero: boolean;
  text: string;
  words: string[];
  show: S;
}

export interface Paper {
  title: string;
  authors: string;
  year: number;
  url: string;
}

export interface Display {
  summary: string;
  /** What lies along the axis of charts over steps. */
  steps: string;
  facets: Facet[];
  paper: Paper | null;
  can: string[];
  notes: string[];
  glossary: Record<string, string>;
  metrics: Record<string, Metric>;
  axes: Record<string, Axis>;
  tensors: Record<string, TensorDeclaration>;
  panels: PanelDeclaration[];
  events: Record<string, EventKind>;
}

export interface ValueGroup {
  name: string;
  low?: number;
  high?: number;
  colour?: Token;
}

export interface ColourBy {
  tensor: string;
  scale: "diverging" | "sequential" | "categories";
  range?: Range;
  title?: string;
  names?: string[];
  groups?: ValueGroup[];
}

export interface PointMap {
  id: string;
  title: string;
  text?: string;
  positions?: string;
  extent?: number;
  scale?: { length: number; text: string };
  x?: string;
  y?: string;
  titles?: [string, string];
  ranges?: [Range, Range];
  bound?: number;
}

export interface PointsShow {
  axis: string;
  maps: PointMap[];
  colour?: ColourBy;
  size?: string | { tensor: string; title?: string };
  landmarks?: { tensor?: string; at?: Record<string, [number, number][]>; names: string[]; colours?: Token[] };
  trails?: boolean;
  readouts?: { tensor: string; title: string }[];
}

export interface MatrixShow {
  tensor: string;
  rows: string;
  columns: string;
  order?: string;
  range?: Range;
  title?: string;
  first?: string;
  first_title?: string;
  ticks?: { value: number; text: string; note?: string }[];
}

export interface CurvesShow {
  panes: (string[] | { metrics: string[]; title?: string; share?: number })[];
}

export interface DensityShow {
  tensor: string;
  range: Range;
  bins: number;
  title?: string;
  groups?: ValueGroup[];
  lines?: { tensor: string; title: string; colour: Token }[];
  lines_title?: string;
}

export interface BarsShow {
  tensor: string;
  axis?: string;
  beside?: "start" | string;
  scale?: "linear" | "log";
  title?: string;
  theory?: number | number[];
  theory_title?: string;
}

export interface ImagesShow {
  tensor: string;
  axis: string;
  scale?: string;
  mark?: ColourBy;
  orders?: { id: string; title: string; by: string; split?: string }[];
  pairs?: boolean;
  /** stages at which the members begin anew: pictures are not sorted by those of another one */
  anew?: string[];
  beside?: { tensor: string; names: string[] }[];
  references?: { axis: string; sums?: { name: string; columns: number[] }[] };
}

export interface ComparisonShow {
  event: string;
  list?: string;
  name?: string;
  group?: string;
  predicted?: string;
  measured?: string;
  deviation?: string;
  title?: string;
}

/** Everything that a panel draws from. One moment drives all panels. */
export interface PanelMoment {
  run: Run;
  display: Display;
  frame: FrameData;
  index: number;
  timeline: TimelineView;
  /** by axis, never one that is part of another: places among its members shown */
  selection: ReadonlyMap<string, ReadonlySet<number>>;
  /** the member that is pointed at */
  hover: { axis: string; member: number } | null;
  /** null until it is known */
  theory: RunTheory | null;
  /** the run's patterns [d, D] by column, once somebody has asked for them; null until they are here */
  patterns: { rows: number; columns: number; data: Float32Array } | null;
}

/** What a panel may ask of the page. Options are strings, kept in the address by the id of the panel. */
export interface PanelContext {
  theme: Theme;
  /** no movement between frames: the reader prefers it so, or many pictures play at once */
  reducedMotion: boolean;
  /** one of many small ones, whose page has controls and legend once for all */
  compact: boolean;
  /** the panel's own header, for a few controls (<div class="segments">…) */
  controls: HTMLElement;
  option(key: string): string | null;
  /** null: back to the default */
  setOption(key: string, value: string | null): void;
  onSeek(step: number): void;
  /** shows a step while the pointer rests on it; null: back to where the film was */
  onPeek(step: number | null): void;
  onSelect(axis: string, members: ReadonlySet<number>): void;
  onHover(axis: string, member: number | null): void;
  /** asks for `moment.patterns` */
  wantPatterns(): void;
}

/** One picture of a panel. It fills `element`, which keeps its size; the frame around it has title, sentence and table. */
export interface PanelView {
  render(moment: PanelMoment): void;
  resize(): void;
  destroy(): void;
  /** names of the tensors without which there is nothing to draw now */
  needs?(moment: PanelMoment): string[];
  /** false where it has nothing to say of the run: its panel goes */
  applies?(moment: PanelMoment): boolean;
  /** where the frame says nothing: a sentence made of what is drawn */
  caption?(moment: PanelMoment): string;
  /** the numbers behind the picture, at this moment */
  table?(moment: PanelMoment): TableData;
}

/** A kind of panel: js/panels/ has a module for each, with this function. */
export type CreatePanel<S = any> = (element: HTMLElement, panel: PanelDeclaration<S>, context: PanelContext) => PanelView;
