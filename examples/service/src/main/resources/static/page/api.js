/** Requests to the service, and its error messages in words. */

/** An error with a message for people, and the name of the wrong parameter if there is one. */
export class Problem extends Error {
  constructor(message, field = null) {
    super(message);
    this.field = field;
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

/** The address of a stream of samples. */
export function streamAddress(settings, from, count, demand) {
  const more = query(settings);
  more.set('from', from);
  more.set('count', count);
  more.set('demand', demand);
  more.set('progress', 'true');
  more.set('format', 'events');
  return `v1/models/${encodeURIComponent(settings.model)}/samples?${more}`;
}

/** Asks for n more samples of a stream. Returns false if the stream has ended. */
export async function demand(stream, n) {
  const response = await request(`v1/streams/${encodeURIComponent(stream)}/demand?n=${n}`, { method: 'POST' });
  if (response.status === 404) return false;
  if (!response.ok) throw await problem(response);
  return true;
}

/** Why the service refuses an address; null if it does not. An EventSource does not tell. */
export async function refusal(address) {
  const stop = new AbortController();
  try {
    const response = await request(address, { headers: { Accept: 'text/event-stream' }, signal: stop.signal });
    return response.ok ? null : await problem(response);
  } catch (error) {
    return error;
  } finally {
    stop.abort();
  }
}

function query(settings) {
  const parameters = new URLSearchParams({ seed: settings.seed });
  if (settings.budget) parameters.set('budget', settings.budget);
  else parameters.set('tolerance', settings.tolerance);
  if (settings.condition) parameters.set('condition', settings.condition);
  return parameters;
}

async function json(address) {
  const response = await request(address, { headers: { Accept: 'application/json' } });
  if (!response.ok) throw await problem(response);
  return response.json();
}

async function request(address, options) {
  try {
    return await fetch(address, options);
  } catch {
    throw new Problem('The service does not answer. Is it still running?');
  }
}

/** The error of a response: `detail` of its problem document (RFC 9457), or its status. */
async function problem(response) {
  try {
    const { detail, title, field } = await response.json();
    return new Problem(sentence(detail ?? title), field ?? null);
  } catch {
    return new Problem(`The service answered with status ${response.status}.`);
  }
}

function sentence(text) {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : start + '.';
}
