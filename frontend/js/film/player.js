/**
 * One cursor for all views: play, pause, step, seek, speed, loop, follow live. Dispatches `moment` when another frame is to be shown (its bytes are in
 * memory), `state` when the transport has something new to say, and `error` (detail: why a frame did not come). At 1x the film runs at FRAMES_PER_SECOND; a
 * frame that is not in memory is waited for, never skipped; when the speed asks for more than the screen can show, `stride` says how many are passed at once.
 * @typedef {Pick<import("./timeline.js").Timeline, "indexOfStep" | "load"> & { entries: readonly {step: number}[], frameAt(index: number): unknown }} Film
 *   what can be played: a Timeline, or several as one; frameAt: null where bytes of it are not in memory
 */

const FRAMES_PER_SECOND = 15;
const AHEAD = 12; // frames, and those of a second more

export class Player extends EventTarget {
  /** @type {import("../types").PlayerState} */
  state = { index: 0, playing: false, waiting: false, following: false, speed: 1, loop: false, stride: 1 };
  /** where a film begins that is not followed */
  startStep = 0;
  /** frames may still come */
  live = false;
  #due = 0;
  #request = 0;
  #wanted = 0;
  #wantedStep = 0;
  #shownStep = -1; // of no frame yet
  #onAppend = () => this.#appended();

  /** @param {Film & EventTarget} timeline */
  constructor(timeline) {
    super();
    this.timeline = timeline;
    timeline.addEventListener("append", this.#onAppend);
  }

  get last() {
    return Math.max(0, this.timeline.entries.length - 1);
  }

  #play() {
    const atEnd = this.state.index >= this.last;
    if (atEnd && this.live) return this.follow();
    this.set({ playing: true, following: false });
    this.#due = performance.now();
    if (atEnd) this.#show(0);
    this.#request = requestAnimationFrame((now) => this.#tick(now));
  }

  /** Shows the newest frame, and every newer one as it comes while the run is live. */
  follow() {
    this.pause(this.live);
    this.#show(this.last);
  }

  /** @param {boolean} [following] */
  pause(following = false) {
    cancelAnimationFrame(this.#request);
    this.set({ playing: false, waiting: false, stride: 1, following });
  }

  toggle() {
    if (this.state.playing || this.state.following) this.pause();
    else this.#play();
  }

  /** @param {number} count frames forward (or back, below 0) */
  move(count) {
    this.pause();
    this.#show(this.#wanted + count);
  }

  /** @param {number} step shows the last frame at or before it */
  seek(step) {
    this.seekIndex(this.timeline.indexOfStep(step));
  }

  /** A film that plays goes on from there. @param {number} index */
  seekIndex(index) {
    this.set({ following: false });
    this.#due = performance.now();
    this.#show(index);
  }

  /** @param {boolean} live whether frames may still come */
  setLive(live) {
    this.live = live;
    this.set(live ? {} : { following: false });
  }

  destroy() {
    cancelAnimationFrame(this.#request);
    this.timeline.removeEventListener("append", this.#onAppend);
  }

  #appended() {
    if (this.#shownStep >= 0) this.#keepPlace();
    if (this.state.following) this.#show(this.last);
    else if (this.#shownStep < 0) this.#show(this.timeline.indexOfStep(this.startStep));
    else if (!this.state.waiting && this.timeline.frameAt(this.state.index) === null) this.#show(this.state.index); // of a film that has come in
    else this.set({});
  }

  /** Where films are played together, frames come in before the one that is shown: its step stays, its index does not. */
  #keepPlace() {
    const { timeline, state } = this;
    const placeOf = (/** @type {number} */ index, /** @type {number} */ step) => (timeline.entries[index]?.step === step ? index : timeline.indexOfStep(step));
    state.index = placeOf(state.index, this.#shownStep);
    const wanted = placeOf(this.#wanted, this.#wantedStep);
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (state.waiting) this.#show(wanted);
  }

  /** @param {number} now milliseconds */
  #tick(now) {
    if (!this.state.playing) return;
    this.#request = requestAnimationFrame((later) => this.#tick(later));
    const period = 1000 / (FRAMES_PER_SECOND * this.state.speed);
    if (this.state.waiting) {
      this.#due = now + period;
      return;
    }
    if (now < this.#due) return;
    // A page that was hidden or busy goes on from where it was: only a speed beyond the screen's rate passes frames.
    const stride = Math.max(1, Math.round(16 / period));
    this.#due = Math.max(this.#due + period * stride, now);
    if (stride !== this.state.stride) this.set({ stride });
    if (this.state.index < this.last) this.#show(this.state.index + stride);
    else if (this.live) this.follow();
    else if (this.state.loop) this.#show(0);
    else this.pause();
  }

  /** @param {number} index */
  #show(index) {
    if (this.timeline.entries.length === 0) return;
    const target = Math.max(0, Math.min(this.last, index));
    this.#wanted = target;
    this.#wantedStep = this.timeline.entries[target].step;
    const here = this.timeline.frameAt(target) !== null;
    const { playing, speed } = this.state;
    const loading = this.timeline.load(target, playing ? AHEAD + Math.ceil(FRAMES_PER_SECOND * speed) : 0);
    if (here) this.#arrived(target);
    else this.set({ waiting: true });
    loading.then(() => {
      if (!here && this.#wanted === target) this.#arrived(target);
    }, (error) => {
      if (here) return; // it was asked for what lies ahead
      this.pause();
      this.dispatchEvent(new CustomEvent("error", { detail: error }));
    });
  }

  /** @param {number} index */
  #arrived(index) {
    this.#shownStep = this.timeline.entries[index]?.step ?? 0;
    this.set({ index, waiting: false });
    this.dispatchEvent(new Event("moment"));
  }

  /** @param {Partial<Player["state"]>} changes */
  set(changes) {
    Object.assign(this.state, changes);
    this.dispatchEvent(new Event("state"));
  }
}
