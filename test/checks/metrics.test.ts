import { expect, test } from 'vitest';
import { createMetrics } from '../../operator/src/metrics.ts';
import { createTrainingMetrics } from '../../trainer-image/src/progress/training-metrics.ts';
import { createServeMetrics } from '../../trainer-image/src/serve/metrics.ts';
import { tableRows } from './tables.ts';

type Registry = ReturnType<typeof createMetrics>['registry'];

interface Described {
  readonly name: string;
  readonly type: string;
  readonly labels: string;
}

const registries: readonly { readonly heading: string; readonly registry: Registry }[] = [
  { heading: 'Operator', registry: createMetrics().registry },
  { heading: 'Trainer', registry: createTrainingMetrics({ kind: 'any', namespace: 'any', name: 'any' }).registry },
  {
    heading: 'Chat server',
    registry: createServeMetrics('any', () => ({ running: 0, waiting: 0, slots: 1, cacheUse: 0 })).registry,
  },
];

/** What the code declares, without the metrics of Node.js itself. */
function declared(registry: Registry): Described[] {
  return registry
    .getMetricsAsArray()
    .map((metric) => metric as unknown as { name: string; type: string; labelNames: string[] })
    .filter(({ name }) => name.startsWith('wikigpt_'))
    .map(({ name, type, labelNames }) => ({ name, type, labels: labelNames.join(', ') }));
}

function documented(heading: string): Described[] {
  return tableRows('docs/metrics.md', heading)
    .slice(1)
    .map(([name = '', type = '', labels = '']) => ({
      name: name.replaceAll('`', ''),
      type,
      labels: labels.replaceAll('`', ''),
    }));
}

const byName = (a: Described, b: Described): number => a.name.localeCompare(b.name);

test.each(registries)(
  'docs/metrics.md has every metric of the $heading with its type and labels, and no other',
  ({ heading, registry }) => {
    expect(documented(heading).toSorted(byName)).toEqual(declared(registry).toSorted(byName));
  },
);
