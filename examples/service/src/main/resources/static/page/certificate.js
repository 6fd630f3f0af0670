/** What the service says about one sample: its certificate, in words and as a table. */

import { imageCanvas } from './images.js';
import { plural, scientific, short, whole } from './text.js';

/** The error in words. */
function errorText(error) {
  if (error === null || error === undefined) return 'This solver does not estimate the error.';
  const digits = Math.floor(-Math.log10(error) + 1e-9);
  const words = digits >= 1 ? `: about ${plural(digits, 'correct digit')}` : '';
  return `Its estimated error is ${scientific(error)}${words}.`;
}

/** The numbers of a sample, if they are few. */
function valuesText(model, sample) {
  if (!sample.values || model.image) return '';
  const shown = sample.values.slice(0, 3).map(x => short(x)).join(', ');
  return sample.values.length > 3 ? `(${shown}, \u2026)` : `(${shown})`;
}

/** One sample in a sentence or two. */
export function certificateText(model, sample) {
  if (!sample.values) return `Sample ${sample.index} failed: ${sample.reason}.`;
  const where = valuesText(model, sample);
  return `Sample ${sample.index}${where ? ' at ' + where : ''}, ${sample.status}. ${errorText(sample.error)} `
    + `It took ${plural(sample.calls, 'call')} of the model.`;
}

/** The panel that shows one sample. */
export class CertificatePanel {
  #panel;
  #showFilm;
  #model = null;
  #sample = null;

  /** `showFilm(sample)` is called on demand of the reader. */
  constructor(panel, showFilm) {
    this.#panel = panel;
    this.#showFilm = showFilm;
  }

  /** Shows a sample of a model; null shows how to choose one. */
  show(model, sample) {
    this.#model = model;
    this.#sample = sample;
    this.#panel.replaceChildren(...(sample ? this.#filled() : [hint()]));
  }

  #filled() {
    const sample = this.#sample;
    const parts = [];
    const head = element('div', 'sample-head');
    if (sample.values && this.#model.image) {
      const canvas = imageCanvas(this.#model, sample.values);
      canvas.className = 'sample-image';
      canvas.setAttribute('aria-hidden', 'true');
      head.append(canvas);
    }
    const words = element('div');
    words.append(element('h3', '', `Sample ${whole(sample.index)} ${valuesText(this.#model, sample)}`));
    words.append(element('p', '', sample.values ? errorText(sample.error) : `It failed: ${sample.reason}.`));
    head.append(words);
    parts.push(head);

    const facts = [['Status', sample.status]];
    if (sample.error !== null && sample.error !== undefined) facts.push(['Estimated error', scientific(sample.error)]);
    facts.push(['Calls of the model', whole(sample.calls)]);
    if (sample.rounds !== undefined) facts.push(['Rounds', whole(sample.rounds)]);
    if (sample.intervals !== undefined) facts.push(['Steps', whole(sample.intervals)]);
    if (sample.highestDegree) facts.push(['Degrees', `${sample.lowestDegree} to ${sample.highestDegree}`]);
    const table = element('dl', 'facts');
    for (const [name, value] of facts) {
      const row = element('div');
      row.append(element('dt', '', name), element('dd', '', value));
      table.append(row);
    }
    parts.push(table);

    if (sample.values) {
      const button = element('button', '', 'Show its film');
      button.type = 'button';
      button.id = 'show-film';
      button.addEventListener('click', () => this.#showFilm(sample));
      parts.push(button);
    }
    return parts;
  }
}

function hint() {
  return element('p', 'note', 'Point at a sample, or go through the samples with the arrow keys. Each has a certificate: '
    + 'how exact it is, and how many calls of the model it took. The error is relative to the radius of the data, their '
    + 'typical distance from the mean.');
}

function element(name, className = '', text = '') {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== '') made.textContent = text;
  return made;
}
