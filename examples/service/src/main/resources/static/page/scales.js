/** Ranges and ticks of axes. */

/** The smallest of 1, 1.5, 2, 3, 5, 7.5 times a power of ten that is not below x. */
export function roundUp(x) {
  if (!(x > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(x));
  return power * [1, 1.5, 2, 3, 5, 7.5, 10].find(step => step * power >= x * (1 - 1e-12));
}

/** The range of some coordinates, given their least and greatest: around 0 if that is near, else around their middle. */
export function range(least, greatest, smallest) {
  if (least > greatest) return [-smallest, smallest];
  const middle = (least + greatest) / 2;
  const spread = Math.max((greatest - least) / 2, 1e-12);
  if (Math.abs(middle) < 2 * spread) {
    const half = roundUp(Math.max(smallest, 1.05 * Math.max(-least, greatest)));
    return [-half, half];
  }
  const half = roundUp(1.2 * spread);
  const step = half / 2;
  const centre = Math.round(middle / step) * step;
  return [centre - half * 1.5, centre + half * 1.5];
}

/** Some four to eight ticks of a range. */
export function ticks([from, to]) {
  const width = to - from;
  const power = 10 ** Math.floor(Math.log10(width / 4));
  const step = power * [1, 2, 5, 10].find(s => width / (s * power) <= 8);
  const list = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to + 1e-9 * width; k++) list.push(k * step);
  return list;
}

/** Ticks of a logarithmic axis: powers of ten, and in short ranges 2 and 5 times these, or any round number. */
export function logTicks([from, to]) {
  const decades = Math.log10(to / from);
  const every = Math.max(1, Math.ceil(decades / 7));
  const steps = decades > 3 ? [1] : decades > 1 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
  const list = [];
  for (let k = Math.floor(Math.log10(from)); k <= Math.ceil(Math.log10(to)); k++) {
    if (k % every !== 0) continue;
    for (const step of steps) {
      const tick = Number(`${step}e${k}`);
      if (tick >= from * 0.999 && tick <= to * 1.001) list.push(tick);
    }
  }
  return list;
}
