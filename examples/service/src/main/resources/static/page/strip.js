/** Samples of one number: a histogram, and below it a strip with a dot for each sample. */

import { colours, dot, ring, stillness, write } from './canvas.js';
import { uniform } from './noise.js';
import { range, ticks } from './scales.js';
import { short } from './text.js';

const BINS = 48;
const FRESH_MILLIS = 900;
const REACH = 16;

export class Strip {
  #smallest;
  #least = Infinity;
  #greatest = -Infinity;
  #points = [];
  #place = null;
  columns = 10;
  note = 'Each dot is a sample: one number, from left to right. The bars count how many samples fall into each part.';

  constructor(model) {
    this.#smallest = model.radius ? 1.5 * model.radius : 1;
  }

  add(sample, now) {
    const value = sample.values?.[0] ?? null;
    this.#points.push({ value, born: now });
    if (value === null) return;
    this.#least = Math.min(this.#least, value);
    this.#greatest = Math.max(this.#greatest, value);
  }

  range() {
    return range(this.#least, this.#greatest, this.#smallest);
  }

  paint(context, width, height, now, current) {
    const [from, to] = this.range();
    const across = value => (value - from) / (to - from) * width;
    const floor = Math.round(height * 0.68);
    const deep = height - 26 - floor - 16;
    const place = position => [across(this.#points[position].value), floor + 14 + deep * uniform(position, 3)];
    this.#place = place;
    const { accent, fresh, grid, line } = colours();

    context.lineWidth = 1;
    for (const tick of ticks([from, to])) {
      const x = Math.round(across(tick)) + 0.5;
      if (x < 12 || x > width - 12) continue;
      context.strokeStyle = grid;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, height - 20);
      context.stroke();
      write(context, short(Number(tick.toPrecision(6))), x, height - 5, { align: 'center' });
    }

    const counts = new Array(BINS).fill(0);
    for (const { value } of this.#points) {
      if (value !== null) counts[Math.min(BINS - 1, Math.max(0, Math.floor((value - from) / (to - from) * BINS)))]++;
    }
    // The bars grow until the highest fills the space.
    const scale = (floor - 24) / Math.max(10, ...counts);
    context.fillStyle = accent;
    context.globalAlpha = 0.75;
    counts.forEach((count, bin) => {
      const left = Math.round(bin * width / BINS);
      const right = Math.round((bin + 1) * width / BINS);
      context.fillRect(left + 1, floor - count * scale, right - left - 2, count * scale);
    });
    context.globalAlpha = 1;
    context.strokeStyle = line;
    context.beginPath();
    context.moveTo(0, floor + 0.5);
    context.lineTo(width, floor + 0.5);
    context.stroke();

    let moving = false;
    this.#points.forEach((point, position) => {
      if (point.value === null) return;
      const youth = stillness.matches ? 0 : Math.max(0, 1 - (now - point.born) / FRESH_MILLIS);
      context.globalAlpha = 0.5 + 0.5 * youth;
      context.fillStyle = youth > 0.3 ? fresh : accent;
      dot(context, ...place(position), 2.2 + 3 * youth);
      moving ||= youth > 0;
    });
    context.globalAlpha = 1;
    if (this.#points[current] && this.#points[current].value !== null) {
      context.fillStyle = fresh;
      dot(context, ...place(current), 4);
      ring(context, ...place(current), 8);
    }
    return moving;
  }

  at(x, y) {
    let best = -1;
    let distance = REACH;
    this.#points.forEach(({ value }, position) => {
      if (value === null || !this.#place) return;
      const [a, b] = this.#place(position);
      const d = Math.hypot(a - x, b - y);
      if (d < distance) [best, distance] = [position, d];
    });
    return best;
  }
}
