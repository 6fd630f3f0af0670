/** The picture of all samples: points, a strip or tiles; by pointer or by keys, one of them is current. */

import { Surface } from './canvas.js';
import { certificateText } from './certificate.js';
import { Scatter } from './scatter.js';
import { Strip } from './strip.js';
import { Tiles } from './tiles.js';

const $ = id => document.getElementById(id);

/** The way to draw samples of a model. */
function viewOf(model) {
  if (model.image) return new Tiles(model);
  return model.dimension === 1 ? new Strip(model) : new Scatter(model);
}

export class Picture {
  #on;
  #model = null;
  #view = null;
  #samples = [];
  #selected = -1;
  #hovered = -1;
  #surface;
  #list = $('samples');

  /** Handlers: current(sample or null) when another sample is current, chosen(sample) on Enter or a click. */
  constructor(on) {
    this.#on = on;
    this.#surface = new Surface(
      $('picture'),
      (context, width, height, now) => this.#view?.paint(context, width, height, now, this.#current),
      () => this.#view?.recolour?.(),
    );
    this.#list.addEventListener('keydown', event => this.#key(event));
    this.#list.addEventListener('focus', () => {
      if (this.#current < 0 && this.#samples.length > 0) this.#select(0);
    });
    this.#list.addEventListener('pointermove', event => {
      if (event.pointerType !== 'touch') this.#hover(this.#at(event));
    });
    this.#list.addEventListener('pointerleave', () => this.#hover(-1));
    this.#list.addEventListener('click', event => {
      const position = this.#at(event);
      if (position < 0) return;
      this.#select(position);
      this.#on.chosen(this.#samples[position]);
    });
  }

  get #current() {
    return this.#hovered >= 0 ? this.#hovered : this.#selected;
  }

  /** Begins an empty picture of a model. */
  clear(model) {
    this.#model = model;
    this.#view = viewOf(model);
    this.#samples = [];
    this.#selected = this.#hovered = -1;
    $('picture-note').textContent = this.#view.note;
    $('picture-empty').hidden = false;
    this.#list.replaceChildren();
    this.#list.removeAttribute('aria-activedescendant');
    this.#surface.repaint();
    this.#on.current(null);
  }

  add(samples) {
    const now = performance.now();
    for (const sample of samples) {
      this.#samples.push(sample);
      this.#view.add(sample, now);
    }
    $('picture-empty').hidden = true;
    this.#surface.repaint();
  }

  #at(event) {
    const box = this.#list.getBoundingClientRect();
    return this.#view?.at(event.clientX - box.left, event.clientY - box.top) ?? -1;
  }

  #hover(position) {
    if (position === this.#hovered) return;
    this.#hovered = position;
    this.#surface.repaint();
    this.#on.current(this.#samples[this.#current] ?? null);
  }

  #select(position) {
    this.#hovered = -1;
    this.#selected = position;
    // Only the current sample is in the list; its place and the size of the list say the rest.
    const sample = this.#samples[position];
    const option = document.createElement('div');
    option.id = 'current-sample';
    option.className = 'hidden';
    option.setAttribute('role', 'option');
    option.setAttribute('aria-selected', 'true');
    option.setAttribute('aria-posinset', String(position + 1));
    option.setAttribute('aria-setsize', String(this.#samples.length));
    option.textContent = certificateText(this.#model, sample);
    this.#list.replaceChildren(option);
    this.#list.setAttribute('aria-activedescendant', option.id);
    this.#surface.repaint();
    this.#on.current(sample);
  }

  #key(event) {
    const last = this.#samples.length - 1;
    if (last < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const from = this.#selected < 0 ? 0 : this.#selected;
    const { columns } = this.#view;
    const steps = {
      ArrowRight: from + 1,
      ArrowLeft: from - 1,
      ArrowDown: from + columns,
      ArrowUp: from - columns,
      Home: 0,
      End: last,
    };
    if (event.key in steps) {
      event.preventDefault();
      this.#select(Math.min(last, Math.max(0, steps[event.key])));
    } else if (event.key === 'Enter' && this.#selected >= 0) {
      event.preventDefault();
      this.#on.chosen(this.#samples[this.#selected]);
    } else if (event.key === 'Escape') {
      this.#hover(-1);
    }
  }
}
