/** Canvases that are crisp on every display, and the colours of the style sheet. */

const surfaces = new Set();

/** Whether the reader prefers little motion. */
export const stillness = matchMedia('(prefers-reduced-motion: reduce)');

/** Colours and the font of the style sheet, in the scheme of the moment. */
let palette = null;

export function colours() {
  if (palette === null) {
    const style = getComputedStyle(document.documentElement);
    const names = ['surface', 'text', 'muted', 'line', 'grid', 'accent', 'fresh', 'paper', 'ink'];
    palette = Object.fromEntries(names.map(name => [name, style.getPropertyValue(`--${name}`).trim()]));
    palette.font = getComputedStyle(document.body).fontFamily;
  }
  return palette;
}

const repaintAll = () => {
  palette = null;
  for (const surface of surfaces) {
    surface.schemeChanged?.();
    surface.repaint();
  }
};
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaintAll);
matchMedia('(forced-colors: active)').addEventListener('change', repaintAll);

/** A colour #rrggbb as three numbers. */
export function rgb(colour) {
  const bits = parseInt(colour.slice(1), 16);
  return [bits >> 16, (bits >> 8) & 255, bits & 255];
}

/** Paints a canvas in CSS pixels: `paint(context, width, height, now)`, which returns true to be called in the next frame too. */
export class Surface {
  #paint;
  #due = false;

  constructor(canvas, paint, schemeChanged) {
    this.canvas = canvas;
    this.#paint = paint;
    this.schemeChanged = schemeChanged;
    surfaces.add(this);
    new ResizeObserver(() => this.repaint()).observe(canvas);
    const watchDensity = () => matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener('change', () => {
      this.repaint();
      watchDensity();
    }, { once: true });
    watchDensity();
  }

  /** Paints in the next frame. */
  repaint() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(now => {
      this.#due = false;
      const { canvas } = this;
      const { clientWidth: width, clientHeight: height } = canvas;
      if (width === 0 || height === 0) return;
      const density = devicePixelRatio;
      const pixels = [Math.round(width * density), Math.round(height * density)];
      if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
      const context = canvas.getContext('2d');
      context.setTransform(density, 0, 0, density, 0, 0);
      context.clearRect(0, 0, width, height);
      if (this.#paint(context, width, height, now)) this.repaint();
    });
  }
}

/** Writes a text on a canvas. */
export function write(context, text, x, y, { align = 'left', baseline = 'alphabetic', size = 11, colour = colours().muted, weight = 400 } = {}) {
  context.font = `${weight} ${size}px ${colours().font}`;
  context.fillStyle = colour;
  context.textAlign = align;
  context.textBaseline = baseline;
  context.fillText(text, x, y);
}

/** Fills a dot. */
export function dot(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** Marks a place with a ring that is visible on any ground. */
export function ring(context, x, y, radius) {
  const { fresh, surface } = colours();
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.lineWidth = 5;
  context.strokeStyle = surface;
  context.stroke();
  context.lineWidth = 2.5;
  context.strokeStyle = fresh;
  context.stroke();
}
