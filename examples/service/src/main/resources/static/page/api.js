/** Requests to the service, and its error messages in words. */

import { events } from './events.js';
import { authorization, hasToken } from './token.js';

const UNAUTHORIZED = 401;

/**
 * An error with a message for people, the name of the wrong parameter if there is one, and the status of the response; the
 * status is 0 if there is no response.
 */
export class Problem extends Error {
  constructor(message, field = null, status = 0) {
    super(message);
    this.field = field;
    this.status = status;
  }

  /** Whether the service demands a token, or another one. */
  get demandsToken() {
    return this.status === UNAUTHORIZED;
  }
}

/** The models that the service offers. */
export async function models() {
  return (await json('v1/models')).models;
}

/** One model by its name. */
export function model(name) {
  return json(`v1/models/${encodeURIComponent(name)}`);
}

/** The film of one sample. */
export function trace(settings, index) {
  return json(`v1/models/${encodeURIComponent(settings.model)}/samples/${index}/trace?${query(settings)}`);
}

/** The events of a stream: the samples from one index to before another, of which the first ones are asked for. */
export async function openStream(settings, from, until, first, signal) {
  const parameters = query(settings);
  parameters.set('from', from);
  parameters.set('count', until === Infinity ? 'unlimited' : until - from);
  parameters.set('demand', first);
  parameters.set('progress', 'true');
  parameters.set('format', 'events');
  const address = `v1/models/${encodeURIComponent(settings.model)}/samples?${parameters}`;
  const response = await request(address, { headers: { Accept: 'text/event-stream' }, cache: 'no-store', signal });
  if (!response.ok) throw await problem(response);
  return events(response);
}

/** Asks for n more samples of a stream. Returns false if the stream has ended. */
export async function demand(stream, n) {
  const response = await request(`v1/streams/${encodeURIComponent(stream)}/demand?n=${n}`, { method: 'POST' });
  if (response.status === 404) return false;
  if (!response.ok) throw await problem(response);
  return true;
}

function query(settings) {
  const parameters = new URLSearchParams({ seed: settings.seed });
  if (settings.budget) parameters.set('budget', settings.budget);
  else parameters.set('tolerance', settings.tolerance);
  if (settings.condition) parameters.set('condition', settings.condition);
  if (settings.guidance) parameters.set('guidance', settings.guidance);
  return parameters;
}

async function json(address) {
  const response = await request(address, { headers: { Accept: 'application/json' } });
  if (!response.ok) throw await problem(response);
  return response.json();
}

async function request(address, options) {
  try {
    return await fetch(address, { ...options, headers: { ...options.headers, ...authorization() } });
  } catch {
    throw new Problem('The service does not answer. Is it still running?');
  }
}

/** The error of a response: `detail` of its problem document (RFC 9457), or its status. */
async function problem(response) {
  const { status } = response;
  if (status === UNAUTHORIZED) {
    const message = hasToken()
      ? 'The service does not accept this token.'
      : 'This service is protected. Enter its token to use it.';
    return new Problem(message, 'token', status);
  }
  try {
    const { detail, title, field } = await response.json();
    return new Problem(sentence(detail ?? title), field ?? null, status);
  } catch {
    return new Problem(`The service answered with status ${status}.`, null, status);
  }
}

function sentence(text) {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : start + '.';
}
