import { expect, test } from 'vitest';
import { alertGroups } from '../../helm/generate/alerts.ts';
import { dashboards } from '../../helm/generate/dashboards.ts';
import { documentedNames, tableRows } from './tables.ts';

const shown = dashboards.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)));
const queries = [...shown, ...alertGroups.flatMap(({ rules }) => rules.map(({ expr }) => expr))];
const headings = ['Operator', 'Trainer', 'Chat server', 'Of others'];
const documented = headings.flatMap((heading) => documentedNames('docs/metrics.md', heading));
const histograms = headings
  .flatMap((heading) => tableRows('docs/metrics.md', heading))
  .flatMap(([name = '', type]) => (type === 'histogram' ? [name.replaceAll('`', '')] : []));

/** The metrics that a query asks for; the series of a histogram have endings of their own. */
function metricsOf(query: string): string[] {
  const names = query.match(/\b(wikigpt|process|nodejs|DCGM)_\w+/g) ?? [];
  return names.map((name) => histograms.find((one) => [`${one}_bucket`, `${one}_count`].includes(name)) ?? name);
}

test.each(queries)('%s asks for documented metrics', (query) => {
  const asked = metricsOf(query);
  expect(asked).not.toEqual([]);
  expect(asked.filter((name) => !documented.includes(name))).toEqual([]);
});

test('every documented metric is shown in a dashboard', () => {
  const asked = new Set(shown.flatMap(metricsOf));
  expect(documented.filter((name) => !asked.has(name))).toEqual([]);
});
