/**
 * The metrics of an experiment's runs, as columns: each fetched once, and only what is new while a run goes on. Used by the
 * pages of experiments.
 * @module
 */

import { ApiError, getMetrics } from "../../net/api.js";
import { seedCurve } from "./seed-curve.js";

/** @typedef {Record<string, (number | null)[]>} Columns seq, step and one column per metric, of equal length */

const AT_ONCE = 4; // requests

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
  #gone = false;

  /** @param {string} run @returns {Columns | undefined} */
  of(run) {
    return this.#columns.get(run);
  }

  /** @param {Pick<import("../../types").Member, "run">[]} members */
  async update(members) {
    const runs = members.flatMap(({ run }) => (run && run.frames !== (this.#frames.get(run.id) ?? 0) && !this.#asking.has(run.id) ? [run] : []));
    for (const { id } of runs) this.#asking.add(id);
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (let run = runs.shift(); run !== undefined && !this.#gone; run = runs.shift()) await this.#fetch(run);
    });
    await Promise.all(workers);
  }

  /** @param {Pick<import("../../types").Member, "run">[]} members @param {string} metric @returns {import("./seed-curve.js").Curve} */
  curve(members, metric) {
    return seedCurve(members.flatMap(({ run }) => {
      const columns = run && this.of(run.id);
      return columns ? [columns] : [];
    }), metric);
  }

  /** @param {import("../../types").MemberRun} run */
  async #fetch({ id, frames }) {
    const known = this.#columns.get(id);
    try {
      const news = await getMetrics(id, known?.seq.at(-1) ?? -1);
      this.#columns.set(id, known ? joined(known, news) : news);
      this.#frames.set(id, frames);
      this.failed.delete(id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.failed.add(id);
    } finally {
      this.#asking.delete(id);
    }
    this.version += 1;
    if (!this.#gone) this.dispatchEvent(new Event("change"));
  }

  stop() {
    this.#gone = true;
  }
}

/** @param {Columns} old @param {Columns} news @returns {Columns} what one of them did not measure is null there */
export function joined(old, news) {
  const names = new Set([...Object.keys(old), ...Object.keys(news)]);
  const nulls = (/** @type {Columns} */ { seq }) => seq.map(() => null);
  return Object.fromEntries([...names].map((name) => [name, [...(old[name] ?? nulls(old)), ...(news[name] ?? nulls(news))]]));
}

/** @param {Columns | undefined} columns @param {string} metric @param {number | "end"} step @returns {number | null} */
export function valueAtStep(columns, metric, step) {
  if (!columns) return null;
  const index = step === "end" ? columns.step.length - 1 : columns.step.indexOf(step);
  return columns[metric]?.[index] ?? null;
}
