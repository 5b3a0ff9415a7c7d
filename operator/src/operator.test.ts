import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, type TestContext } from 'vitest';
import type { FineTuneJobManifest } from '@wikigpt/schema/fine-tune-job.ts';
import type { Kind, KindMap } from './cluster/kinds.ts';
import { openLocalCluster } from './cluster/local/local-cluster.ts';
import { chatModel, fineTuneJob } from './controllers/manifests.suite.ts';
import { conditionOf } from './controllers/condition.ts';
import { silent } from './log.ts';
import { createOperator } from './main.ts';
import type { Settings } from './objects/settings.ts';

const fixture = fileURLToPath(new URL('../fixtures/container.ts', import.meta.url));
const settings: Settings = {
  image: 'fixture',
  endpoint: '$(WIKIGPT_ENDPOINT)',
  createClaims: { storage: '1Gi' },
  defaultStore: 'pvc://wikigpt-models',
  workStorage: '1Gi',
  progressPorts: [],
  inCluster: false,
  gatewayApi: false,
  drainSeconds: 0,
  localFiles: true,
};
const now = () => new Date();

function newRoot(): string {
  return mkdtempSync(path.join(tmpdir(), 'wikigpt-operator-'));
}

/** The operator on a cluster without one, with real processes that stand for the trainer. */
async function start(root: string, { onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  const cluster = openLocalCluster({ root, now, log: silent, runsPods: true });
  const errors: unknown[] = [];
  const operator = await createOperator({
    cluster,
    settings,
    now,
    log: silent,
    progressIntervalMs: 0,
    listen: { host: '127.0.0.1', port: 0 },
    onError: (error) => errors.push(error),
  });
  const node = cluster.node({
    program: [process.execPath, fixture],
    env: () => ({ PATH: process.env['PATH'] ?? '', WIKIGPT_ENDPOINT: operator.url }),
    servicePort: 0,
    firstRestartMs: 20,
  });
  await node.start();
  await operator.start();
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await node.drain();
    await operator.whenIdle();
    await operator.stop();
    await node.stop();
  };
  onTestFinished(async () => {
    await stop();
    rmSync(root, { recursive: true, force: true });
  });
  const until = async <K extends Kind>(kind: K, name: string, holds: (object: KindMap[K]) => boolean) => {
    const { promise, resolve, reject } = Promise.withResolvers<KindMap[K]>();
    let last: KindMap[K] | undefined;
    const watch = cluster.watch(kind, {}, ({ object }) => {
      if (object.metadata.name !== name) return;
      last = object;
      if (holds(object)) resolve(object);
    });
    const timer = setTimeout(() => reject(new Error(`${kind} ${name}: ${JSON.stringify(last, undefined, 1)}`)), 18_000);
    return promise.finally(() => {
      clearTimeout(timer);
      watch.close();
    });
  };
  const state =
    (reason: string, type = 'Succeeded') =>
    (object: Parameters<typeof conditionOf>[0]) =>
      conditionOf(object, type)?.reason === reason;
  return { cluster, operator, until, state, stop, errors };
}

const env = (variables: Record<string, string>): FineTuneJobManifest['spec']['pod'] => ({
  env: Object.entries(variables).map(([name, value]) => ({ name, value })),
});

async function ask(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { connection: 'close' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'you' }] }),
  });
  return response.text();
}

test.concurrent(
  'a job trains, the next one goes on from it, and its model is served once the gate passed',
  async (context) => {
    const { cluster, until, state, errors, operator } = await start(newRoot(), context);
    await cluster.apply(chatModel('country'), 'user');
    await cluster.apply(
      fineTuneJob('country-qa', { base: { fromJob: { name: 'wiki-gpt' } }, method: { lora: {} } }),
      'user',
    );
    await until('FineTuneJob', 'country-qa', state('WaitingForModel'));
    await cluster.apply(fineTuneJob('wiki-gpt', { pod: env({ FIXTURE_DIGEST: 'aaaa' }) }), 'user');
    const done = await until('FineTuneJob', 'country-qa', state('Complete'));
    expect(done.status?.progress?.steps).toBe('4/4');
    expect(done.status?.evaluation?.summary).toBe('F1 0.71');
    const chat = await until('ChatModel', 'country', state('Ready', 'Ready'));
    expect(chat.status?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await ask(chat.status?.url ?? '')).toContain('to you');
    const events = (await cluster.list('Event')).map(
      ({ involvedObject, reason }) => `${involvedObject.name} ${reason}`,
    );
    expect(events).toEqual(
      expect.arrayContaining(['country-qa WaitingForModel', 'country-qa CheckpointSaved', 'country Ready']),
    );
    const metrics = await (await fetch(`${operator.url}/metrics`)).text();
    expect(metrics).toContain('wikigpt_resources{kind="FineTuneJob",namespace="default",state="Complete"} 2');
    // Jobs that have ended make no steps any more.
    expect(metrics).not.toContain('wikigpt_job_step{');
    expect(errors).toEqual([]);
  },
);

test.concurrent(
  'a new model takes over without a lost request or a new address; one that cannot serve does not',
  async (context) => {
    const { cluster, until, state } = await start(newRoot(), context);
    for (const [name, digest] of [
      ['one', 'aaaa'],
      ['two', 'bbbb'],
      ['bad', 'bad0'],
    ] as const)
      await cluster.apply(fineTuneJob(name, { pod: env({ FIXTURE_DIGEST: digest }) }), 'user');
    const serve = (job: string) =>
      cluster.apply(
        chatModel('chat', { model: { fromJob: { name: job } }, pod: env({ FIXTURE_BAD_DIGEST: 'bad0' }) }),
        'user',
      );
    await serve('one');
    const first = await until('ChatModel', 'chat', state('Ready', 'Ready'));
    const url = first.status?.url ?? '';
    const answers: string[] = [];
    const enough = new AbortController();
    const client = (async () => {
      while (!enough.signal.aborted) answers.push(await ask(url));
    })();
    await until('FineTuneJob', 'two', state('Complete'));
    await serve('two');
    const second = await until('ChatModel', 'chat', ({ status }) => status?.digest?.startsWith('sha256:bbbb') ?? false);
    await until('Deployment', 'chat-aaaa0000', ({ status }) => status?.replicas === 0);
    await until('FineTuneJob', 'bad', state('Complete'));
    await serve('bad');
    const third = await until('ChatModel', 'chat', state('ModelIncompatible', 'UpToDate'));
    enough.abort();
    await client;
    expect([second.status?.url, third.status?.url]).toEqual([url, url]);
    expect(conditionOf(third, 'Ready')?.status).toBe('True');
    expect(answers.filter((answer) => !answer.includes('to you'))).toEqual([]);
    expect(answers[0]).toContain('sha256:aaaa');
    expect(await ask(url)).toContain('sha256:bbbb');
  },
);

test.concurrent('a failed job says why, and nothing about it changes afterwards', async (context) => {
  const { cluster, until, state } = await start(newRoot(), context);
  const broken = {
    FIXTURE_FAIL_AT: '1',
    FIXTURE_EXIT: '65',
    FIXTURE_MESSAGE: 'DataInvalid: 14 of 120 records are empty.',
  };
  await cluster.apply(fineTuneJob('broken', { pod: env(broken) }), 'user');
  const failed = await until('FineTuneJob', 'broken', state('DataInvalid'));
  expect(conditionOf(failed, 'Succeeded')?.message).toBe('14 of 120 records are empty.');
  await cluster.remove({ kind: 'Job', namespace: 'default', name: 'broken-train' });
  await until('FineTuneJob', 'broken', state('DataInvalid'));
  expect(await cluster.list('Job')).toEqual([]);
});

test.concurrent('a job is retried from its checkpoint until backoffLimit', async (context) => {
  const { cluster, until, state } = await start(newRoot(), context);
  const hiccup = env({ FIXTURE_STEPS: '6', FIXTURE_FAIL_AT: '2' });
  await cluster.apply(fineTuneJob('hiccup', { pod: hiccup, backoffLimit: 2 }), 'user');
  const done = await until('FineTuneJob', 'hiccup', state('Complete'));
  expect(done.status?.restarts).toEqual({ evictions: 0, failures: 1 });
  const pods = await cluster.list('Pod');
  const logs = await Promise.all(
    pods.map(async ({ metadata }) => {
      let text = '';
      for await (const chunk of cluster.logs('default', metadata.name)) text += chunk;
      return text;
    }),
  );
  expect(logs.sort()).toEqual(['from step 0\n', 'from step 2\n']);
});

test.concurrent(
  'a stopped operator goes on where it was, and does not train again what is complete',
  async (context) => {
    const root = newRoot();
    const first = await start(root, context);
    await first.cluster.apply(fineTuneJob('short'), 'user');
    await first.cluster.apply(
      fineTuneJob('long', { pod: env({ FIXTURE_STEPS: '40', FIXTURE_STEP_MS: '25' }) }),
      'user',
    );
    await first.until('FineTuneJob', 'short', first.state('Complete'));
    await first.until('FineTuneJob', 'long', ({ status }) => (status?.progress?.step ?? 0) >= 5);
    await first.stop();
    const second = await start(root, context);
    await second.until('FineTuneJob', 'long', second.state('Resuming'));
    const done = await second.until('FineTuneJob', 'long', second.state('Complete'));
    expect(done.status?.restarts).toEqual({ evictions: 1, failures: 0 });
    const pods = (await second.cluster.list('Pod')).map(({ metadata }) => metadata.name.slice(0, -6));
    expect(pods.sort()).toEqual(['long-train', 'long-train', 'short-train']);
  },
);

test.concurrent('suspending stops the pod after a checkpoint; deleting leaves nothing behind', async (context) => {
  const { cluster, until, state } = await start(newRoot(), context);
  const job = fineTuneJob('paused', { pod: env({ FIXTURE_STEPS: '60', FIXTURE_STEP_MS: '20' }) });
  await cluster.apply(job, 'user');
  await until('FineTuneJob', 'paused', ({ status }) => (status?.progress?.step ?? 0) >= 2);
  await cluster.apply({ ...job, spec: { ...job.spec, suspend: true } }, 'user');
  await until('FineTuneJob', 'paused', state('Suspended'));
  await cluster.apply(job, 'user');
  await until('FineTuneJob', 'paused', state('Resuming'));
  await cluster.remove({ kind: 'FineTuneJob', namespace: 'default', name: 'paused' });
  for (let tries = 0; (await cluster.list('Pod')).length > 0 && tries < 100; tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  for (const kind of ['FineTuneJob', 'Job', 'Pod', 'ConfigMap'] as const) expect(await cluster.list(kind)).toEqual([]);
  expect((await cluster.list('PersistentVolumeClaim')).map(({ metadata }) => metadata.name)).toEqual([
    'wikigpt-models',
  ]);
});
