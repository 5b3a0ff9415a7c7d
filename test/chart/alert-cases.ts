/** What Prometheus saw, minute by minute, and whether an alert fires then. */
export interface AlertCase {
  readonly name: string;
  readonly alert: string;
  readonly fires: boolean;
  /** The time at which that is asked. */
  readonly at: string;
  readonly series: readonly { readonly series: string; readonly values: string }[];
}

const leads = { series: 'wikigpt_leader{instance="a"}', values: '1x120' };
const standsBy = { series: 'wikigpt_leader{instance="b"}', values: '0x120' };
const job = 'kind="FineTuneJob",namespace="team",name="qa"';
const chat = 'namespace="team",model_name="country"';
const state = (kind: string, reason: string, values: string, instance = 'a') => ({
  series: `wikigpt_resources{instance="${instance}",kind="${kind}",namespace="team",state="${reason}"}`,
  values,
});
const step = (values: string, instance = 'a') => ({
  series: `wikigpt_job_step{instance="${instance}",${job}}`,
  values,
});
const steps = { series: `wikigpt_job_total_steps{instance="a",${job}}`, values: '1000x120' };
const counter = (name: string, labels: string, values: string) => ({ series: `${name}{${labels}}`, values });
const bucket = (le: string, values: string) =>
  counter('wikigpt_time_to_first_token_seconds_bucket', `${chat},le="${le}"`, values);

type Rest = readonly [at: string, ...series: AlertCase['series']];
const fires = (alert: string, name: string, ...[at, ...series]: Rest): AlertCase => ({
  name: `${alert} fires when ${name}`,
  alert,
  fires: true,
  at,
  series,
});
const rests = (alert: string, name: string, ...[at, ...series]: Rest): AlertCase => ({
  name: `${alert} rests when ${name}`,
  alert,
  fires: false,
  at,
  series,
});

export const alertCases: readonly AlertCase[] = [
  fires('WikigptOperatorDown', 'nothing is scraped', '10m'),
  fires('WikigptOperatorDown', 'scrapes end', '20m', { series: 'wikigpt_leader{instance="a"}', values: '1x5 _x30' }),
  rests('WikigptOperatorDown', 'a standby is scraped', '10m', standsBy),
  fires('WikigptOperatorNotLeading', 'both stand by', '5m', standsBy, {
    ...standsBy,
    series: 'wikigpt_leader{instance="a"}',
  }),
  rests('WikigptOperatorNotLeading', 'one leads', '5m', leads, standsBy),
  fires(
    'WikigptReconcileErrors',
    'passes fail again and again',
    '30m',
    counter('wikigpt_reconcile_errors_total', 'instance="a",kind="ChatModel"', '0+1x60'),
  ),
  rests(
    'WikigptReconcileErrors',
    'one pass has failed',
    '30m',
    counter('wikigpt_reconcile_errors_total', 'instance="a",kind="ChatModel"', '0 1x60'),
  ),
  fires(
    'WikigptQueueStuck',
    'objects wait and none is done',
    '30m',
    counter('wikigpt_queue_depth', 'instance="a",kind="ChatModel"', '3x60'),
    counter('wikigpt_reconcile_seconds_count', 'instance="a",kind="ChatModel"', '7x60'),
  ),
  rests(
    'WikigptQueueStuck',
    'many wait and some are done',
    '30m',
    counter('wikigpt_queue_depth', 'instance="a",kind="ChatModel"', '3x60'),
    counter('wikigpt_reconcile_seconds_count', 'instance="a",kind="ChatModel"', '0+1x60'),
  ),
  fires(
    'WikigptJobStuck',
    'its step stands',
    '60m',
    leads,
    step('5x60'),
    steps,
    state('FineTuneJob', 'Training', '1x60'),
  ),
  rests('WikigptJobStuck', 'it goes on', '60m', leads, step('0+1x60'), steps, state('FineTuneJob', 'Training', '1x60')),
  rests(
    'WikigptJobStuck',
    'it has failed',
    '60m',
    leads,
    step('5x60'),
    steps,
    state('FineTuneJob', 'OutOfMemory', '1x60'),
  ),
  rests(
    'WikigptJobStuck',
    'only a former leader still shows an old step',
    '60m',
    leads,
    standsBy,
    step('5x60', 'b'),
    step('5+1x60'),
    steps,
    state('FineTuneJob', 'Training', '1x60'),
  ),
  fires('WikigptJobFailed', 'a job fails', '30m', leads, state('FineTuneJob', 'OutOfMemory', '_x24 1x60')),
  fires('WikigptJobFailed', 'one more fails', '30m', leads, state('FineTuneJob', 'OutOfMemory', '1x24 2x60')),
  rests('WikigptJobFailed', 'it failed long ago', '30m', leads, state('FineTuneJob', 'OutOfMemory', '1x60')),
  rests(
    'WikigptJobFailed',
    'another replica leads now and sees the same',
    '30m',
    { series: 'wikigpt_leader{instance="a"}', values: '0x24 1x60' },
    state('FineTuneJob', 'OutOfMemory', '_x24 1x60'),
    state('FineTuneJob', 'OutOfMemory', '1x60', 'b'),
  ),
  fires('WikigptLossDiverged', 'a loss is no number', '30m', leads, state('DistillJob', 'LossDiverged', '_x24 1x60')),
  rests('WikigptLossDiverged', 'a job fails otherwise', '30m', leads, state('DistillJob', 'DataInvalid', '_x24 1x60')),
  fires('WikigptChatNotReady', 'a server fails', '30m', leads, state('ChatModel', 'ServerFailed', '1x60')),
  rests('WikigptChatNotReady', 'it is ready', '30m', leads, state('ChatModel', 'Ready', '1x60')),
  rests('WikigptChatNotReady', 'it is to have no pods', '30m', leads, state('ChatModel', 'ScaledToZero', '1x60')),
  fires(
    'WikigptChatErrors',
    'one in ten fails',
    '30m',
    counter('wikigpt_request_errors_total', `${chat},code="internal"`, '0+1x60'),
    counter('wikigpt_request_success_total', `${chat},finished_reason="stop"`, '0+9x60'),
  ),
  fires(
    'WikigptChatErrors',
    'all fail',
    '30m',
    counter('wikigpt_request_errors_total', `${chat},code="internal"`, '0+1x60'),
  ),
  rests(
    'WikigptChatErrors',
    'clients go away',
    '30m',
    counter('wikigpt_request_errors_total', `${chat},code="aborted"`, '0+9x60'),
    counter('wikigpt_request_success_total', `${chat},finished_reason="stop"`, '0+1x60'),
  ),
  fires(
    'WikigptChatSlowFirstToken',
    'many wait',
    '30m',
    bucket('5', '0+1x60'),
    bucket('10', '0+9x60'),
    bucket('+Inf', '0+9x60'),
  ),
  rests(
    'WikigptChatSlowFirstToken',
    'none waits',
    '30m',
    bucket('5', '0+9x60'),
    bucket('10', '0+9x60'),
    bucket('+Inf', '0+9x60'),
  ),
];
