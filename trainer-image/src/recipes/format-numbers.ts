/** A score as a decimal string: four significant places or four decimals, whichever is shorter. */
export function formatScore(value: number): string {
  if (!Number.isFinite(value)) return '1e308';
  return trim(Math.abs(value) >= 100 ? value.toFixed(1) : Math.abs(value) >= 10 ? value.toFixed(2) : value.toFixed(4));
}

/** A score for a narrow column: two significant places, and no exponent. */
export function shortScore(value: number): string {
  return Math.abs(value) >= 10 ? String(Math.round(value)) : value.toFixed(Math.abs(value) >= 1 ? 1 : 2);
}

/** A loss, rate or norm as a decimal string of at most four significant places. */
export function formatDecimal(value: number): string {
  if (!Number.isFinite(value)) return '1e308';
  const text =
    Math.abs(value) >= 1e-3 || value === 0 ? value.toFixed(Math.abs(value) >= 100 ? 1 : 4) : value.toExponential(2);
  return text.includes('e') ? text : trim(text);
}

const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
