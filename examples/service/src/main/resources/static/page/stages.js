/** The row of stages: noise levels from pure noise to data, and what each stage holds now. */

import { Surface, colours, dot } from './canvas.js';
import { imageCanvas } from './images.js';
import { normal } from './noise.js';
import { plural, short } from './text.js';

const MOST_POINTS = 160;
const IMAGE_MILLIS = 700;

export class Stages {
  #row;
  #model = null;
  #cells = [];
  #boundaries = [];
  #samples = [];
  #imageOf = null;
  #imageSince = 0;
  #scale = 1;

  constructor(row) {
    this.#row = row;
  }

  /** Begins with a model; no samples yet. */
  clear(model) {
    this.#model = model;
    this.#samples = [];
    this.#imageOf = null;
    this.#scale = (model.radius ?? 1) * Math.sqrt(Math.min(1, 2 / model.dimension));
    const { stages, fromSigma, toSigma } = model;
    const levels = Array.from({ length: stages + 1 }, (_, k) => fromSigma * (toSigma / fromSigma) ** (k / stages));
    this.boundaries(levels);
  }

  /** The noise levels between the stages, from the largest on. */
  boundaries(boundaries) {
    this.#boundaries = boundaries;
    const stages = boundaries.length - 1;
    if (this.#cells.length !== stages) this.#build(stages);
    this.hold([]);
    this.#repaint();
  }

  /** What the stages hold now, as the service reports it. */
  hold(stages) {
    this.#cells.forEach((cell, k) => {
      const { trajectories = 0, sigma = null, degree = null } = stages[k] ?? {};
      cell.item.classList.toggle('lit', trajectories > 0);
      set(cell.dots, '\u25cf'.repeat(Math.min(8, trajectories)));
      set(cell.count, plural(trajectories, 'sample'));
      set(cell.sigma, `\u03c3 ${short(sigma ?? this.#boundaries[k], 2)}`);
      set(cell.degree, degree === null ? '' : `degree ${degree}`);
      cell.item.classList.toggle('idle', sigma === null);
    });
  }

  add(samples) {
    const before = this.#samples.length;
    for (const sample of samples) {
      if (!sample.values) continue;
      if (this.#samples.length < MOST_POINTS) this.#samples.push(sample.values);
      const now = performance.now();
      if (this.#model.image && now - this.#imageSince > IMAGE_MILLIS) {
        this.#imageOf = sample.values;
        this.#imageSince = now;
        this.#repaint();
      }
    }
    if (!this.#model.image && this.#samples.length !== before) this.#repaint();
  }

  #repaint() {
    for (const { surface } of this.#cells) surface.repaint();
  }

  #build(stages) {
    this.#cells = [];
    this.#row.replaceChildren();
    for (let k = 0; k < stages; k++) {
      const item = document.createElement('li');
      const canvas = document.createElement('canvas');
      canvas.setAttribute('aria-hidden', 'true');
      const part = className => {
        const span = document.createElement('span');
        span.className = className;
        return span;
      };
      const cell = { item, dots: part('dots'), count: part('hidden'), sigma: part('sigma'), degree: part('degree') };
      cell.dots.setAttribute('aria-hidden', 'true');
      cell.surface = new Surface(canvas, (context, width, height) => this.#paint(context, width, height, k));
      item.append(canvas, cell.dots, cell.count, cell.sigma, cell.degree);
      this.#row.append(item);
      this.#cells.push(cell);
    }
  }

  /** The noise level of the picture of a stage: that of pure noise in the first, that of the data in the last. */
  #level(k) {
    const n = this.#boundaries.length - 1;
    const at = n === 1 ? 0 : k * n / (n - 1);
    const low = Math.min(n - 1, Math.floor(at));
    const share = at - low;
    return this.#boundaries[low] ** (1 - share) * this.#boundaries[low + 1] ** share;
  }

  #paint(context, width, height, k) {
    const sigma = this.#level(k);
    if (this.#model.image) this.#paintImage(context, width, height, k, sigma);
    else this.#paintPoints(context, width, height, k, sigma);
  }

  /** Samples with noise of a level added, drawn smaller so that they fit. */
  #paintPoints(context, width, height, k, sigma) {
    const { accent } = colours();
    const scale = this.#scale;
    const shrink = 1 / Math.hypot(1, sigma / (0.6 * scale));
    const unit = Math.min(width, height) / (3.1 * scale);
    context.fillStyle = accent;
    context.globalAlpha = 0.65;
    this.#samples.forEach((values, i) => {
      const [x, y] = [0, 1].map(axis => {
        if (axis >= values.length) return 1.2 * scale * (2 * (i * 0.618 % 1) - 1);
        return (values[axis] + sigma * normal(2 * i + axis, k)) * shrink;
      });
      dot(context, width / 2 + x * unit, height / 2 - y * unit, 1.2);
    });
    context.globalAlpha = 1;
  }

  /** One sample with noise of a level added, with the contrast of the sample. */
  #paintImage(context, width, height, k, sigma) {
    const values = this.#imageOf;
    if (!values) return;
    const spread = this.#model.radius ? this.#model.radius / Math.sqrt(values.length) : 0.5;
    const { paper, ink } = this.#model.image;
    const shrink = 1 / Math.hypot(1, sigma / spread);
    const middle = (paper + ink) / 2;
    // Clean images keep their contrast; in pure noise, two standard deviations fill the range.
    const noisy = values.map((x, i) => middle + (x - middle + sigma * normal(i, k)) * shrink);
    context.imageSmoothingEnabled = false;
    context.drawImage(imageCanvas(this.#model, noisy), 0, 0, width, height);
  }
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
