/**
 * The runs that the page knows, and which of all it asks for. Used by the runs page only.
 * @module
 */

import { listRuns } from "../../net/api.js";
import { PagedList } from "../paged-list.js";

/** @typedef {import("../../types").RunSummary} RunSummary */
/** @typedef {{ q: string, status: string, tag: string, in_experiment: string }} Filter in_experiment: "false" hides those that are */

const MOST = 200; // runs in one answer

/** @extends {PagedList<RunSummary>} */
export class RunList extends PagedList {
  constructor() {
    super((query, signal) => listRuns({ ...this.filter, ...query }, signal), MOST);
    /** @type {Filter} */
    this.filter = { q: "", status: "", tag: "", in_experiment: "" };
  }

  /** @param {Partial<Filter>} changes starts again from the newest */
  search(changes) {
    Object.assign(this.filter, changes);
    return this.restart();
  }
}
