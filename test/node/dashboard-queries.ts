import type { SharedNode } from './shared-node.ts';
import { prometheusUrl } from './prometheus.ts';
import { release, systemNamespace } from './release.ts';

interface Dashboard {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** What a query of a dashboard returned over the whole run. */
export interface QueryResult {
  readonly panel: string;
  readonly expr: string;
  readonly series: readonly { readonly legend: string; readonly points: number; readonly last: string }[];
}

/** Asks every query of the dashboards that the release has put into the cluster, as Grafana would with nothing chosen. */
export async function askDashboards(node: SharedNode, seconds: number): Promise<readonly QueryResult[]> {
  const selector = `app.kubernetes.io/instance=${release}`;
  const found = await node.kubectl(['get', 'configmaps', '-n', systemNamespace, '-l', selector, '-o', 'json']);
  const { items } = JSON.parse(found) as { items: readonly { data: Readonly<Record<string, string>> }[] };
  const dashboards = items.flatMap(({ data }) => Object.values(data)).map((text) => JSON.parse(text) as Dashboard);
  const results: QueryResult[] = [];
  for (const { title, panels } of dashboards)
    for (const panel of panels)
      for (const { expr, legendFormat } of panel.targets) {
        const series = await queryRange(filledIn(expr), seconds);
        results.push({
          panel: `${title} / ${panel.title}`,
          expr,
          series: series.map(({ metric, values }) => ({
            legend: legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
            points: values.length,
            last: values.at(-1)?.[1] ?? '',
          })),
        });
      }
  return results;
}

/** A table of what each query returned, for people. */
export function resultTable(results: readonly QueryResult[]): string {
  const rows = results.flatMap(({ panel, expr, series }) =>
    series.length === 0
      ? [`| ${panel} | no data: \`${expr}\` | | |`]
      : series.map(({ legend, points, last }) => `| ${panel} | ${legend} | ${points} | ${shortened(last)} |`),
  );
  return ['| panel | series | points | last |', '| --- | --- | ---: | ---: |', ...rows].join('\n');
}

const shortened = (value: string) =>
  Number.isFinite(Number(value)) ? String(Number(Number(value).toPrecision(4))) : value;

const filledIn = (expr: string) => expr.replaceAll('$__rate_interval', '8s').replaceAll(/\$\w+/g, '.*');

async function queryRange(query: string, seconds: number): Promise<readonly Series[]> {
  const end = Math.floor(Date.now() / 1000);
  const parameters = new URLSearchParams({ query, start: String(end - seconds), end: String(end), step: '2' });
  const answer = (await (await fetch(`${prometheusUrl}/api/v1/query_range?${parameters.toString()}`)).json()) as {
    readonly status: string;
    readonly error?: string;
    readonly data: { readonly result: readonly Series[] };
  };
  if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`);
  return answer.data.result.filter(({ values }) => values.some(([, value]) => value !== 'NaN'));
}
