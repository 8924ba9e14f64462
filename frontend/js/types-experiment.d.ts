// Shapes of experiments, as the server sends them (docs/experiments.md). Modules import them from types.

import type { JsonObject, Metric, Metrics, Paper, RunStatus } from "./types";

/** A figure or a sweep that can be started by its id (docs/experiments.md). */
export interface ExperimentPreset {
  id: string;
  order: number;
  kind: ExperimentKind;
  title: string;
  text: string;
  figure: string | null;
  /** usual time on two cores, for its own number of seeds */
  seconds: number;
  runs: number;
  seeds: number | number[];
  /** ids of data sets of images that its runs read; absent from older servers */
  data?: string[];
  sweep?: { base: string | JsonObject; grid: Record<string, GridValue[]> } | null;
}

export type ExperimentKind = "figure" | "sweep" | "runs";
export type ExperimentStatus = RunStatus;
export type GridValue = number | boolean | string;

/** What POST /api/experiments takes. */
export interface NewExperiment {
  preset?: string;
  sweep?: { base: { preset: string; overrides?: JsonObject } | { config: JsonObject }; grid: Record<string, GridValue[]>; seeds: number };
  seeds?: number;
  name?: string;
}

/** An experiment as the list gives it. */
export interface ExperimentSummary {
  id: string;
  name: string;
  kind: ExperimentKind;
  preset: string | null;
  tags: string[];
  status: ExperimentStatus;
  counts: { total: number; queued: number; running: number; paused: number; succeeded: number; failed: number; cancelled: number; deleted: number };
  /** null until every row of the table is known */
  passed: boolean | null;
  created_at: string;
  finished_at: string | null;
  /** what in its rows of the database does not fit, and is left out here */
  damage: string | null;
}

export interface Experiment extends ExperimentSummary {
  text: string;
  figure: string | null;
  differences: string[];
  seeds: number[];
  members: Member[];
  table: ExpectedRow[];
  sweep: Sweep | null;
  display: ExperimentDisplay;
}

/** How an experiment is shown (docs/experiments.md). */
export interface ExperimentDisplay {
  metrics: Record<string, Metric>;
  /** none for a sweep */
  pictures: (CurvesPicture | FramesPicture)[];
  lines: ExperimentLine[];
  paper: Paper | null;
}

export interface CurvesPicture {
  kind: "curves";
  title: string;
  metrics: string[];
  /** members: one metric at a time, a chart for each group; metrics: a chart for each member */
  lines: "members" | "metrics";
  range: [number, number] | null;
  text: string;
}

export interface FramesPicture {
  kind: "frames";
  title: string;
  panel: string;
  /** of its panel; "": the first one */
  map: string;
  steps: (number | "end")[];
  metrics: string[];
}

/** Members of one label and group, as they are drawn. */
export interface ExperimentLine {
  label: string;
  group: string;
  colour: string;
  dash: Metric["dash"];
  spacing: "linear" | "geometric";
  references: Record<string, { value: number; text: string }[]>;
}

/** A place in an experiment; members of one label and group differ in the seed. */
export interface Member {
  position: number;
  label: string;
  group: string;
  seed: number;
  cell: Record<string, GridValue>;
  /** null when it was deleted */
  run: MemberRun | null;
}

export interface MemberRun {
  id: string;
  name: string;
  status: RunStatus;
  step: number;
  total_steps: number;
  frames: number;
  metrics: Metrics | null;
  diverged: boolean;
  emergence_step: number | null;
  error: { message: string } | null;
}

/** A promise of a figure, over its seeds. */
export interface ExpectedRow {
  label: string;
  member: string;
  group: string;
  metric: string;
  step: number | "end";
  low: number;
  high: number;
  paper?: string | null;
  values: { seed: number; run: string | null; value: number | null; ok: boolean | null }[];
  mean: number | null;
  deviation: number | null;
  ok: boolean | null;
}

export interface SweepAxis {
  path: string;
  title: string;
  values: GridValue[];
  /** what its values are called, where they are no numbers and no switches */
  names: string[] | null;
}

/** `low` and `high` are the ends of its colour scale. */
export interface Measure {
  id: string;
  title: string;
  low: number;
  high: number;
  unit: Metric["unit"];
  /** the step of an event, which may never come */
  event: boolean;
}

export interface CellValue {
  mean: number | null;
  deviation: number | null;
  low: number | null;
  high: number | null;
  /** finished runs that have the value: emergence may never happen */
  count: number;
  values: (number | null)[];
}

export interface SweepCell {
  index: number[];
  cell: Record<string, GridValue>;
  /** by seed; null where a run was deleted */
  runs: (string | null)[];
  done: number;
  total: number;
  values: Record<string, CellValue>;
}

export interface Sweep {
  base: string | null;
  axes: SweepAxis[];
  measures: Measure[];
  cells: SweepCell[];
}
