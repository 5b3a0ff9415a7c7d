import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fineTuneJob } from '../../operator/src/cluster/conformance/case.ts';
import type { KubeCluster } from '../../operator/src/cluster/kube/kube-cluster.ts';
import { silent } from '../../operator/src/log.ts';
import { findKubeBinaries } from '../../scripts/kube-binaries/find-programs.ts';
import type { AuditedCall } from './control-plane/audit.ts';
import { startControlPlane, type ControlPlane } from './control-plane/control-plane.ts';
import { mustCall } from './control-plane/api-request.ts';
import { installDefinitions } from './definitions.ts';
import { eventually, openCluster } from './open-cluster.ts';
import { mountServiceAccount, startOperatorProcess, type OperatorProcess } from './operator/operator-process.ts';
import { withoutControlPlane } from './shared-control-plane.ts';

const awayMs = 120_000;

/** Needs a control plane of its own, which writes down who called and may go away. */
describe.skipIf(withoutControlPlane)('the operator when its leader freezes or its API server goes', () => {
  let controlPlane: ControlPlane;
  let cluster: KubeCluster;
  const replicas = new Map<string, OperatorProcess>();
  const jobs = { made: 0 };

  beforeAll(async () => {
    const binaries = await findKubeBinaries({ environment: process.env, print: () => undefined });
    if ('missing' in binaries) throw new Error(binaries.missing);
    controlPlane = await startControlPlane({ binaries, logger: silent, audit: true, prepare: installDefinitions });
    ({ cluster } = await openCluster(controlPlane.adminKubeconfig));
    cluster.watch('FineTuneJob', {}, () => undefined);
    cluster.watch('Job', {}, () => undefined);
    await mustCall(controlPlane.admin, '/api/v1/namespaces/default/configmaps', {
      method: 'POST',
      body: { metadata: { name: 'facts' }, data: { 'texts.jsonl': '{"text":"a"}\n' } },
    });
    for (const name of ['one', 'two']) {
      const serviceAccount = await mountServiceAccount(controlPlane, `replica-${name}`);
      replicas.set(
        `replica-${name}`,
        startOperatorProcess({ serviceAccount, namespace: 'default', url: controlPlane.url }),
      );
    }
  });
  afterAll(async () => {
    for (const replica of replicas.values()) await replica.stop();
    await cluster.close();
    await controlPlane.stop();
  });

  const makeJob = () => cluster.apply(fineTuneJob('default', `job-${(jobs.made += 1)}`), 'user');
  const started = async () => (await cluster.list('Job', { namespace: 'default' })).length;
  const untilAllStarted = (withinMs: number) =>
    eventually(
      async () => (await started()) === jobs.made,
      async () => ({ made: jobs.made, started: await started() }),
      withinMs,
    );

  /** What a replica has changed, beside its Lease, by the namespace of its ServiceAccount. */
  const writesOf = async (replica: string): Promise<readonly AuditedCall[]> =>
    (await controlPlane.auditedCalls()).filter(
      ({ verb, user, objectRef }) =>
        ['create', 'patch', 'update', 'delete'].includes(verb) &&
        user.username === `system:serviceaccount:${replica}:operator` &&
        objectRef?.resource !== 'leases' &&
        objectRef?.resource !== 'tokenreviews',
    );

  test('a leader that is frozen and wakes up writes nothing once another has begun', async () => {
    await makeJob();
    await untilAllStarted(20_000);
    const names = [...replicas.keys()];
    const writing = await Promise.all(names.map(async (name) => (await writesOf(name)).length > 0));
    expect(writing.filter(Boolean)).toHaveLength(1);
    const leader = names[writing.indexOf(true)] ?? '';
    const standby = names[writing.indexOf(false)] ?? '';
    const frozen = replicas.get(leader);
    // Many changes are under way at the moment of the freeze.
    const burst = Array.from({ length: 30 }, makeJob);
    await new Promise((resolve) => setTimeout(resolve, 150));
    process.kill(frozen?.pid ?? 0, 'SIGSTOP');
    await Promise.all(burst);
    await untilAllStarted(30_000);
    for (let late = 0; late < 5; late++) await makeJob();
    process.kill(frozen?.pid ?? 0, 'SIGCONT');
    for (let late = 0; late < 5; late++) await makeJob();
    await untilAllStarted(20_000);
    await new Promise((resolve) => setTimeout(resolve, 1_000));

    const [old, next] = await Promise.all([writesOf(leader), writesOf(standby)]);
    const began = next[0]?.requestReceivedTimestamp ?? '';
    expect(old.length).toBeGreaterThan(0);
    expect(next.length).toBeGreaterThan(0);
    expect(old.filter(({ requestReceivedTimestamp }) => requestReceivedTimestamp >= began)).toEqual([]);
    const uids = new Set((await cluster.list('Job')).map(({ metadata }) => metadata.uid));
    expect(uids.size).toBe(jobs.made);
    const created = [...old, ...next].filter(
      ({ objectRef, responseStatus }) => objectRef?.resource === 'jobs' && responseStatus?.code === 201,
    );
    expect(created).toHaveLength(jobs.made);
  });

  test(
    'an API server that is away for two minutes is waited for without haste, and all goes on by itself',
    { timeout: awayMs + 120_000 },
    async () => {
      const before = [...replicas.values()].map(({ pid }) => cpuSeconds(pid));
      await controlPlane.restartApiServer({ awayMs });
      const spent = [...replicas.values()].map(({ pid }, index) => cpuSeconds(pid) - (before[index] ?? 0));
      expect(Math.max(...spent)).toBeLessThan((awayMs / 1000) * 0.05);
      await makeJob();
      await untilAllStarted(60_000);
      for (const replica of replicas.values()) expect(replica.log.filter(({ level }) => level === 'error')).toEqual([]);
    },
  );
});

/** Processor time of a process so far. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticks = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}
