// Shapes of what can be run: presets, and the data sets that they need. Modules import them from types.

import type { Expected, ExperimentPreset, JsonObject } from "./types";

export interface Preset {
  id: string;
  order: number;
  title: string;
  text: string;
  figure: string | null;
  seconds: number;
  expected: Expected[];
  config: JsonObject;
}

export interface Catalog {
  presets: Preset[];
  problems: { kind: string; title: string; text: string }[];
  methods: { kind: string; title: string; text: string }[];
  schema: JsonObject;
  /** by study: the JSON Schema of its configurations, with what forms need beside it (form/schema.js) */
  schemas: Record<string, { fixed: string[]; telling: string[]; [key: string]: any }>;
  /** absent from older servers */
  experiments?: ExperimentPreset[];
}

/** A data set of images, there or not. */
export interface DataSet {
  /** what a problem's `data` says */
  id: string;
  /** what its `folder` says, for a tree of images */
  folder: string | null;
  title: string;
  builtin: boolean;
  present: boolean;
  images: number | null;
  /** how to get it; commands stand between backticks */
  how: string;
}
