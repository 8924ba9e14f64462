/**
 * Films that were left a while ago: who comes back, or goes from a run to a comparison of it, need not load them again. What
 * is new of them is asked for as after a lost connection. Used by source.js.
 * @typedef {import("./timeline.js").Timeline} Timeline
 */

const MAX_BYTES = 128 * 2 ** 20; // of frames, of all of them together

/** @type {Map<string, Timeline>} the one that was left last is the last */
const films = new Map();

/** @param {string} run id @param {Timeline} film that nobody looks at any more */
export function keepFilm(run, film) {
  films.delete(run);
  if (film.rows.length > 0) films.set(run, film);
  let bytes = 0;
  for (const [id, { bytes: own }] of [...films].reverse()) {
    bytes += own;
    if (bytes > MAX_BYTES) films.delete(id);
  }
}

/** @param {string} run id @returns {Timeline | null} to be gone on from */
export function keptFilm(run) {
  const film = films.get(run) ?? null;
  films.delete(run);
  return film;
}
