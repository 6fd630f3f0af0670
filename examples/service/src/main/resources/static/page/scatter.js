/** Samples of two or more numbers as points in the plane. */

import { colours, dot, ring, stillness, write } from './canvas.js';
import { range, ticks } from './scales.js';
import { short } from './text.js';

const FRESH_MILLIS = 900;
const REACH = 16;

export class Scatter {
  #least = [Infinity, Infinity];
  #greatest = [-Infinity, -Infinity];
  #points = [];
  #place = null;
  #smallest;
  columns = 10;

  constructor(model) {
    this.#smallest = 1.2 * (model.radius ?? 1) * Math.sqrt(2 / model.dimension);
    this.note = model.dimension > 2
      ? `Each point is a sample: the first two of its ${model.dimension} numbers.`
      : 'Each point is a sample. After some hundred you see the shape that the model has learned.';
  }

  add(sample, now) {
    this.#points.push({ values: sample.values ?? null, born: now });
    if (!sample.values) return;
    for (let axis = 0; axis < 2; axis++) {
      this.#least[axis] = Math.min(this.#least[axis], sample.values[axis]);
      this.#greatest[axis] = Math.max(this.#greatest[axis], sample.values[axis]);
    }
  }

  /** Both axes have the same scale. */
  ranges() {
    const [x, y] = [0, 1].map(axis => range(this.#least[axis], this.#greatest[axis], this.#smallest));
    const half = Math.max(x[1] - x[0], y[1] - y[0]) / 2;
    return [x, y].map(([from, to]) => [(from + to) / 2 - half, (from + to) / 2 + half]);
  }

  paint(context, width, height, now, current) {
    const [x, y] = this.ranges();
    const place = ([a, b]) => [
      (a - x[0]) / (x[1] - x[0]) * width,
      height - (b - y[0]) / (y[1] - y[0]) * height,
    ];
    this.#place = place;
    axes(context, width, height, x, y, place);
    const { accent, fresh } = colours();
    const size = this.#points.length > 600 ? 2.2 : 3;
    context.fillStyle = accent;
    context.globalAlpha = 0.6;
    let moving = false;
    const newborn = [];
    for (const point of this.#points) {
      if (!point.values) continue;
      if (!stillness.matches && now - point.born < FRESH_MILLIS) newborn.push(point);
      else dot(context, ...place(point.values), size);
    }
    for (const point of newborn) {
      const youth = 1 - (now - point.born) / FRESH_MILLIS;
      const at = place(point.values);
      context.globalAlpha = 0.25 * youth;
      context.fillStyle = fresh;
      dot(context, ...at, size + 12 * (1 - youth));
      context.globalAlpha = 0.6 + 0.4 * youth;
      context.fillStyle = youth > 0.4 ? fresh : accent;
      dot(context, ...at, size + 2.5 * youth);
      moving = true;
    }
    context.globalAlpha = 1;
    const chosen = this.#points[current]?.values;
    if (chosen) {
      context.fillStyle = fresh;
      dot(context, ...place(chosen), 4);
      ring(context, ...place(chosen), 8);
    }
    return moving;
  }

  /** The position of the sample nearest to a place, -1 if none is near. */
  at(x, y) {
    let best = -1;
    let distance = REACH;
    this.#points.forEach(({ values }, position) => {
      if (!values || !this.#place) return;
      const [a, b] = this.#place(values);
      const d = Math.hypot(a - x, b - y);
      if (d < distance) [best, distance] = [position, d];
    });
    return best;
  }
}

/** A grid with numbers at the left and the bottom. */
export function axes(context, width, height, x, y, place) {
  const { grid, line } = colours();
  context.lineWidth = 1;
  for (const tick of ticks(x)) {
    const [at] = place([tick, 0]);
    if (at < 12 || at > width - 12) continue;
    context.strokeStyle = Math.abs(tick) < 1e-9 ? line : grid;
    stroke(context, at, 0, at, height);
    write(context, short(Number(tick.toPrecision(6))), at, height - 5, { align: 'center' });
  }
  for (const tick of ticks(y)) {
    const [, at] = place([0, tick]);
    if (at < 12 || at > height - 24) continue;
    context.strokeStyle = Math.abs(tick) < 1e-9 ? line : grid;
    stroke(context, 0, at, width, at);
    write(context, short(Number(tick.toPrecision(6))), 6, at - 4);
  }
}

function stroke(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  context.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  context.stroke();
}
