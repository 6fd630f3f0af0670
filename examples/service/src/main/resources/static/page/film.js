/** The film of one sample: a frame for each noise level between the stages, from noise to data. Readers count frames from 1. */

import { trace } from './api.js';
import { Surface, colours, dot, stillness, write } from './canvas.js';
import { imageCanvas } from './images.js';
import { short } from './text.js';

const $ = id => document.getElementById(id);
const STEP_MILLIS = 450;
const STILL_STEP_MILLIS = 1000;

export class Film {
  #model = null;
  #points = [];
  #others = [];
  #images = [];
  /** A place between the first point, 0, and the last. */
  #position = 0;
  #playing = false;
  #before = 0;
  #wanted = null;
  #surface;
  #step = $('film-step');
  #level = $('film-level');
  /** The point that the texts are about. */
  #said = null;

  constructor(failed) {
    this.failed = failed;
    this.#surface = new Surface(
      $('film-canvas'),
      (context, width, height, now) => this.#paint(context, width, height, now),
      () => this.#draw(),
    );
    this.#step.addEventListener('input', () => {
      this.#stop();
      this.#go(Number(this.#step.value) - 1);
    });
    $('film-play').addEventListener('click', () => {
      if (this.#playing) return this.#stop();
      if (this.#position >= this.#points.length - 1) this.#go(0);
      this.#play();
    });
  }

  /** Hides the film. */
  clear() {
    this.#stop();
    this.#wanted = null;
    this.#points = [];
    this.#said = null;
    $('film').hidden = true;
  }

  /** Fetches and shows the film of a sample; `others` are samples to draw behind it. */
  async show(model, settings, sample, others) {
    this.#wanted = sample;
    let points;
    try {
      ({ points } = await trace(settings, sample.index));
    } catch (problem) {
      if (this.#wanted === sample) this.failed(problem);
      return;
    }
    if (this.#wanted !== sample) return;
    this.#model = model;
    this.#points = points;
    this.#others = others.filter(other => other.values);
    this.#draw();
    $('film').hidden = false;
    $('film-title').textContent = `Film of sample ${sample.index}`;
    $('film-note').textContent = model.image
      ? 'Left: the picture with its noise. Right: the clean picture that the model guesses.'
      : 'The filled dot is the sample. It moves from noise to data, and noisy samples are drawn nearer to the centre so that they fit. '
        + 'The circle is the clean point that the model guesses, an average of all that are possible.';
    this.#step.max = String(points.length);
    this.#go(0);
    // With little motion preferred, the reader starts the film.
    if (!stillness.matches) this.#play();
  }

  #play() {
    this.#playing = true;
    this.#before = performance.now();
    $('film-play').textContent = 'Stop';
    this.#surface.repaint();
  }

  #stop() {
    this.#playing = false;
    $('film-play').textContent = 'Play';
  }

  #go(position) {
    this.#position = position;
    this.#frame(Math.round(position));
    this.#surface.repaint();
  }

  /** Says which frame the film shows: the slider, the text beside it and the description of the picture. */
  #frame(index) {
    const point = this.#points[index];
    if (point === this.#said) return;
    this.#said = point;
    const frame = `${index + 1} of ${this.#points.length}`;
    this.#step.value = String(index + 1);
    this.#step.setAttribute('aria-valuetext', `${frame}, noise level ${short(point.sigma)}`);
    this.#level.textContent = `Frame ${frame}: noise level \u03c3 ${short(point.sigma)}`;
    $('film-canvas').setAttribute('aria-label', this.#describe(point));
  }

  #describe({ sigma, z, denoised }) {
    if (this.#model.image) return `The sample at noise level ${short(sigma)}, and the picture that the model guesses`;
    const text = values => values.slice(0, 2).map(x => short(x)).join(', ');
    return `At noise level ${short(sigma)} the sample is at ${text(z)}; the model guesses ${text(denoised)}`;
  }

  /** Makes the pictures of all noise levels. */
  #draw() {
    this.#images = !this.#model?.image ? [] : this.#points.map(({ sigma, z, denoised }) => [
      imageCanvas(this.#model, z.map(x => this.#middle + (x - this.#middle) * this.#shrink(sigma))),
      imageCanvas(this.#model, denoised),
    ]);
  }

  get #middle() {
    const { paper, ink } = this.#model.image;
    return (paper + ink) / 2;
  }

  /** The scale at which noise of a level fits into the picture. */
  #shrink(sigma) {
    const spread = (this.#model.radius ?? 1) / Math.sqrt(this.#model.dimension);
    return 1 / Math.hypot(1, sigma / spread);
  }

  #paint(context, width, height, now) {
    if (this.#points.length === 0) return false;
    if (this.#playing) this.#advance(now);
    if (this.#images.length > 0) this.#paintImages(context, width, height);
    else this.#paintPath(context, width, height);
    return this.#playing;
  }

  #advance(now) {
    const last = this.#points.length - 1;
    if (stillness.matches) {
      if (now - this.#before >= STILL_STEP_MILLIS) {
        this.#before = now;
        this.#go(Math.min(last, Math.round(this.#position) + 1));
      }
    } else {
      this.#go(Math.min(last, this.#position + Math.max(0, now - this.#before) / STEP_MILLIS));
      this.#before = now;
    }
    if (this.#position >= last) this.#stop();
  }

  #paintImages(context, width, height) {
    const pair = this.#images[Math.round(this.#position)];
    const { line } = colours();
    const size = Math.min(height - 36, (width - 24) / 2 - 8);
    const shape = this.#model.image;
    const scale = size / Math.max(shape.width, shape.height);
    const [w, h] = [shape.width * scale, shape.height * scale];
    context.imageSmoothingEnabled = false;
    context.strokeStyle = line;
    ['with noise', 'the guess'].forEach((label, k) => {
      const x = Math.round(width / 2 + (k === 0 ? -w - 10 : 10));
      const y = Math.round((height - h - 22) / 2);
      context.drawImage(pair[k], x, y, w, h);
      context.strokeRect(x - 0.5, y - 0.5, w + 1, h + 1);
      write(context, label, x + w / 2, y + h + 17, { align: 'center', size: 12 });
    });
  }

  #paintPath(context, width, height) {
    const { accent, fresh, grid, muted, surface } = colours();
    const flat = this.#model.dimension === 1;
    const last = this.#points.length - 1;
    const placed = key => this.#points.map((point, k) => {
      const scale = key === 'z' ? this.#shrink(point.sigma) : 1;
      // One number: from left to right, and the noise from top to bottom.
      return flat ? [point[key][0] * scale, -k / last] : [point[key][0] * scale, point[key][1] * scale];
    });
    const states = placed('z');
    const guesses = placed('denoised');
    const behind = this.#others.map(({ values }) => (flat ? [values[0], -1.06] : [values[0], values[1]]));
    const everything = [...states, ...guesses, ...behind];
    const spans = [0, 1].map(axis => everything.map(p => p[axis])).map(v => [Math.min(...v), Math.max(...v)]);
    const xs = padded(spans[0]);
    const ys = flat ? [-1.15, 0.08] : padded(spans[1]);
    const unit = Math.min(width / (xs[1] - xs[0]), height / (ys[1] - ys[0]));
    const units = flat ? [width / (xs[1] - xs[0]), height / (ys[1] - ys[0])] : [unit, unit];
    const place = ([x, y]) => [
      width / 2 + (x - (xs[0] + xs[1]) / 2) * units[0],
      height / 2 - (y - (ys[0] + ys[1]) / 2) * units[1],
    ];

    context.fillStyle = muted;
    context.globalAlpha = 0.3;
    for (const point of behind) dot(context, ...place(point), 1.6);
    context.globalAlpha = 1;
    context.lineWidth = 1;
    context.strokeStyle = grid;
    trail(context, states.map(place), last);
    context.lineWidth = 2;
    context.strokeStyle = accent;
    trail(context, states.map(place), this.#position);
    const now = place(between(states, this.#position));
    const guess = place(between(guesses, this.#position));
    context.lineWidth = 1;
    context.setLineDash([3, 3]);
    context.strokeStyle = muted;
    context.beginPath();
    context.moveTo(...now);
    context.lineTo(...guess);
    context.stroke();
    context.setLineDash([]);
    context.lineWidth = 2;
    context.strokeStyle = fresh;
    context.fillStyle = surface;
    context.beginPath();
    context.arc(...guess, 6, 0, 2 * Math.PI);
    context.stroke();
    context.fillStyle = fresh;
    dot(context, ...now, 5);
  }
}

/** A range with a margin. */
function padded([least, greatest]) {
  const margin = 0.08 * (greatest - least) || 1;
  return [least - margin, greatest + margin];
}

/** The place between points: position 2.5 is halfway from the third to the fourth. */
function between(points, position) {
  const from = Math.min(points.length - 1, Math.floor(position));
  const to = Math.min(points.length - 1, from + 1);
  const share = position - from;
  return [0, 1].map(axis => points[from][axis] * (1 - share) + points[to][axis] * share);
}

function trail(context, points, position) {
  context.beginPath();
  points.slice(0, Math.floor(position) + 1).forEach((point, k) => (k === 0 ? context.moveTo(...point) : context.lineTo(...point)));
  context.lineTo(...between(points, position));
  context.stroke();
}
