/** One run: asks for samples as fast as they are shown, pauses, resumes, and stops at a limit. */

import { Stream } from './stream.js';

/** The most samples that were asked for and are not shown yet. */
export const MOST_OUTSTANDING = 8;

/** The most samples on the page. */
export const MOST_SHOWN = 2000;

/**
 * States: connecting, running, lost (the page connects again), paused, finished (all that the link names),
 * full (the limit of the page), failed (with `problem`).
 */
export class Run {
  #stream;
  #on;
  #arrived = [];
  #allowance = 0;
  #before = 0;
  #frame = 0;
  #stopped = false;

  /** Handlers: state(), samples(list), boundaries(list), stages(list). A count is the number of samples, or null for no end. */
  constructor(settings, count, pace, on) {
    this.settings = settings;
    this.count = count;
    this.pace = pace;
    this.#on = on;
    this.samples = [];
    this.state = 'connecting';
    this.problem = null;
    this.#stream = new Stream(settings, {
      first: () => this.#first(),
      opened: boundaries => this.#opened(boundaries),
      sample: sample => this.#arrived.push(sample),
      progress: stages => on.stages(stages),
      end: end => this.#ended(end),
      lost: () => this.#lost(),
      failed: problem => this.#failed(problem),
    });
    this.#connect();
    this.#frame = requestAnimationFrame(now => this.#tick(now));
  }

  get calls() {
    return this.#stream.calls;
  }

  /** How many samples were asked for and have not arrived on the page. */
  get outstanding() {
    return this.#stream.outstanding + this.#arrived.length;
  }

  /** How many samples were asked for. */
  get requested() {
    return this.samples.length + this.outstanding;
  }

  /** How many of the samples failed. */
  get failed() {
    return this.samples.filter(sample => !sample.values).length;
  }

  get isActive() {
    return this.state === 'connecting' || this.state === 'running' || this.state === 'lost';
  }

  pause() {
    if (this.state !== 'running') this.#stream.close();
    this.#become('paused');
  }

  /** Goes on after a pause, after a failure, or beyond the count of a link. */
  resume() {
    this.problem = null;
    if (this.state === 'finished') this.count = null;
    if (this.#stream.isOpen) {
      this.#become('running');
    } else {
      this.#become('connecting');
      this.#connect();
    }
  }

  /** Ends the run. */
  stop() {
    this.#stopped = true;
    cancelAnimationFrame(this.#frame);
    this.#stream.close();
  }

  get #limit() {
    return Math.min(this.count ?? MOST_SHOWN, MOST_SHOWN);
  }

  #connect() {
    this.#stream.open(this.count ?? Infinity);
  }

  /** How many samples a new connection asks for. */
  #first() {
    const rest = this.#limit - this.samples.length - this.#arrived.length;
    this.#allowance = 0;
    return Math.max(1, Math.min(MOST_OUTSTANDING, rest, Math.ceil(this.pace / 4)));
  }

  #opened(boundaries) {
    this.#on.boundaries(boundaries);
    if (this.state !== 'paused') this.#become('running');
  }

  #lost() {
    // A new connection asks for samples, and nothing may be asked for during a pause.
    if (this.state === 'paused') this.#stream.close();
    else this.#become('lost');
  }

  #failed(problem) {
    this.#show();
    if (this.state === 'full') return;
    if (problem === null) {
      // The connection broke between the last sample and the end.
      this.#become('finished');
    } else if (this.isActive) {
      this.problem = problem;
      this.#become('failed');
    }
  }

  #ended({ complete, reason }) {
    this.#show();
    if (this.state === 'full') return;
    if (complete) {
      this.#become('finished');
    } else if (this.state !== 'paused') {
      this.problem = new Error(`The service ended the stream: ${reason}. Resume continues it.`);
      this.#become('failed');
    }
  }

  #tick(now) {
    this.#show();
    if (this.state === 'running' && this.#stream.isReady) this.#ask((now - this.#before) / 1000);
    this.#before = now;
    this.#frame = requestAnimationFrame(next => this.#tick(next));
  }

  #show() {
    if (this.#arrived.length === 0) return;
    const shown = this.#arrived.splice(0);
    this.samples.push(...shown);
    this.#on.samples(shown);
    if (this.samples.length >= MOST_SHOWN) {
      this.#stream.close();
      this.#become('full');
    }
  }

  /** Asks for as many samples as the speed allows and the page can take. */
  #ask(seconds) {
    this.#allowance = Math.min(MOST_OUTSTANDING, this.#allowance + Math.min(seconds, 1) * this.pace);
    const room = Math.min(MOST_OUTSTANDING, this.#limit - this.samples.length) - this.outstanding;
    const n = Math.min(room, Math.floor(this.#allowance));
    // Without a limit of speed, half of the samples at once: fewer requests.
    if (n < 1 || (this.pace === Infinity && n < MOST_OUTSTANDING / 2 && n < this.#limit - this.requested)) return;
    this.#allowance -= n;
    this.#stream.want(n);
  }

  #become(state) {
    if (this.#stopped || (this.state === state && state !== 'failed')) return;
    this.state = state;
    this.#on.state();
  }
}
