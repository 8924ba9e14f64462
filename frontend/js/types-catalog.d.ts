// Shapes of what can be run: presets, and the data sets that they need. Modules import them from types.

import type { Expected, ExperimentPreset, Facet, JsonObject, Paper } from "./types";

/** A part of the gallery. */
export interface Section {
  id: string;
  title: string;
  text: string;
}

/** A data set that is read. */
export interface Need {
  id: string;
  folder: string | null;
}

/** A preset as the gallery shows it. */
export interface PresetCard {
  id: string;
  order: number;
  title: string;
  text: string;
  figure: string | null;
  seconds: number;
  study: string;
  /** id of its section */
  section: string;
  summary: string;
  facets: Facet[];
  needs: Need[];
  /** the preset on whose card it stands, called `short` there */
  variant_of: string | null;
  short: string;
  /** the preset that is to fail where this one does not */
  control: string | null;
  /** a path among the dashboard's files */
  picture: string | null;
  /** of the parts of the picture, side by side */
  captions: string[];
  paper: Paper | null;
}

export type ExperimentCard = Omit<ExperimentPreset, "sweep"> & { needs: Need[]; section: string };

export interface Gallery {
  sections: Section[];
  presets: PresetCard[];
  experiments: ExperimentCard[];
  studies: { id: string; title: string }[];
  /** what the words of all studies mean */
  glossary: Record<string, string>;
}

export interface Preset extends PresetCard {
  expected: Expected[];
  config: JsonObject;
}

export interface Catalog {
  presets: Preset[];
  problems: { kind: string; title: string; text: string }[];
  methods: { kind: string; title: string; text: string }[];
  /** by study: the JSON Schema of its configurations, with what forms need beside it (form/schema.js) */
  schemas: Record<string, { fixed: string[]; telling: string[]; [key: string]: any }>;
  experiments: (ExperimentPreset & ExperimentCard)[];
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
