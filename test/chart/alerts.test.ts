import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dashboards } from '../../helm/generate/dashboards.ts';
import { alertCases } from './alert-cases.ts';
import { rendered, runPromtool, withoutChartPrograms } from './helm.ts';

interface Rule {
  readonly alert: string;
}

describe.skipIf(withoutChartPrograms)('the alerts of the chart', () => {
  let folder: string;
  let rules: readonly Rule[];
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-alerts-'));
    const objects = await rendered({ metrics: { rules: { enabled: true } } });
    const spec = objects.find(({ kind }) => kind === 'PrometheusRule')?.['spec'] as { groups: { rules: Rule[] }[] };
    rules = spec.groups.flatMap((group) => group.rules);
    write('rules.yaml', spec);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  // JSON is YAML too.
  const write = (name: string, value: object) => writeFileSync(path.join(folder, name), JSON.stringify(value));
  const promtool = async (...args: string[]) => {
    const { code, stdout, stderr } = await runPromtool(args);
    return { code, said: code === 0 ? '' : stdout + stderr };
  };

  it('are rules that Prometheus takes', async () => {
    expect(await promtool('check', 'rules', path.join(folder, 'rules.yaml'))).toEqual({ code: 0, said: '' });
  });

  it('have a case each in which they fire, and one in which they do not', () => {
    const named = (fires: boolean) =>
      [...new Set(alertCases.filter((one) => one.fires === fires).map(({ alert }) => alert))].sort();
    const names = rules.map(({ alert }) => alert).sort();
    expect(named(true)).toEqual(names);
    expect(named(false)).toEqual(names);
  });

  it.each(alertCases.map((one) => [one.name, one] as const))('%s', async (name, { alert, fires, at, series }) => {
    const file = `${name.replaceAll(/\W+/g, '-')}.yaml`;
    const test = (expected: readonly object[]) => ({
      rule_files: ['rules.yaml'],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: series,
          alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: expected }],
        },
      ],
    });
    // Labels and texts of an alert that fires are not said again here: that none fires must be wrong.
    write(file, test([]));
    const { code, said } = await promtool('test', 'rules', path.join(folder, file));
    expect({ code, said: fires ? '' : said }).toEqual({ code: fires ? 1 : 0, said: '' });
    if (fires) expect(said).toContain(`alertname="${alert}"`);
  });

  it('and the dashboards’ queries are in a language that Prometheus reads', async () => {
    const queries = dashboards.flatMap(({ panels }) =>
      panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    );
    const recorded = queries.map((query, index) => ({
      record: `query_${index}`,
      expr: query.replaceAll('$__rate_interval', '5m'),
    }));
    write('queries.yaml', { groups: [{ name: 'queries', rules: recorded }] });
    expect(await promtool('check', 'rules', path.join(folder, 'queries.yaml'))).toEqual({ code: 0, said: '' });
  });
});
