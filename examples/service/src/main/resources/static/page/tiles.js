/** Samples that are images, as tiles. The more samples, the smaller the tiles. */

import { colours, stillness, write } from './canvas.js';
import { imageCanvas, imageData } from './images.js';
import { MOST_SHOWN } from './run.js';

const FRESH_MILLIS = 500;
const COLUMNS = [5, 6, 8, 10, 12, 16, 20, 24, 32, 45];
const ATLAS_COLUMNS = Math.ceil(Math.sqrt(MOST_SHOWN));
const MOST_PIXELS = 8192;

export class Tiles {
  #model;
  #samples = [];
  #born = [];
  #atlas = document.createElement('canvas');
  #tile;
  #geometry = null;
  note = 'Each picture is a sample: a new one, not a copy from the data that the model was trained on.';

  constructor(model) {
    this.#model = model;
    const scale = Math.min(1, MOST_PIXELS / ATLAS_COLUMNS / Math.max(model.image.width, model.image.height));
    this.#tile = [Math.floor(model.image.width * scale), Math.floor(model.image.height * scale)];
    this.#atlas.width = ATLAS_COLUMNS * this.#tile[0];
    this.#atlas.height = this.#tile[1];
  }

  /** Tiles in a row. */
  get columns() {
    return COLUMNS.find(c => c * c >= this.#samples.length) ?? COLUMNS.at(-1);
  }

  add(sample, now) {
    const position = this.#samples.push(sample) - 1;
    this.#born.push(now);
    this.#store(position);
  }

  /** The colours of paper and ink have changed. */
  recolour() {
    this.#samples.forEach((_, position) => this.#store(position));
  }

  /** All tiles are on one large canvas, which grows by rows. */
  #store(position) {
    const { values } = this.#samples[position];
    if (!values) return;
    const [width, height] = this.#tile;
    const [x, y] = this.#corner(position);
    if (y + height > this.#atlas.height) {
      const old = this.#atlas;
      this.#atlas = document.createElement('canvas');
      this.#atlas.width = old.width;
      this.#atlas.height = Math.min(ATLAS_COLUMNS * height, Math.max(2 * old.height, y + height));
      this.#atlas.getContext('2d').drawImage(old, 0, 0);
    }
    const context = this.#atlas.getContext('2d');
    if (width === this.#model.image.width) context.putImageData(imageData(this.#model, values), x, y);
    else context.drawImage(imageCanvas(this.#model, values), x, y, width, height);
  }

  #corner(position) {
    return [position % ATLAS_COLUMNS * this.#tile[0], Math.floor(position / ATLAS_COLUMNS) * this.#tile[1]];
  }

  paint(context, width, height, now, current) {
    const { columns } = this;
    const gap = columns > 16 ? 1 : columns > 8 ? 3 : 6;
    const cell = (Math.min(width, height) - gap) / columns;
    const size = cell - gap;
    this.#geometry = { columns, cell, gap };
    const { fresh, line, muted, surface } = colours();
    let moving = false;
    context.imageSmoothingQuality = 'high';
    const corner = position => [gap + position % columns * cell, gap + Math.floor(position / columns) * cell];
    this.#samples.forEach((sample, position) => {
      const youth = stillness.matches ? 0 : Math.max(0, 1 - (now - this.#born[position]) / FRESH_MILLIS);
      const [x, y] = corner(position);
      moving ||= youth > 0;
      context.globalAlpha = 1 - 0.8 * youth;
      const [w, h] = this.#tile;
      // Tiles keep the shape of the images.
      const scale = size / Math.max(w, h);
      const box = [x + (size - w * scale) / 2, y + (size - h * scale) / 2, w * scale, h * scale];
      if (sample.values) {
        context.drawImage(this.#atlas, ...this.#corner(position), w, h, ...box);
      } else {
        write(context, '\u00d7', x + size / 2, y + size / 2, { align: 'center', baseline: 'middle', size: size / 2, colour: muted });
      }
      if (gap > 1) {
        context.lineWidth = 1;
        context.strokeStyle = line;
        context.strokeRect(Math.round(box[0]) - 0.5, Math.round(box[1]) - 0.5, Math.round(box[2]) + 1, Math.round(box[3]) + 1);
      }
    });
    context.globalAlpha = 1;
    if (current >= 0 && current < this.#samples.length) {
      const [x, y] = corner(current);
      context.lineWidth = 6;
      context.strokeStyle = surface;
      context.strokeRect(x - 1, y - 1, size + 2, size + 2);
      context.lineWidth = 3;
      context.strokeStyle = fresh;
      context.strokeRect(x - 1, y - 1, size + 2, size + 2);
    }
    return moving;
  }

  at(x, y) {
    if (!this.#geometry) return -1;
    const { columns, cell, gap } = this.#geometry;
    const column = Math.floor((x - gap / 2) / cell);
    const position = Math.floor((y - gap / 2) / cell) * columns + column;
    return column >= 0 && column < columns && position >= 0 && position < this.#samples.length ? position : -1;
  }
}
