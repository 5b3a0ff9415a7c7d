import type { Board } from './panel.ts';

/** Whether the operator itself is well. */
export const operatorBoard: Board = {
  uid: 'wikigpt-operator',
  title: 'Wikigpt / Operator',
  variables: {},
  panels: [
    { title: 'Leaders', kind: 'stat', queries: { leaders: 'sum(wikigpt_leader)' } },
    { title: 'Leadership', queries: { '{{instance}}': 'max by (instance) (wikigpt_leader)' } },
    {
      title: 'Time of a pass',
      unit: 's',
      queries: Object.fromEntries(
        [0.5, 0.99].map((share) => [
          `{{kind}} ${share * 100} %`,
          `histogram_quantile(${share}, sum by (kind, le) (rate(wikigpt_reconcile_seconds_bucket[$__rate_interval])))`,
        ]),
      ),
    },
    {
      title: 'Passes',
      unit: 'ops',
      queries: {
        '{{kind}}': 'sum by (kind) (rate(wikigpt_reconcile_seconds_count[$__rate_interval]))',
        '{{kind}} failed': 'sum by (kind) (rate(wikigpt_reconcile_errors_total[$__rate_interval]))',
      },
    },
    { title: 'Objects that wait', queries: { '{{kind}}': 'sum by (kind) (wikigpt_queue_depth)' } },
    {
      title: 'Calls of the API server',
      unit: 'reqps',
      queries: { '{{verb}} {{resource}}': 'sum by (verb, resource) (rate(wikigpt_api_calls_total[$__rate_interval]))' },
    },
    {
      title: 'Calls that were refused',
      unit: 'reqps',
      queries: {
        '{{status}} {{verb}} {{resource}}':
          'sum by (status, verb, resource) (rate(wikigpt_api_calls_total{status!~"2.."}[$__rate_interval]))',
      },
    },
    {
      title: 'New connections to the API server',
      unit: 'ops',
      queries: { '{{instance}}': 'sum by (instance) (rate(wikigpt_api_connections_total[$__rate_interval]))' },
    },
    {
      title: 'Memory',
      unit: 'bytes',
      queries: { '{{instance}}': 'process_resident_memory_bytes and on (instance) wikigpt_leader' },
    },
    {
      title: 'Processors',
      queries: {
        '{{instance}}': 'rate(process_cpu_seconds_total[$__rate_interval]) and on (instance) wikigpt_leader',
      },
    },
  ],
};
