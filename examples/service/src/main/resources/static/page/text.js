/** Numbers and words, as the page writes them. */

const grouped = new Intl.NumberFormat('en');

/** A whole number with separators: 12,345. */
export function whole(n) {
  return grouped.format(n);
}

/** A number with so many significant digits: 0.707, 12.5, 3.1e-5. */
export function short(x, digits = 3) {
  if (x === 0) return '0';
  const size = Math.abs(x);
  if (size >= 1e-3 && size < 1e5) return String(Number(x.toPrecision(digits))).replace('-', '\u2212');
  return scientific(x);
}

/** A number as 1.3e-6. */
export function scientific(x) {
  return unbroken(x.toExponential(1).replace('.0e', 'e').replace('e+', 'e'));
}

/** The same text, whose lines do not break after the sign of an exponent. */
function unbroken(text) {
  return text.replace('e-', 'e-\u2060');
}

/** "1 sample", "2 samples". */
export function plural(n, one, many = one + 's') {
  return `${whole(n)} ${n === 1 ? one : many}`;
}

/** The middle of some numbers, null if there are none. */
export function median(numbers) {
  if (numbers.length === 0) return null;
  const sorted = numbers.slice().sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** An accuracy in words: "tolerance 1e-4" or "35 calls". */
export function accuracyText(settings) {
  return settings.budget ? `${settings.budget} calls` : `tolerance ${unbroken(settings.tolerance)}`;
}
