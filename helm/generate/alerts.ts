import { readyReasons, succeededReasons } from '@wikigpt/schema/catalog.ts';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: 'critical' | 'warning' };
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** The jobs' figures are those of the leader: a replica that led before still shows what it knew then. */
const ofLeader = (series: string) => `${series} and on (instance) wikigpt_leader == 1`;
const inState = (reasons: readonly string[], kinds: string) =>
  `wikigpt_resources{kind=~"${kinds}",state=~"${reasons.join('|')}"}`;

/** Objects that came into such a state within ten minutes; the leader may have changed meanwhile. */
function newlyIn(reasons: readonly string[], kinds: string): string {
  const now = `sum by (kind, namespace, state) (${ofLeader(inState(reasons, kinds))})`;
  const before = `max by (kind, namespace, state) (${inState(reasons, kinds)} offset 10m)`;
  return `${now} - (${before} or ${now} * 0) > 0`;
}

const jobs = 'FineTuneJob|DistillJob';
const failures = succeededReasons.False.filter((reason) => reason !== 'Cancelled' && reason !== 'LossDiverged');
const unserved = [...readyReasons.Unknown, ...readyReasons.False].filter((reason) => reason !== 'ScaledToZero');
const errors = 'sum by (namespace, model_name) (rate(wikigpt_request_errors_total{code!="aborted"}[5m]))';
const answers = 'sum by (namespace, model_name) (rate(wikigpt_request_success_total[5m]))';

function alert(
  name: string,
  severity: 'critical' | 'warning',
  expr: string,
  wait: string,
  summary: string,
  description: string,
): Alert {
  return { alert: name, expr, for: wait, labels: { severity }, annotations: { summary, description } };
}

/** The alerts of the chart's PrometheusRule. */
export const alertGroups: readonly { readonly name: string; readonly rules: readonly Alert[] }[] = [
  {
    name: 'wikigpt-operator',
    rules: [
      alert(
        'WikigptOperatorDown',
        'critical',
        'absent(wikigpt_leader)',
        '5m',
        'No replica of the operator is scraped',
        'Running pods go on, but nothing new starts and no progress is taken. Look at the Deployment and its ServiceMonitor.',
      ),
      alert(
        'WikigptOperatorNotLeading',
        'critical',
        'sum(wikigpt_leader) == 0',
        '2m',
        'No replica of the operator leads',
        'Nobody decides about jobs and chats. Look at the Lease and at the logs for why it cannot be renewed.',
      ),
      alert(
        'WikigptReconcileErrors',
        'warning',
        'sum by (kind) (rate(wikigpt_reconcile_errors_total[5m])) > 0',
        '15m',
        'Passes over {{ $labels.kind }} objects keep failing',
        'They are tried again, so far in vain. The log of the leader names the objects and the errors.',
      ),
      alert(
        'WikigptQueueStuck',
        'warning',
        'min by (kind, instance) (min_over_time(wikigpt_queue_depth[10m])) > 0 and sum by (kind, instance) (increase(wikigpt_reconcile_seconds_count[10m])) == 0',
        '5m',
        'No pass over a {{ $labels.kind }} ends, and {{ $value }} wait',
        'Work hangs. The watchdog restarts the process; if it does not, delete the pod of the leader.',
      ),
    ],
  },
  {
    name: 'wikigpt-jobs',
    rules: [
      alert(
        'WikigptJobStuck',
        'warning',
        'max by (kind, namespace, name) (wikigpt_job_step) < max by (kind, namespace, name) (wikigpt_job_total_steps) ' +
          'and max by (kind, namespace, name) (changes(wikigpt_job_step[30m])) == 0 ' +
          `and on (kind, namespace) sum by (kind, namespace) (${ofLeader(inState(['Training', 'Resuming'], jobs))}) > 0`,
        '10m',
        '{{ $labels.kind }} {{ $labels.namespace }}/{{ $labels.name }} makes no progress',
        'It has stood at step {{ $value }} for more than half an hour. Look at the log of its pod.',
      ),
      alert(
        'WikigptJobFailed',
        'warning',
        newlyIn(failures, jobs),
        '0m',
        '{{ $value }} {{ $labels.kind }} failed in {{ $labels.namespace }}: {{ $labels.state }}',
        'docs/errors.md says what the reason means; the condition Succeeded of the job has the sentence.',
      ),
      alert(
        'WikigptLossDiverged',
        'warning',
        newlyIn(['LossDiverged'], jobs),
        '0m',
        'The loss of a {{ $labels.kind }} in {{ $labels.namespace }} is no number any more',
        'Lower learningRate or raise warmupPercent; the last good checkpoint is kept.',
      ),
    ],
  },
  {
    name: 'wikigpt-chats',
    rules: [
      alert(
        'WikigptChatNotReady',
        'warning',
        `sum by (namespace, state) (${ofLeader(inState(unserved, 'ChatModel'))}) > 0`,
        '15m',
        '{{ $value }} ChatModel in {{ $labels.namespace }} is not ready: {{ $labels.state }}',
        'Its condition Ready has the sentence. A revision that served before goes on.',
      ),
      alert(
        'WikigptChatErrors',
        'warning',
        `${errors} / (${errors} + (${answers} or ${errors} * 0)) > 0.05`,
        '10m',
        '{{ $value | humanizePercentage }} of the requests to {{ $labels.model_name }} fail',
        'The metric wikigpt_request_errors_total has their codes, the log of the server their reasons.',
      ),
      alert(
        'WikigptChatSlowFirstToken',
        'warning',
        'histogram_quantile(0.95, sum by (namespace, model_name, le) (rate(wikigpt_time_to_first_token_seconds_bucket[5m]))) > 5',
        '10m',
        'The first token of {{ $labels.model_name }} takes {{ $value | humanizeDuration }}',
        'One answer in twenty begins later than that. Give the ChatModel more replicas, slots or processors.',
      ),
    ],
  },
];
