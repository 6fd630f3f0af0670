/** Noise that is the same each time: it depends on its indices alone. */

function hash(a, b) {
  let h = Math.imul(a + 0x7f4a7c15, 0x9e3779b1) ^ Math.imul(b + 0x165667b1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

/** A number between 0 and 1. */
export function uniform(a, b) {
  return (hash(a, b) + 0.5) / 4294967296;
}

/** A number with the standard normal distribution. */
export function normal(a, b) {
  return Math.sqrt(-2 * Math.log(uniform(2 * a, b))) * Math.cos(2 * Math.PI * uniform(2 * a + 1, b));
}
