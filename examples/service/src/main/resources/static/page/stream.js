/** A stream of samples: its connection, which it renews when it breaks, and what was asked of it. */

import { demand, openStream } from './api.js';

const PATIENCE_MILLIS = 1000;

/**
 * The samples from an index on. The service computes only as many as were asked for. If the connection breaks, the stream
 * connects again after a second, and goes on at the first sample that is missing.
 *
 * Handlers: first() says how many samples a new connection may ask for; opened(boundaries), sample(sample), progress(stages),
 * end(end); lost() before the stream connects again; failed(problem) if the service refuses it, or null if the connection
 * broke after the last sample.
 */
export class Stream {
  #settings;
  #handlers;
  #until = Infinity;
  /** Ends the connection, and with it all attempts to renew it. */
  #stop = null;
  #id = null;
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
    return this.#stop !== null;
  }

  /** Whether further samples can be asked for at this moment. */
  get isReady() {
    return this.#id !== null && performance.now() >= this.#notBefore;
  }

  /** Connects, for the samples before an index, which is Infinity for a stream without end. */
  open(until) {
    this.close();
    this.#until = until;
    this.#stop = new AbortController();
    this.#run(this.#stop.signal);
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
    this.#stop?.abort();
    this.#stop = null;
    this.#disconnected();
  }

  /** Connects until the stream ends, fails or is closed. */
  async #run(closed) {
    while (!closed.aborted) {
      let refusal = null;
      try {
        const first = this.#handlers.first();
        for await (const { name, data } of await openStream(this.#settings, this.next, this.#until, first, closed)) {
          if (closed.aborted) return;
          try {
            this.#receive(name, JSON.parse(data), first);
          } catch (fault) {
            // A fault of the page, which the same sample would cause again.
            this.close();
            this.#handlers.failed(fault);
            throw fault;
          }
          if (closed.aborted) return;
        }
      } catch (problem) {
        // A problem with a status is an answer of the service. Anything else is a broken connection.
        if (problem.status) refusal = problem;
      }
      if (closed.aborted) return;
      if (refusal !== null || this.next >= this.#until) {
        this.close();
        this.#handlers.failed(refusal);
        return;
      }
      this.#disconnected();
      this.#handlers.lost();
      await pause(PATIENCE_MILLIS, closed);
    }
  }

  #receive(name, data, first) {
    switch (name) {
      case 'stream':
        this.#callsBefore += this.#callsHere;
        this.#callsHere = 0;
        this.#id = data.id;
        this.outstanding = first;
        this.#handlers.opened(data.boundaries);
        break;
      case 'progress':
        this.#callsHere = data.calls;
        this.#handlers.progress(data.stages);
        break;
      case 'message':
        if (data.index < this.next) break;
        this.next = data.index + 1;
        this.outstanding = Math.max(0, this.outstanding - 1);
        this.#handlers.sample(data);
        break;
      case 'end':
        this.close();
        this.#handlers.end(data);
        break;
    }
  }

  #disconnected() {
    this.#id = null;
    this.outstanding = 0;
  }
}

/** Returns after some time, or at once when a signal is given. */
function pause(millis, signal) {
  return new Promise(done => {
    if (signal.aborted) return done();
    const timer = setTimeout(finish, millis);
    signal.addEventListener('abort', finish, { once: true });
    function finish() {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      done();
    }
  });
}
