/** Calls of each sample against its estimated error, on logarithmic axes. */

import { Surface, colours, dot, ring, write } from './canvas.js';
import { logTicks } from './scales.js';
import { accuracyText, median, plural, scientific, whole } from './text.js';

const MOST_EARLIER = 8;
const MARGIN = { left: 44, right: 12, top: 22, bottom: 34 };

export class Chart {
  #canvas;
  #note;
  #surface;
  #settings = null;
  #samples = [];
  #current = null;
  /** Medians of earlier runs. */
  #earlier = [];

  constructor(canvas, note) {
    this.#canvas = canvas;
    this.#note = note;
    this.#surface = new Surface(canvas, (context, width, height) => this.#paint(context, width, height));
  }

  /** Begins a run; the one before becomes a single mark. */
  clear(settings) {
    const middle = this.#middle();
    const before = this.#settings;
    if (before && before.model !== settings.model) this.#earlier = [];
    else if (middle) {
      const label = before.budget ? accuracyText(before) : before.tolerance;
      this.#earlier = this.#earlier.filter(run => run.label !== label).slice(1 - MOST_EARLIER);
      this.#earlier.push({ label, ...middle });
    }
    this.#settings = settings;
    this.#samples = [];
    this.#current = null;
    this.describe();
    this.#surface.repaint();
  }

  add(samples) {
    this.#samples.push(...samples.filter(sample => sample.values && sample.error > 0));
    this.describe();
    this.#surface.repaint();
  }

  /** Marks a sample; null marks none. */
  mark(sample) {
    this.#current = sample;
    this.#surface.repaint();
  }

  /** Renews the text that says what the chart shows. */
  describe() {
    const middle = this.#middle();
    const earlier = this.#earlier.length > 0 ? ' Diamonds are the medians of earlier runs.' : '';
    const text = middle
      ? `Medians of this run: ${plural(middle.calls, 'call')}, estimated error ${scientific(middle.error)}.`
      : 'No sample with an estimated error yet.';
    this.#note.textContent = text + earlier;
    this.#canvas.setAttribute('aria-label', `Chart of ${plural(this.#samples.length, 'sample')}: calls against error. ${text}`);
  }

  #middle() {
    if (this.#samples.length === 0) return null;
    return { calls: median(this.#samples.map(s => s.calls)), error: median(this.#samples.map(s => s.error)) };
  }

  #paint(context, width, height) {
    const { accent, fresh, grid, line, muted, surface, text } = colours();
    const goal = Number(this.#settings?.tolerance) || null;
    const all = [...this.#samples, ...this.#earlier];
    const x = around(all.map(p => p.calls), [10, 100], 1.25);
    // The tolerance, with some room on each side.
    const y = around([...all.map(p => p.error), ...(goal ? [goal / 6, goal * 6] : [])], [1e-6, 1e-1], 1.8);
    const { left, right, top, bottom } = MARGIN;
    const across = calls => left + Math.log(calls / x[0]) / Math.log(x[1] / x[0]) * (width - left - right);
    const up = error => height - bottom - Math.log(error / y[0]) / Math.log(y[1] / y[0]) * (height - top - bottom);

    context.lineWidth = 1;
    for (const tick of logTicks(x)) {
      segment(context, across(tick), top, across(tick), height - bottom, grid);
      write(context, whole(tick), across(tick), height - bottom + 14, { align: 'center' });
    }
    for (const tick of logTicks(y)) {
      segment(context, left, up(tick), width - right, up(tick), grid);
      write(context, scientific(tick), left - 6, up(tick), { align: 'right', baseline: 'middle' });
    }
    segment(context, left, height - bottom, width - right, height - bottom, line);
    segment(context, left, top, left, height - bottom, line);
    write(context, 'calls of the model', width - right, height - 4, { align: 'right' });
    write(context, 'estimated error', left - 6, 12);

    if (goal) {
      context.setLineDash([5, 4]);
      segment(context, left, up(goal), width - right, up(goal), fresh);
      context.setLineDash([]);
      write(context, `tolerance: ${scientific(goal)}`, width - right - 2, up(goal) - 5, { align: 'right', colour: fresh, weight: 600 });
    }
    context.fillStyle = accent;
    context.globalAlpha = 0.5;
    for (const sample of this.#samples) dot(context, across(sample.calls), up(sample.error), 2.6);
    context.globalAlpha = 1;
    for (const run of this.#earlier) {
      diamond(context, across(run.calls), up(run.error), 5.5, surface, text);
      write(context, run.label, across(run.calls) + 9, up(run.error) + 4, { colour: muted });
    }
    const current = this.#current;
    if (current?.values && current.error > 0) ring(context, across(current.calls), up(current.error), 6);
  }
}

/** The range of some positive numbers with a margin, at least a given one if there are none. */
function around(numbers, otherwise, margin) {
  if (numbers.length === 0) return otherwise;
  const [least, greatest] = [Math.min(...numbers) / margin, Math.max(...numbers) * margin];
  // At least a factor of four, so that there are ticks.
  const widen = Math.max(1, Math.sqrt(4 / (greatest / least)));
  return [least / widen, greatest * widen];
}

function segment(context, x0, y0, x1, y1, colour) {
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  context.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  context.stroke();
}

function diamond(context, x, y, size, fill, edge) {
  context.beginPath();
  context.moveTo(x, y - size);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size);
  context.lineTo(x - size, y);
  context.closePath();
  context.fillStyle = fill;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = edge;
  context.stroke();
}
