import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ProgressReport } from '@wikigpt/schema/task.ts';
import { openLocalCluster } from '../cluster/local/local-cluster.ts';
import type { Pod } from '../cluster/objects.ts';
import { ownedBy } from '../cluster/owner-reference.ts';
import type { Cluster, TokenOwner } from '../cluster/port.ts';
import { fineTuneJob, settings } from '../controllers/manifests.suite.ts';
import { silent } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { trainingTask } from '../controllers/training-job/training-kinds.ts';
import { trainingJob } from '../objects/training.ts';
import { progressApp } from './app.ts';
import { ProgressWriter } from './progress-writer.ts';

const url = '/v1alpha1/namespaces/default/finetunejobs/wiki-gpt/progress';

/** A job, its batch Job and its pod, and the endpoint; tokens are the names of pods. */
async function endpoint(minIntervalMs = 0) {
  const clock = { now: 0 };
  const now = () => new Date(clock.now);
  const root = mkdtempSync(path.join(tmpdir(), 'wikigpt-progress-'));
  const local = openLocalCluster({ root, now, log: silent, runsPods: false });
  const owners = new Map<string, TokenOwner>();
  const cluster: Cluster = { ...local, reviewToken: async (token) => owners.get(token) };
  const job = await cluster.apply(fineTuneJob('wiki-gpt'), 'user');
  const child = await cluster.apply(trainingJob(job, trainingTask(job, [], settings), settings), 'controller');
  for (const [name, owner] of [
    ['p1', child],
    ['stranger', job],
  ] as const) {
    const metadata = { namespace: 'default', name, ownerReferences: [ownedBy(owner)] };
    const wanted: Pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [] } };
    const pod = await cluster.apply(wanted, 'test');
    owners.set(name, { namespace: 'default', pod: name, podUid: pod.metadata.uid ?? '' });
  }
  const metrics = createMetrics();
  const writer = new ProgressWriter({ cluster, metrics, now, minIntervalMs });
  const app = progressApp({ cluster, writer, metrics, now, log: silent });
  const send = (body: ProgressReport | string, token = 'p1') =>
    app.request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const status = async () => (await cluster.get('FineTuneJob', 'default', 'wiki-gpt'))?.status;
  return { app, cluster, clock, send, status };
}

test.for<[string, ProgressReport | string, string, number, string]>([
  ['without a known token', {}, 'unknown', 401, 'Unauthorized'],
  ['from a pod of something else', {}, 'stranger', 403, 'Forbidden'],
  ['that is no JSON', '{"progress', 'p1', 400, 'Invalid'],
  ['with a phase that no trainer has', '{"phase": "Complete"}', 'p1', 400, 'phase'],
  ['with a wrong type', '{"progress": {"step": "many", "totalSteps": 3}}', 'p1', 400, 'progress.step'],
  ['that is too large', `{"phase": "${'x'.repeat(300_000)}"}`, 'p1', 413, 'TooLarge'],
])('a report %s is refused', async ([, body, token, status, says]) => {
  const { send, status: read } = await endpoint();
  const response = await send(body, token);
  expect(response.status).toBe(status);
  expect(await response.text()).toContain(says);
  expect(await read()).toBeUndefined();
});

test('every part replaces what was known of it, and the rest stays', async () => {
  const { send, status } = await endpoint();
  expect((await send({ phase: 'ValidatingData', data: { records: 9, dropped: 1 } })).status).toBe(204);
  await send({ phase: 'Training', progress: { step: 3, totalSteps: 12, loss: '1.5', etaSeconds: 345 } });
  expect(await status()).toMatchObject({
    data: { records: 9, dropped: 1 },
    progress: { step: 3, loss: '1.5', steps: '3/12', eta: '5m45s', updatedAt: '1970-01-01T00:00:00.000Z' },
    conditions: [{ type: 'Reported', reason: 'Training', message: 'p1' }],
  });
  await send({ phase: 'Evaluating' });
  expect((await status())?.progress).not.toHaveProperty('eta');
});

test('a training that went back is news, and a warning once', async () => {
  const { send, status, cluster } = await endpoint(10_000);
  const rollbacks = { count: 1, step: 7, toStep: 5, learningRate: '0.001' };
  for (let start = 0; start < 2; start++) await send({ rollbacks });
  await send({ rollbacks: { ...rollbacks, count: 2 }, progress: { step: 5, totalSteps: 9 } });
  expect(await status()).toMatchObject({ rollbacks: { count: 2 } });
  const events = (await cluster.list('Event')).filter(({ reason }) => reason === 'RolledBack');
  expect(events.map(({ type, message, count }) => [type, message, count])).toEqual([
    ['Warning', 'the loss of step 7 was not a number: back to step 5 at half the learning rate, 0.001', 2],
  ]);
});

test('mere progress is not written too often, news at once', async () => {
  const { send, status, clock } = await endpoint(10_000);
  const step = (at: number): ProgressReport => ({ phase: 'Training', progress: { step: at, totalSteps: 9 } });
  await send(step(1));
  clock.now = 5000;
  await send(step(2));
  expect((await status())?.progress?.step).toBe(1);
  const digest = `sha256:${'0'.repeat(64)}`;
  await send({ ...step(3), checkpoint: { step: 3, digest, savedAt: '2026-01-01T00:00:00Z' } });
  expect((await status())?.progress?.step).toBe(3);
  clock.now = 20_000;
  await send(step(4));
  expect((await status())?.progress?.step).toBe(4);
  clock.now = 21_000;
  await send(step(9));
  expect((await status())?.progress?.step).toBe(9);
});

test('a pod that reports too often is told when to come again, and others are not held up', async () => {
  const { send, clock } = await endpoint(10_000);
  const step: ProgressReport = { progress: { step: 1, totalSteps: 9 } };
  const answers: Response[] = [];
  for (let report = 0; report <= 100; report++) answers.push(await send(step));
  expect(answers.map(({ status }) => status)).toEqual([...Array<number>(100).fill(204), 429]);
  expect(answers.at(-1)?.headers.get('retry-after')).toBe('1');
  expect(await answers.at(-1)?.text()).toContain('p1 reports too often');
  expect((await send({}, 'stranger')).status).toBe(403);
  clock.now = 200;
  expect((await send(step)).status).toBe(204);
});

test('a job that has ended takes no reports', async () => {
  const { send, cluster } = await endpoint();
  const ended = {
    type: 'Succeeded',
    status: 'False',
    reason: 'Cancelled',
    message: '',
    lastTransitionTime: '',
  } as const;
  await cluster.patchStatus(
    { kind: 'FineTuneJob', namespace: 'default', name: 'wiki-gpt' },
    { conditions: [ended] },
    'c',
  );
  expect((await send({ phase: 'Training' })).status).toBe(409);
});

test('health and metrics are served beside it', async () => {
  const { app, send } = await endpoint();
  await send({ progress: { step: 3, totalSteps: 12, loss: '1.5', tokensPerSecond: '5210' } });
  expect((await app.request('/healthz')).status).toBe(200);
  const text = await (await app.request('/metrics')).text();
  for (const line of [
    'wikigpt_job_step{kind="FineTuneJob",namespace="default",name="wiki-gpt"} 3',
    'wikigpt_job_loss{kind="FineTuneJob",namespace="default",name="wiki-gpt"} 1.5',
    'wikigpt_job_tokens_per_second{kind="FineTuneJob",namespace="default",name="wiki-gpt"} 5210',
    'wikigpt_progress_reports_total{status="204"} 1',
  ])
    expect(text).toContain(line);
});
