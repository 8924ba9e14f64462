/**
 * What becomes known of a run: a WebSocket that resumes after the last row of the index that it has. Used by the film.
 *
 * Events: `run` (detail: Run), `progress` (detail: what moves of a Run while it trains), `row` (of the index: a frame has been kept),
 * `event` (detail: RunEvent), `end` ({status, last_seq}), `missing` (no such run), `connection` ({state, attempt, retryIn}: connecting |
 * live | reconnecting | closed; retryIn in seconds).
 */

import { askForToken, streamUrl } from "./api.js";

const BACKOFF_SECONDS = [0, 1, 2, 4, 8];
const LONGEST_PAUSE = 10; // seconds
const SILENCE_SECONDS = 8; // the server says something every 3 s: a connection this long without a word is dead
const CLOSE_TOKEN_NEEDED = 4401;
const CLOSE_UNKNOWN_RUN = 4404;

export class RunStream extends EventTarget {
  /** @type {WebSocket | null} */
  #socket = null;
  #attempt = 0;
  #timer = 0;
  #silence = 0;
  #closed = false;

  /** @param {string} run id @param {() => number} lastSeq of the rows that the reader has; -1 for none */
  constructor(run, lastSeq) {
    super();
    this.run = run;
    this.lastSeq = lastSeq;
  }

  /** Also once more after it has ended: a run that was over may go on. */
  open() {
    this.#closed = false;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#announce("connecting");
    const socket = new WebSocket(streamUrl(this.run, this.lastSeq()));
    socket.onopen = () => {
      this.#awaitWord();
      this.#announce("live");
    };
    socket.onmessage = (message) => this.#receive(message.data);
    socket.onclose = (close) => this.#lost(close.code);
    this.#socket = socket;
    this.#awaitWord();
  }

  /** Ends the stream for good. */
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#detach();
    this.#announce("closed");
  }

  /** Tries again now instead of after the pause. */
  retryNow() {
    if (!this.#closed && this.#timer) this.open();
  }

  /** @param {string} data */
  #receive(data) {
    this.#attempt = 0; // only data prove that the connection works
    this.#awaitWord();
    const { type, ...message } = JSON.parse(data);
    this.#dispatch(type, type === "run" ? message.run : message);
    if (type === "end") this.close();
  }

  /** Takes the connection for lost if nothing is heard from now on: a browser may take minutes to notice, or never do. */
  #awaitWord() {
    clearTimeout(this.#silence);
    this.#silence = window.setTimeout(() => {
      this.#attempt = Math.max(1, this.#attempt); // it has failed already: worth telling before the next try
      this.#lost();
    }, SILENCE_SECONDS * 1000);
  }

  /** @param {number} [code] why the socket closed, if it did */
  #lost(code) {
    this.#detach();
    if (this.#closed) return;
    if (code === CLOSE_UNKNOWN_RUN) this.#dispatch("missing", null);
    if (code === CLOSE_TOKEN_NEEDED) askForToken();
    if (code === CLOSE_UNKNOWN_RUN || code === CLOSE_TOKEN_NEEDED) return this.close();
    const retryIn = BACKOFF_SECONDS[this.#attempt] ?? LONGEST_PAUSE;
    this.#attempt += 1;
    this.#announce("reconnecting", retryIn);
    this.#timer = window.setTimeout(() => this.open(), retryIn * 1000);
  }

  #detach() {
    clearTimeout(this.#silence);
    if (!this.#socket) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }

  /** @param {"connecting" | "live" | "reconnecting" | "closed"} state @param {number} [retryIn] */
  #announce(state, retryIn = 0) {
    this.#dispatch("connection", { state, attempt: this.#attempt, retryIn });
  }

  /** @param {string} type @param {unknown} detail */
  #dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
