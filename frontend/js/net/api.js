/**
 * REST calls to the server (docs in OpenAPI at /docs). The only module of the dashboard that calls fetch.
 * @import { Catalog, DataSet, Experiment, ExperimentSummary, Gallery, JsonObject, NewExperiment, Preview, Problem, Run, RunSummary, RunTheory } from "../types"
 */

import { at } from "../ui/address.js";

/** A refused or failed call. `problem` is the server's RFC 9457 body; status 0: the server was not reached. */
export class ApiError extends Error {
  name = "ApiError";

  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail || problem.title);
    this.status = problem.status;
    this.problem = problem;
  }
}

/** @param {string} path @param {RequestInit} [options] @returns {Promise<Response>} */
async function call(path, options) {
  let response;
  try {
    response = await fetch(at(path), options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError({ title: "The server cannot be reached", status: 0, detail: `No answer from ${location.host}.` });
  }
  if (response.status === 401) askForToken();
  if (!response.ok) throw new ApiError(await readProblem(response));
  return response;
}

/** The server asks for its token: it answers every page with the one for signing in, and then with the page itself. */
export const askForToken = () => location.reload();

/** @param {Response} response also of a proxy @returns {Promise<Problem>} */
async function readProblem(response) {
  const text = await response.text();
  const said = response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : { detail: text.slice(0, 500) };
  return { title: response.statusText || `Error ${response.status}`, ...said, status: response.status };
}

/** @param {string} path @param {AbortSignal} [signal] @returns {Promise<any>} */
const getJson = async (path, signal) => (await call(path, { signal })).json();

/** @param {string} path @returns {Promise<ArrayBuffer>} */
const getBytes = async (path) => (await call(path)).arrayBuffer();

/** @param {string} method @param {string} path @param {unknown} [body] @param {RequestInit} [options] @returns {Promise<any>} null where there is nothing to say */
async function send(method, path, body, options) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await call(path, { method, ...sent, ...options });
  return response.status === 204 ? null : response.json();
}

/** @param {Record<string, string | number | null>} query @returns {string} "?…", without what is empty; or "" */
function search(query) {
  const text = String(new URLSearchParams(Object.entries(query).flatMap(([key, value]) => (value ? [[key, String(value)]] : []))));
  return text && `?${text}`;
}

/** @returns {Promise<Catalog>} */
export const getCatalog = () => getJson("/api/catalog");

/** @param {AbortSignal} [signal] @returns {Promise<Gallery>} what there is to start, without its settings */
export const getGallery = (signal) => getJson("/api/gallery", signal);

/** @returns {Promise<DataSet[]>} data sets of images, there or not */
export const getDataSets = async () => (await getJson("/api/data")).items;

/** @returns {Promise<{status: string, version: string, executor: string, workers: {total: number, busy: number}, queue: number}>} */
export const getHealth = () => getJson("/api/health");

/** @param {AbortSignal} signal @returns {Promise<string | null>} why the server cannot serve at the moment; null: it can */
export const getTrouble = (signal) => call("/api/ready", { signal }).then(() => null, ({ status, message }) => (status === 503 ? message : null));

/**
 * @typedef {{status?: string, study?: string, tag?: string, q?: string, in_experiment?: string, without?: string, sort?: string, rising?: string,
 *   limit?: number, offset?: number, cursor?: string | null, until?: string | null}} RunQuery `until`: nothing beyond the page with this `next`
 * @param {RunQuery} [query] @param {AbortSignal} [signal]
 * @returns {Promise<{items: RunSummary[], next: string | null, total: number}>} newest first, unless sorted otherwise
 */
export const listRuns = (query = {}, signal) => getJson(`/api/runs${search(query)}`, signal);

/** @param {string[]} ids @param {AbortSignal} [signal] @returns {Promise<Preview[]>} small pictures of these runs */
export const getPreviews = async (ids, signal) => (await getJson(`/api/previews?ids=${ids.join()}`, signal)).items;

export const runPath = (/** @type {string} */ id) => `/api/runs/${encodeURIComponent(id)}`;

/** @param {string} id @returns {Promise<Run>} */
export const getRun = (id) => getJson(runPath(id));

/**
 * Starts a run: from a preset with overrides (deep-merged), or from a whole config.
 * @param {{preset?: string, overrides?: JsonObject, config?: JsonObject, name?: string, tags?: string[]}} body @returns {Promise<Run>}
 */
export const createRun = (body) => send("POST", "/api/runs", body);

/** @param {string} id @param {{name?: string, tags?: string[], notes?: string}} changes @returns {Promise<Run>} */
export const patchRun = (id, changes) => send("PATCH", runPath(id), changes);

/**
 * @param {string[]} ids of runs; those that are gone are passed over
 * @returns {Promise<{deleted: string[], kept: {id: string, reason: string}[]}>} it is sent although the page goes
 */
export const deleteRuns = (ids) => send("DELETE", `/api/runs?ids=${ids.join()}`, undefined, { keepalive: true });

/**
 * A paused run stops after a checkpoint, shortly after the answer; a resumed one goes on as soon as a worker is free. The control of a run is another one, there or
 * begun. @type {((id: string) => Promise<Run>)[]}
 */
export const [cancelRun, pauseRun, resumeRun, getControl] = ["cancel", "pause", "resume", "control"].map((verb) => (id) => send("POST", `${runPath(id)}/${verb}`));

/**
 * Starts a run that begins as another one was after a step, with its frames until then, and goes on with changes.
 * @param {string} id @param {{step: number, overrides: JsonObject, name?: string}} body overrides by dotted path @returns {Promise<Run>}
 */
export const forkRun = (id, body) => send("POST", `${runPath(id)}/fork`, body);

/** @param {string} id @param {number | "latest"} seq the bytes of one frame */
export const getFrame = (id, seq) => getBytes(`${runPath(id)}/frames/${seq}`);

/** @param {string} id @param {number} seq @param {number} count @returns {Promise<Map<number, ArrayBuffer>>} by seq: that frame, and some of the next ones, at most so many in all */
export async function getFrames(id, seq, count) {
  const buffer = await getBytes(`${runPath(id)}/frames/window?seq=${seq}&count=${count}`);
  const view = new DataView(buffer);
  const found = new Map();
  for (let at = 0; at < buffer.byteLength; ) {
    const [number, size] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    found.set(number, buffer.slice(at + 8, at + 8 + size));
    at += 8 + size;
  }
  return found;
}

/** @param {string} id @param {number} [after] rows with a larger seq; they are read by film/source.js */
export const getIndex = (id, after = -1) => getBytes(`${runPath(id)}/index?after=${after}`);

/** @param {string} id of a run, whose patterns these are */
export const getPatterns = (id) => getBytes(`${runPath(id)}/patterns`);

/** @param {string} id @returns {Promise<{seq: number, step: number, bytes: number}[]>} the frames of a run, in order */
export const listFrames = (id) => getJson(`${runPath(id)}/frames?limit=10000`);

/** @param {string} id @param {number} after frames with a larger seq @returns {Promise<Record<string, (number | null)[]>>} columns of equal length: seq, step, one per metric */
export const getMetrics = (id, after) => getJson(`${runPath(id)}/metrics?after=${after}`);

/** @param {string} id @returns {Promise<RunTheory>} */
export const getTheory = (id) => getJson(`${runPath(id)}/theory`);

const experimentPath = (/** @type {string} */ id) => `/api/experiments/${encodeURIComponent(id)}`;

/**
 * @param {{limit?: number, cursor?: string | null, until?: string | null}} query @param {AbortSignal} [signal]
 * @returns {Promise<{items: ExperimentSummary[], next: string | null}>} newest first
 */
export const listExperiments = (query, signal) => getJson(`/api/experiments${search(query)}`, signal);

/** @param {string} id @param {AbortSignal} [signal] @returns {Promise<Experiment>} */
export const getExperiment = (id, signal) => getJson(experimentPath(id), signal);

/** @param {NewExperiment} body @returns {Promise<Experiment>} */
export const createExperiment = (body) => send("POST", "/api/experiments", body);

/** @param {string} id */
export const cancelExperiment = (id) => send("POST", `${experimentPath(id)}/cancel`);

/** @param {string} id @returns {Promise<null>} with its runs */
export const deleteExperiment = (id) => send("DELETE", experimentPath(id));

/** @param {string} id @param {number} after @returns {string} the WebSocket address of what becomes known of a run */
export function streamUrl(id, after) {
  const url = new URL(at(`${runPath(id)}/stream?after=${after}&mode=index`), location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
