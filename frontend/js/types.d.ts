// Shapes shared by all modules: what the server sends (docs/architecture.md) and what views are given.

import type { Display, EventKind, Metric } from "./types-display";
export * from "./types-catalog";
export * from "./types-display";
export * from "./types-experiment";

export type RunStatus = "queued" | "running" | "paused" | "succeeded" | "failed" | "cancelled";
export type Metrics = Record<string, number | null>;
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface Expected {
  label: string;
  metric: string;
  step: number | "end";
  low: number;
  high: number;
  paper?: string | null;
  /** false where settings were changed: `ok` stays null; absent from runs of earlier versions */
  applies?: boolean;
  value: number | null;
  ok: boolean | null;
}

/** A setting that differs from the preset's, or in a fork from the parent's. */
export interface Change {
  path: string;
  label: string;
  value: Json;
  was: Json;
  /** "p_o = 0.2" */
  text: string;
  /** changes nothing of what is computed but the sample, or how closely one looks */
  free: boolean;
}

export interface RunEvent {
  step: number;
  kind: string;
  text: string;
  /** the numbers behind the text; absent from runs that were recorded without them */
  data?: JsonObject | null;
}

/** An event as a mark of the timeline. */
export interface Milestone extends RunEvent {
  short: string;
  rank: EventKind["rank"];
}

/** T_j of patterns: the mean over neurons of −(dL/dw_i)/a_i along M_j (docs/experiments.md). */
export interface Pull {
  predicted: number;
  measured: number | null;
  deviation: number | null;
}

/** `data` of an event of kind `gradient`. */
export interface GradientData {
  relevant: Pull;
  background: Pull;
  beta: number;
  error: number | null;
  patterns: (Pull & { pattern: number; relevant: boolean })[];
}

/** The latest value of a metric that stands for a run, with what lists write beside it; null is no number. */
export interface MetricShown {
  name: string;
  title: string;
  short: string;
  unit: Metric["unit"];
  value: number | null;
}

/** The metrics that stand for a run, over its steps in a few points. */
export interface Preview {
  id: string;
  steps: number[];
  lines: { name: string; title: string; colour: string; low: number | null; high: number | null; values: (number | null)[] }[];
}

/** A run as the list gives it. */
export interface RunSummary {
  id: string;
  name: string;
  preset: string | null;
  tags: string[];
  notes: string;
  status: RunStatus;
  /** asked for, and not done yet */
  wanted: "pause" | "cancel" | null;
  /** what in its row of the database does not fit, and is left out here */
  damage: string | null;
  /** of what study it is; null where its settings cannot be read */
  study: string | null;
  /** what it is, in one line */
  summary: string;
  /** whether a number that says so is none */
  diverged: boolean;
  /** why it is held up while it is running */
  waits: string | null;
  /** of a fork: the run that it comes from, and the step up to which it was trained as that one was */
  origin: { run: string; step: number } | null;
  /** null without a preset or a parent */
  changes: Change[] | null;
  /** the one that it is a run of */
  experiment: { id: string; name: string } | null;
  error: { message: string; step: number | null; traceback: string | null } | null;
  /** of a run that waits for a worker: 1 is the next to start, `of` how many wait */
  queue: { place: number; of: number } | null;
  progress: { step: number; total: number; seconds: number | null; eta: number | null; phase: string | null };
  frames: { count: number; last_seq: number | null; bytes: number };
  metrics: Metrics | null;
  /** those that stand for it, as far as they have been measured */
  metrics_shown: MetricShown[];
  neurons: { total: number; shown: number } | null;
  facts: { gamma: number; sigma_tilde: number; positive_share: number; coherence?: number } | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

/** A run in full. */
export interface Run extends RunSummary {
  config: JsonObject;
  /** the control of its preset */
  control: string | null;
  display: Display;
  patterns: { total: number; relevant: number[]; shown: number[]; names?: string[] | null; signal?: string } | null;
  expected: Expected[];
  events: RunEvent[];
  /** times that it has gone on by itself after a death, since it was last started or resumed by hand */
  resumes: number;
  deaths: { at: string; step: number; reason: string }[];
  provenance: JsonObject | null;
}

/** A theorem of the paper, for the settings of one run. */
export interface Statement {
  id: string;
  title: string;
  formula: string;
  text: string;
  value: number | null;
  applies: boolean;
  assumptions: string[];
  limits: string[];
}

export interface RunTheory {
  statements: Statement[];
  /** reference lines across the curves of metrics */
  lines: { metric: string; value: number; text: string }[];
}

/** RFC 9457, with a pointer and a message per rejected field. */
export interface Problem {
  type?: string;
  title: string;
  status: number;
  detail?: string;
  errors?: { pointer: string; message: string }[];
}

export type Numbers = Float64Array | Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;
export type Tensor = { shape: number[]; data: Numbers };

/** A decoded frame. `tensors` holds whatever the frame held, by name. */
export interface FrameData {
  run: string;
  seq: number;
  step: number;
  phase: string;
  metrics: Metrics;
  layout: { method: string; stress: number | null };
  /** sentences about this frame, by panel; films recorded by earlier versions have none */
  says: Record<string, string>;
  tensors: Record<string, Tensor>;
  bytes: number;
}

/** The numbers of a frame. They outlive its picture: a film may be thinned. */
export interface Measured {
  step: number;
  metrics: Metrics;
}

/** A row of the index: what is known of every frame, whether its bytes are in memory or not. */
export interface TimelineEntry extends Measured {
  seq: number;
  phase: string;
  /** false where the frame itself was thinned out */
  there: boolean;
  /** histograms by density panel: counts in equal bins */
  density: Record<string, ArrayLike<number>>;
  /** means over a tensor, by its name */
  means: Metrics;
}

export interface TimelineView {
  /** in order of seq, which is the order of steps; grows while the run is live. A thinned film has gaps in both. */
  readonly entries: readonly TimelineEntry[];
  /** of all frames that there ever were; the same as `entries` but for a thinned film */
  readonly rows: readonly TimelineEntry[];
  /** steps of the whole run: a fixed axis while it is still running */
  readonly totalSteps: number;
  /** a frame whose bytes are in memory, decoded; null otherwise */
  frameAt(index: number): FrameData | null;
  /** brings frames into memory that are drawn beside the one shown; whether any has come in */
  bring?(from: number, count: number): Promise<boolean>;
  /** index of the last entry at or before `step` (0 when there is none) */
  indexOfStep(step: number): number;
}

/** What the player is doing, for the transport. */
export interface PlayerState {
  index: number;
  playing: boolean;
  waiting: boolean;
  following: boolean;
  speed: number;
  loop: boolean;
  /** frames advanced at once: above 1 when the speed asks for more frames than the screen can show */
  stride: number;
}

export interface Colours {
  paper: string;
  paperSunken: string;
  ink: string;
  inkSoft: string;
  inkMuted: string;
  hairline: string;
  line: string;
  positive: string;
  negative: string;
  background: string;
  /** Okabe-Ito, for measured series and methods */
  series: [string, string, string, string];
  good: string;
  warn: string;
  bad: string;
}

export interface Theme {
  name: "light" | "dark";
  colours: Colours;
  font: string;
  /** how large text is: 1 where small text has 12 pixels */
  em: number;
  /** colours over [-1, 1], equally spaced, from which the scales are made */
  stops: string[];
  /** 256 RGB triples over [-1, 1] for areas (heatmaps): pale centre */
  areaScale: Uint8ClampedArray;
  /** the same as CSS colours for marks (dots, lines): a centre that can be seen alone */
  markScale: string[];
}

export interface TableData {
  columns: string[];
  rows: (string | number | null)[][];
}

/** What a page may ask of the frame around it. */
export interface PageContext {
  navigate(path: string): void;
  /** the header's slot for live status and actions of the page */
  status: HTMLElement;
  /** aborted when the reader leaves: answers that come later change nothing any more */
  signal: AbortSignal;
  /** the title of the window, heeded only while the page is shown */
  setTitle(title: string): void;
}

/** What a page fills `element` with lives until the reader leaves. */
export interface PageHandle {
  destroy(): void;
  /** the reader went back or forward within this page: the same path, other parameters. Without it the page is made anew. */
  readdress?(): void;
}

export type Page = (element: HTMLElement, context: PageContext, params: Record<string, string>) => PageHandle;

declare global {
  /** plotly.js, served by the backend at /vendor/plotly.min.js */
  const Plotly: any;
}
