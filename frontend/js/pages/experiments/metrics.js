/**
 * The metrics of an experiment's runs, as columns, each fetched once, and only what is new while a run goes on; and one curve out of several seeds.
 * @typedef {Pick<import("../../types").Member, "run">} Holder of a run
 * @typedef {Record<string, (number | null)[]>} Columns seq, step and one column per metric, of equal length
 */

import { ApiError, getMetrics } from "../../net/api.js";

/** Fires `change` when there are new numbers. */
export class RunMetrics extends EventTarget {
  /** @type {Map<string, Columns>} */
  #columns = new Map();
  /** @type {Set<string>} */
  #asking = new Set();
  /** Frames that a run had when it was last asked: thinning takes frames away, but no numbers. @type {Map<string, number>} */
  #frames = new Map();
  /** Runs that would not answer: a hole in the picture, which says so. @type {Set<string>} */
  failed = new Set();
  /** Rises with everything new. */
  version = 0;

  /** @param {Holder[]} members */
  update(members) {
    for (const { run } of members) {
      if (run && run.frames !== (this.#frames.get(run.id) ?? 0) && !this.#asking.has(run.id)) this.#fetch(run);
    }
  }

  /** @param {import("../../types").MemberRun} run */
  async #fetch({ id, frames }) {
    this.#asking.add(id);
    this.#frames.set(id, frames);
    try {
      const known = this.#columns.get(id);
      const news = await getMetrics(id, known?.seq.at(-1) ?? -1);
      this.#columns.set(id, known ? joined(known, news) : news);
      this.failed.delete(id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.failed.add(id);
    } finally {
      this.#asking.delete(id);
    }
    this.version += 1;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Holder[]} members @param {string} metric */
  curve(members, metric) {
    return seedCurve(members.map(({ run }) => this.#columns.get(run?.id ?? "") ?? { step: [] }), metric);
  }

  /** @param {Holder} member @param {string} metric @param {number | "end"} step @returns {number | null} */
  at({ run }, metric, step) {
    const { step: steps = [], [metric]: values = [] } = this.#columns.get(run?.id ?? "") ?? {};
    return values[step === "end" ? steps.length - 1 : steps.indexOf(step)] ?? null;
  }
}

/** @param {Columns} old @param {Columns} news @returns {Columns} what one of them did not measure is null there */
function joined(old, news) {
  const column = (/** @type {Columns} */ part, /** @type {string} */ name) => part[name] ?? part.seq.map(() => null);
  return Object.fromEntries(Object.keys({ ...old, ...news }).map((name) => [name, [...column(old, name), ...column(news, name)]]));
}

/**
 * The mean of the seeds, and the least and the largest value, step by step.
 * @param {Columns[]} seeds a step that a seed has not measured is left to the others @param {string} metric
 */
export function seedCurve(seeds, metric) {
  const found = seeds.flatMap(({ step: steps, [metric]: values = [] }) => values.flatMap((value, i) => (value === null ? [] : [{ step: Number(steps[i]), value }])));
  const steps = [...Map.groupBy(found, ({ step }) => step)].sort(([a], [b]) => a - b);
  const values = steps.map(([, some]) => some.map(({ value }) => value));
  return {
    steps: steps.map(([step]) => step),
    mean: values.map(average),
    low: values.map((some) => Math.min(...some)),
    high: values.map((some) => Math.max(...some)),
    count: values.map(({ length }) => length),
  };
}

/** @param {number[]} values at least one @returns {number} */
export const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
