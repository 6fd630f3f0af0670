/** A stream of samples: an EventSource, and what was asked of it. */

import { demand, streamAddress } from './api.js';

const PATIENCE_MILLIS = 1000;

/**
 * The samples from an index on. The service computes only as many as were asked for. A broken connection resumes by itself:
 * the browser sends the index of the last sample as Last-Event-ID.
 *
 * Handlers: opened(boundaries), sample(sample), progress(stages), end(end), lost() while the browser tries again, and
 * failed(address) if it does not.
 */
export class Stream {
  #settings;
  #handlers;
  #source = null;
  #id = null;
  #address = null;
  #notBefore = 0;
  #callsBefore = 0;
  #callsHere = 0;

  constructor(settings, handlers) {
    this.#settings = settings;
    this.#handlers = handlers;
    this.next = 0;
    this.outstanding = 0;
  }

  /** Calls of the model for this stream, those of earlier connections included. */
  get calls() {
    return this.#callsBefore + this.#callsHere;
  }

  get isOpen() {
    return this.#source !== null;
  }

  /** Whether further samples can be asked for at this moment. */
  get isReady() {
    return this.#id !== null && performance.now() >= this.#notBefore;
  }

  /** Connects, for a number of samples or 'unlimited', and asks for the first ones. */
  open(count, first) {
    this.close();
    this.#address = streamAddress(this.#settings, this.next, count, first);
    const source = new EventSource(this.#address);
    this.#source = source;
    source.addEventListener('stream', event => {
      const { id, boundaries } = JSON.parse(event.data);
      this.#callsBefore += this.#callsHere;
      this.#callsHere = 0;
      this.#id = id;
      this.outstanding = first;
      this.#handlers.opened(boundaries);
    });
    source.addEventListener('progress', event => {
      const { calls, stages } = JSON.parse(event.data);
      this.#callsHere = calls;
      this.#handlers.progress(stages);
    });
    source.addEventListener('message', event => {
      const sample = JSON.parse(event.data);
      if (sample.index < this.next) return;
      this.next = sample.index + 1;
      this.outstanding = Math.max(0, this.outstanding - 1);
      this.#handlers.sample(sample);
    });
    source.addEventListener('end', event => {
      this.close();
      this.#handlers.end(JSON.parse(event.data));
    });
    source.addEventListener('error', () => {
      this.#id = null;
      this.outstanding = 0;
      if (source.readyState === EventSource.CLOSED) {
        this.close();
        this.#handlers.failed(this.#address);
      } else {
        this.#handlers.lost();
      }
    });
  }

  /** Asks for n more samples. */
  async want(n) {
    const id = this.#id;
    this.outstanding += n;
    try {
      if (await demand(id, n)) return;
    } catch {
      this.#notBefore = performance.now() + PATIENCE_MILLIS;
    }
    if (id === this.#id) this.outstanding = Math.max(0, this.outstanding - n);
  }

  close() {
    this.#source?.close();
    this.#source = null;
    this.#id = null;
    this.outstanding = 0;
  }
}
