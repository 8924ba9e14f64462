/**
 * One cursor for all views: play, pause, step, seek, speed, loop, follow live. Used by the lab and the compare page.
 *
 * Dispatches `moment` when another frame is to be shown (detail: its index; its bytes are in memory) and `state` when the
 * transport has something new to say. At 1x the film runs at FRAMES_PER_SECOND; a frame that is not in memory is waited
 * for, never skipped; when the speed asks for more than the screen can show, `stride` says how many are passed at once.
 * @typedef {import("../types").PlayerState} PlayerState
 * @typedef {object} Film what can be played: a Timeline, or several as one
 * @property {readonly {step: number}[]} entries
 * @property {(index: number) => unknown} frameAt null where bytes of it are not in memory
 * @property {(step: number) => number} indexOfStep
 * @property {(index: number, ahead?: number) => Promise<void>} load
 */

const FRAMES_PER_SECOND = 15;
const AHEAD = 12; // frames, and those of a second more
export const SPEEDS = [0.25, 0.5, 1, 1.5, 2, 3, 4, 8];

export class Player extends EventTarget {
  /** @type {PlayerState} */
  state = { index: 0, playing: false, waiting: false, following: false, speed: 1, loop: false, stride: 1 };
  #due = 0;
  #request = 0;
  #wanted = 0;
  #wantedStep = 0;
  #shown = -1;
  #shownStep = 0;
  /** where a film begins that is not followed */
  startStep = 0;
  #onAppend = () => this.#appended();

  /** @param {Film & EventTarget} timeline */
  constructor(timeline) {
    super();
    this.timeline = timeline;
    /** frames may still come */
    this.live = false;
    timeline.addEventListener("append", this.#onAppend);
  }

  get last() {
    return Math.max(0, this.timeline.entries.length - 1);
  }

  play() {
    if (this.state.playing) return;
    const atEnd = this.state.index >= this.last;
    if (atEnd && this.live) {
      this.follow();
      return;
    }
    this.#set({ playing: true, following: false });
    this.#due = performance.now();
    if (atEnd) this.#show(0);
    this.#request = requestAnimationFrame((now) => this.#tick(now));
  }

  pause() {
    cancelAnimationFrame(this.#request);
    this.#set({ playing: false, following: false, waiting: false, stride: 1 });
  }

  toggle() {
    if (this.state.playing || this.state.following) this.pause();
    else this.play();
  }

  /** @param {number} count frames forward (or back, below 0) */
  move(count) {
    this.pause();
    this.#show(this.#wanted + count);
  }

  /** @param {number} step shows the last frame at or before it; a film that plays goes on from there */
  seek(step) {
    this.seekIndex(this.timeline.indexOfStep(step));
  }

  /** @param {number} index */
  seekIndex(index) {
    if (this.state.following) this.#set({ following: false });
    this.#due = performance.now();
    this.#show(index);
  }

  /** Shows the newest frame, and every newer one as it comes while the run is live. */
  follow() {
    cancelAnimationFrame(this.#request);
    this.#set({ playing: false, waiting: false, stride: 1, following: this.live });
    this.#show(this.last);
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.#set({ speed });
  }

  /** @param {boolean} loop */
  setLoop(loop) {
    this.#set({ loop });
  }

  /** @param {boolean} live whether frames may still come */
  setLive(live) {
    this.live = live;
    if (!live && this.state.following) this.#set({ following: false });
    else this.#set({});
  }

  destroy() {
    cancelAnimationFrame(this.#request);
    this.timeline.removeEventListener("append", this.#onAppend);
  }

  #appended() {
    this.#keepPlace();
    if (this.state.following) this.#show(this.last);
    else if (this.#shown < 0) this.#show(this.timeline.indexOfStep(this.startStep));
    else this.#set({});
  }

  /** Where films are played together, frames come in before the one that is shown: its step stays, its index does not. */
  #keepPlace() {
    const { entries } = this.timeline;
    const moved = (/** @type {number} */ index, /** @type {number} */ step) => entries[index]?.step !== step;
    if (this.#shown >= 0 && moved(this.#shown, this.#shownStep)) {
      this.#shown = this.state.index = this.timeline.indexOfStep(this.#shownStep);
    }
    if (!moved(this.#wanted, this.#wantedStep)) return;
    this.#wanted = this.timeline.indexOfStep(this.#wantedStep);
    if (this.state.waiting) this.#show(this.#wanted);
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
    if (stride !== this.state.stride) this.#set({ stride });
    this.#advance(stride);
  }

  /** @param {number} stride */
  #advance(stride) {
    if (this.state.index < this.last) this.#show(Math.min(this.state.index + stride, this.last));
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
    if (this.timeline.frameAt(target)) {
      this.timeline.load(target, this.state.playing ? this.#ahead : 0).catch(() => {});
      this.#arrived(target);
      return;
    }
    this.#set({ waiting: true });
    this.timeline.load(target, this.state.playing ? this.#ahead : 0).then(
      () => {
        if (this.#wanted === target) this.#arrived(target);
      },
      (error) => {
        this.pause();
        this.dispatchEvent(new CustomEvent("error", { detail: error }));
      },
    );
  }

  get #ahead() {
    return AHEAD + Math.ceil(FRAMES_PER_SECOND * this.state.speed);
  }

  /** @param {number} index */
  #arrived(index) {
    this.#shown = index;
    this.#shownStep = this.timeline.entries[index]?.step ?? 0;
    this.#set({ index, waiting: false });
    this.dispatchEvent(new CustomEvent("moment", { detail: index }));
  }

  /** @param {Partial<PlayerState>} changes */
  #set(changes) {
    Object.assign(this.state, changes);
    this.dispatchEvent(new CustomEvent("state", { detail: this.state }));
  }
}
