import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { succeededReasons, trainerPhases, type JobKind } from '@wikigpt/schema/catalog.ts';
import { exitCodes, type ProgressReport } from '@wikigpt/schema/task.ts';
import type { Kind, TrainingJob } from '../../operator/src/cluster/kinds.ts';
import { conditionOf } from '../../operator/src/controllers/condition.ts';
import { distillJob, fineTuneJob } from '../../operator/src/controllers/manifests.suite.ts';
import { gateDecision } from '../../operator/src/controllers/training-job/outcome.ts';
import { eventually, openCluster } from './open-cluster.ts';
import { mountServiceAccount, startOperatorProcess, type OperatorProcess } from './operator/operator-process.ts';
import { PlayedJob, type Stage } from './operator/played-job.ts';
import { reports } from './operator/trainer-stand-in.ts';
import { createNamespace, sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

/** The garbage collector looks for new kinds every 30 s. */
const gcWithinMs = 90_000;

/** No release reaches these: nobody is asked for ratings yet, and who cancels a job deletes it. */
const notReached = ['AwaitingRatings', 'Cancelled'];

/** The fields that both kinds have. */
type SharedSpec = Omit<NonNullable<Parameters<typeof fineTuneJob>[1]> & object, 'base'>;
type FromJob = { readonly kind: JobKind; readonly name: string };

/** Makes a job of each kind, on a model that is there or on the result of another job. */
const makers: Readonly<Record<JobKind, (name: string, spec: SharedSpec, fromJob?: FromJob) => TrainingJob>> = {
  FineTuneJob: (name, spec, fromJob) =>
    fineTuneJob(name, { ...spec, ...(fromJob ? { base: { fromJob }, method: { lora: {} } } : {}) }),
  DistillJob: (name, spec, fromJob) =>
    distillJob(name, { ...spec, teacher: fromJob ? { fromJob } : { uri: 'pvc://models/large' } }),
};

interface Scene {
  readonly name: string;
  readonly job: (kind: JobKind, name: string) => TrainingJob;
  /** Plays the job up to a state, in which it stays. */
  readonly play: (job: PlayedJob) => Promise<unknown>;
}

const scene = (name: string, spec: SharedSpec, play: Scene['play']): Scene => ({
  name,
  job: (kind, jobName) => makers[kind](jobName, spec),
  play,
});

const [, , published] = reports;
const artifact = reports.at(-1)?.artifact;
if (!published?.evaluation || !artifact)
  throw new Error('found no result among the reports, expected one at their end');
const { evaluation } = published;
const checkpoint: ProgressReport = {
  phase: 'Training',
  progress: { step: 2, totalSteps: 4 },
  checkpoint: { step: 2, digest: artifact.digest, savedAt: '2026-01-02T03:04:05Z' },
};
const gated = (gate: 'Held' | 'Failed'): ProgressReport => ({
  evaluation: { ...evaluation, gate, reasons: ['F1 0.71 is below 0.9'] },
  artifact,
});

/** Plays a job whose gate did not pass. */
const scored = async (job: PlayedJob, gate: 'Held' | 'Failed') => {
  const pod = await job.podRuns();
  await pod.reports(gated(gate));
  await pod.node.ends(0);
};
const held = async (job: PlayedJob) => {
  await scored(job, 'Held');
  await job.until('GateHeld', /^F1 0\.71 is below 0\.9\. Decide with the annotation/);
};

const scenes: readonly Scene[] = [
  scene('data-missing', { data: { sources: [{ uri: 'configmap://nowhere/a.jsonl', format: 'text' }] } }, (job) =>
    job.until('Pending', /^ConfigMap nowhere, where data lies/),
  ),
  {
    name: 'model-missing',
    job: (kind, name) => makers[kind](name, {}, { kind: 'DistillJob', name: 'nobody' }),
    play: (job) => job.until('WaitingForModel', /^DistillJob nobody does not exist yet$/),
  },
  {
    name: 'own-model',
    job: (kind, name) => makers[kind](name, {}, { kind, name }),
    play: (job) => job.until('InvalidSpec', /^fromJob names the job itself/),
  },
  scene('never-started', { suspend: true }, (job) => job.until('Suspended')),
  scene('in-a-queue', { queueName: 'team-a' }, (job) => job.until('Queued')),
  scene('without-a-node', {}, (job) => job.until('Unschedulable')),
  ...trainerPhases.map((phase) =>
    scene(`in-${phase.toLowerCase()}`, {}, async (job) => {
      const pod = await job.podRuns();
      await pod.reports({ phase });
      await job.until(phase);
    }),
  ),
  scene('complete', {}, async (job) => {
    const pod = await job.podRuns();
    await pod.reports(...reports);
    await pod.node.ends(0);
    await job.until('Complete', /^F1 0\.71; pvc:/);
  }),
  scene('stopped-and-resumed', {}, async (job) => {
    const first = await job.podRuns();
    await first.reports(checkpoint);
    await job.until('Training');
    await job.apply({ suspend: true });
    await job.until('Suspended', /it goes on from step 2$/);
    // A Job that goes on before its controller has looked keeps the pod that it has.
    await first.gone();
    await job.apply({ suspend: false });
    const second = await job.podRuns();
    await second.reports({ phase: 'Resuming' });
    await job.until('Resuming', /^goes on from step 2$/);
    await second.reports(...reports);
    await second.node.ends(0);
    await job.until('Complete');
  }),
  scene('held', {}, held),
  scene('held-approved', {}, async (job) => {
    await held(job);
    await job.apply({}, { [gateDecision]: 'Approve' });
    await job.until('Complete', /^approved by hand/);
  }),
  scene('held-rejected', {}, async (job) => {
    await held(job);
    await job.apply({}, { [gateDecision]: 'Reject' });
    await job.until('GateFailed');
  }),
  scene('gate-failed', {}, async (job) => {
    await scored(job, 'Failed');
    await job.until('GateFailed', /^F1 0\.71 is below 0\.9$/);
  }),
  ...Object.entries(exitCodes)
    .filter(([, { retryable }]) => !retryable)
    .map(([code, { reason }]) =>
      scene(`exit-${code}`, { backoffLimit: 3 }, async (job) => {
        const pod = await job.podRuns();
        await pod.node.ends(Number(code), `${reason}: the words of the trainer.`);
        expect((await job.until(reason)).message).toBe('the words of the trainer.');
      }),
    ),
  scene('out-of-memory', {}, async (job) => {
    const pod = await job.podRuns();
    await pod.node.ends(137, '', 'OOMKilled');
    await job.until(
      'OutOfMemory',
      /^the pod was killed for using more memory than (its limit of \d+Mi|there was): make the job again/,
    );
  }),
  scene('evicted', { backoffLimit: 0 }, async (job) => {
    const first = await job.podRuns();
    await first.reports(checkpoint);
    await job.until('Training');
    await first.node.isEvicted();
    await job.until('Pending', /^was interrupted; goes on from step 2$/);
    const second = await job.podRuns();
    await second.reports({ phase: 'Resuming' });
    await job.until('Resuming');
  }),
  scene('failed-too-often', { backoffLimit: 0 }, async (job) => {
    const pod = await job.podRuns();
    await pod.node.ends(70, 'TrainerFailed: no luck.');
    await job.until('BackoffLimitExceeded', /^failed 1 time; the last time: TrainerFailed: no luck\.$/);
  }),
  scene('tried-again', { backoffLimit: 1 }, async (job) => {
    const pod = await job.podRuns();
    await pod.node.ends(70, 'TrainerFailed: no luck.');
    await job.until('Pending', /^retry 1 of 1 after TrainerFailed: no luck\.$/);
  }),
  scene('too-slow', { activeDeadlineSeconds: 1 }, async (job) => {
    await job.podRuns();
    await job.until('DeadlineExceeded', /activeDeadlineSeconds: 1$/);
  }),
  scene('never-scheduled', { preRunningDeadlineSeconds: 1 }, (job) =>
    job.until('DeadlineExceeded', /preRunningDeadlineSeconds: 1; it was /),
  ),
];

const jobKinds = ['FineTuneJob', 'DistillJob'] as const satisfies readonly JobKind[];

describe.skipIf(withoutControlPlane).each(jobKinds)('the states of a %s', (jobKind) => {
  let stage: Stage;
  let operator: OperatorProcess;
  const reached = new Set<string>();

  beforeAll(async () => {
    const access = sharedControlPlane();
    const namespace = await createNamespace(access, 'states');
    const own = await createNamespace(access, 'states-operator');
    const home = { serviceAccount: await mountServiceAccount(access, own), namespace: own, url: access.url };
    const { cluster } = await openCluster(access.adminKubeconfig);
    operator = startOperatorProcess(home, { watchNamespace: namespace });
    stage = { access, cluster, namespace, url: operator.url };
    cluster.watch(jobKind, { namespace }, ({ object }) => reached.add(conditionOf(object, 'Succeeded')?.reason ?? ''));
    await cluster.watch('Pod', { namespace }, () => undefined).synced;
  });
  afterAll(async () => {
    await operator.stop();
    await stage.cluster.close();
  });

  test('are all reached for real', { timeout: 180_000 }, async () => {
    const ends = scenes.map(async ({ name, job, play }) => {
      const played = new PlayedJob(stage, job(jobKind, name));
      await played.apply();
      await play(played);
    });
    const failures = (await Promise.allSettled(ends)).flatMap((end, index) =>
      end.status === 'rejected' ? [`${scenes[index]?.name}: ${String(end.reason)}`] : [],
    );
    expect(failures).toEqual([]);
    const all: readonly string[] = Object.values(succeededReasons).flat();
    expect(all.filter((reason) => !reached.has(reason))).toEqual(notReached);
  });

  test('leave nothing behind when the job is deleted, whichever it is in', { timeout: 120_000 }, async () => {
    const { cluster, namespace } = stage;
    const jobs = () => cluster.list(jobKind, { namespace });
    for (const { kind, metadata } of await jobs()) await cluster.remove({ kind, namespace, name: metadata.name });
    const childKinds = ['Job', 'Pod', 'ConfigMap', 'PersistentVolumeClaim'] as const satisfies readonly Kind[];
    const left = async () =>
      [...(await jobs()), ...(await Promise.all(childKinds.map((kind) => cluster.list(kind, { namespace })))).flat()]
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
        .filter((each) => each !== 'ConfigMap kube-root-ca.crt');
    await eventually(async () => (await left()).join() === 'PersistentVolumeClaim wikigpt-models', left, gcWithinMs);
    expect(operator.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
