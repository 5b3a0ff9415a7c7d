import type { Table } from '../table.ts';

/** What a contestant says of one step. */
export interface Step {
  readonly ms: number;
  readonly loss: number;
  readonly gradientNorm: number;
  /** Most memory the process ever had. */
  readonly peakMb: number;
}

/** One row for each trainer; the first is what the others are measured against, the first step of each only warms up. */
export function compare(
  name: string,
  tokens: number,
  results: readonly { readonly trainer: string; readonly steps: readonly Step[] }[],
): Table['rows'][number][] {
  const rows = results.map(({ trainer, steps }) => {
    const times = steps.slice(1).map(({ ms }) => ms);
    const peak = Math.max(...steps.map(({ peakMb }) => peakMb));
    return { trainer, steps, least: Math.min(...times), middle: median(times), peak };
  });
  const base = rows[0]!;
  return rows.map(({ trainer, steps, least, middle, peak }) => ({
    case: name,
    trainer,
    rounds: steps.length - 1,
    'tokens/s best': round(tokens / (least / 1000), 0),
    'tokens/s median': round(tokens / (middle / 1000), 0),
    '× best': round(base.least / least, 2),
    '× median': round(base.middle / middle, 2),
    'peak MB': round(peak, 0),
    '× memory': round(peak / base.peak, 2),
    'loss diff': Number(lossDifference(steps, base.steps).toExponential(1)),
  }));
}

function lossDifference(steps: readonly Step[], base: readonly Step[]): number {
  return Math.max(...steps.map(({ loss }, index) => Math.abs(loss / base[index]!.loss - 1)));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.floor(half)]! + sorted[Math.ceil(half) - 1]!) / 2;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
