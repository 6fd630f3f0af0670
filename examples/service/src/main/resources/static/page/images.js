/** Samples as images: pixels to colours. */

import { colours, rgb } from './canvas.js';

/** The numbers of colours of a model's images: 1 or 3, which follow each other plane by plane. */
function planes(model) {
  return model.dimension === 3 * model.image.height * model.image.width ? 3 : 1;
}

/** A canvas with the image of some values, one pixel each. */
export function imageCanvas(model, values) {
  const { height, width } = model.image;
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d').putImageData(imageData(model, values), 0, 0);
  return canvas;
}

/** Pixels of some values: grey values run from the colour of paper to that of ink. */
export function imageData(model, values) {
  const { height, width, paper, ink } = model.image;
  const data = new ImageData(width, height);
  const size = width * height;
  const colour = planes(model) === 3;
  const from = rgb(colours().paper);
  const to = rgb(colours().ink);
  for (let pixel = 0; pixel < size; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = values[colour ? channel * size + pixel : pixel];
      const share = Math.min(1, Math.max(0, (value - paper) / (ink - paper)));
      data.data[4 * pixel + channel] = colour ? 255 * share : from[channel] + share * (to[channel] - from[channel]);
    }
    data.data[4 * pixel + 3] = 255;
  }
  return data;
}
