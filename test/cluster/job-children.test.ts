import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chatModelSpec } from '@wikigpt/schema/chat-model.ts';
import { fineTuneJob } from '../../operator/src/cluster/conformance/case.ts';
import type { FineTuneJob } from '../../operator/src/cluster/kinds.ts';
import type { Pod } from '../../operator/src/cluster/objects.ts';
import type { KubeCluster } from '../../operator/src/cluster/kube/kube-cluster.ts';
import { jobLabels } from '../../operator/src/objects/names.ts';
import { conditionOf } from '../../operator/src/controllers/condition.ts';
import { mustCall } from './control-plane/api-request.ts';
import { eventually, openCluster } from './open-cluster.ts';
import { mountServiceAccount, startOperatorProcess, type OperatorProcess } from './operator/operator-process.ts';
import { PodStandIn } from './operator/trainer-stand-in.ts';
import { createNamespace, sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

describe.skipIf(withoutControlPlane)('what a job is made into', () => {
  let cluster: KubeCluster;
  let operator: OperatorProcess;
  let namespace: string;

  beforeAll(async () => {
    const access = sharedControlPlane();
    namespace = await createNamespace(access, 'children');
    // The strictest of the standards, kept by the API server itself.
    await mustCall(access.admin, `/api/v1/namespaces/${namespace}`, {
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    });
    await mustCall(access.admin, `/api/v1/namespaces/${namespace}/configmaps`, {
      method: 'POST',
      body: { metadata: { name: 'facts' }, data: { 'texts.jsonl': '{"text":"a"}\n' } },
    });
    ({ cluster } = await openCluster(access.adminKubeconfig));
    for (const kind of ['FineTuneJob', 'Job', 'Pod'] as const) cluster.watch(kind, { namespace }, () => undefined);
    const own = await createNamespace(access, 'children-operator');
    const home = { serviceAccount: await mountServiceAccount(access, own), namespace: own, url: access.url };
    operator = startOperatorProcess(home, { watchNamespace: namespace });
  });
  afterAll(async () => {
    await operator.stop();
    await cluster.close();
    expect(operator.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  const apply = (name: string, spec: Partial<FineTuneJob['spec']> = {}) => {
    const job = fineTuneJob(namespace, name);
    return cluster.apply({ ...job, spec: { ...job.spec, ...spec } }, 'user');
  };
  const until = (name: string, reason: string) =>
    eventually(
      async () => {
        const job = await cluster.get('FineTuneJob', namespace, name);
        return job !== undefined && conditionOf(job, 'Succeeded')?.reason === reason;
      },
      () => cluster.get('FineTuneJob', namespace, name),
    );

  test('pods of training and serving are taken where the restricted standard is kept', async () => {
    await apply('strict');
    await cluster.apply(
      {
        apiVersion: 'wikigpt.dev/v1alpha1',
        kind: 'ChatModel',
        metadata: { namespace, name: 'strict' },
        spec: chatModelSpec.parse({ model: { uri: 'pvc://models/tiny' } }),
      },
      'user',
    );
    const roles = async () =>
      (await cluster.list('Pod', { namespace }))
        .map(({ metadata }) => metadata.labels?.['wikigpt.dev/role'] ?? '')
        .sort();
    await eventually(async () => (await roles()).join() === 'server,trainer', roles);
    const [pod] = await cluster.list('Pod', { namespace });
    expect(pod?.spec.serviceAccountName).toBe('wikigpt');
  });

  test('policies and the account stand once, however many jobs there are, and select only these pods', async () => {
    const fixtures = () =>
      operator.writes
        .filter((write) => /serviceaccounts|networkpolicies/.test(write))
        .map((write) => write.replace(/^PATCH .*\/(\w+)\/([\w-]+).*$/, '$1 $2'));
    const before = fixtures();
    expect([...new Set(before)].sort()).toEqual([
      'networkpolicies wikigpt-fetches',
      'networkpolicies wikigpt-server',
      'networkpolicies wikigpt-trainer',
      'serviceaccounts wikigpt',
    ]);
    await apply('second');
    await until('second', 'Unschedulable');
    expect(fixtures()).toEqual(before);
    const { stdout } = await sharedControlPlane().kubectl([
      ...['--namespace', namespace, 'get', 'netpol', '-o'],
      'jsonpath={range .items[*]}{.metadata.name} {.spec.podSelector.matchLabels}{"\\n"}{end}',
    ]);
    for (const line of stdout.trim().split('\n')) expect(line).toContain('"wikigpt-operator"');
  });

  test('a device becomes a limit, and the condition says that it is not used', async () => {
    await apply('device', {
      resources: { mode: 'Auto', accelerator: { type: 'example.com/gpu', count: 2 } },
    });
    await until('device', 'Unschedulable');
    const child = await cluster.get('Job', namespace, 'device-train');
    expect(child?.spec.template.spec.containers[0]?.resources?.limits).toMatchObject({ 'example.com/gpu': '2' });
    const job = await cluster.get('FineTuneJob', namespace, 'device');
    expect(job && conditionOf(job, 'Accelerated')).toMatchObject({ status: 'False', reason: 'ProcessorOnly' });
  });

  test('memory is asked for as it is estimated, before there is a node, and a pod that takes more ends the job', async () => {
    await apply('hungry');
    await until('hungry', 'Unschedulable');
    const estimate = (await cluster.get('FineTuneJob', namespace, 'hungry'))?.status?.estimate;
    expect(estimate?.basis).toMatch(/^frozen weights 0Mi \+ trained state \d+Mi .* reserve \d+%$/);
    const find = async () =>
      (await cluster.list('Pod', { namespace, labels: { [jobLabels.FineTuneJob]: 'hungry' } })).at(0);
    await eventually(async () => (await find()) !== undefined, find);
    const pod = await find();
    if (!pod) throw new Error('no pod');
    const path = `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}`;
    const { spec } = await mustCall<Pod>(sharedControlPlane().admin, path);
    const { memory = '' } = estimate ?? {};
    const limit = `${Math.ceil(Number.parseInt(memory, 10) * 1.5)}Mi`;
    expect(spec.containers[0]?.resources).toEqual({ requests: { cpu: '1', memory }, limits: { memory: limit } });
    const node = new PodStandIn(sharedControlPlane(), pod);
    await node.runs();
    await node.ends(137, '', 'OOMKilled');
    await until('hungry', 'OutOfMemory');
    const ended = await cluster.get('FineTuneJob', namespace, 'hungry');
    expect(ended && conditionOf(ended, 'Succeeded')?.message).toContain(`more memory than its limit of ${limit}: `);
    const child = async () => await cluster.get('Job', namespace, 'hungry-train');
    await eventually(async () => (await child()) === undefined, child);
  });

  test('a queue lets a Job run, nobody takes that back, and a suspended job gives up its place', async () => {
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs/queued-train`;
    // The part of the queue's controller in this: it sets one field of the Job.
    const admit = () =>
      mustCall(sharedControlPlane().admin, `${path}?fieldManager=kueue`, {
        method: 'PATCH',
        contentType: 'application/merge-patch+json',
        body: { spec: { suspend: false } },
      });
    const suspended = async () => (await cluster.get('Job', namespace, 'queued-train'))?.spec.suspend;
    await apply('queued', { queueName: 'team-a', activeDeadlineSeconds: 600 });
    await until('queued', 'Queued');
    const child = await cluster.get('Job', namespace, 'queued-train');
    expect(child?.metadata.labels?.['kueue.x-k8s.io/queue-name']).toBe('team-a');
    await admit();
    await until('queued', 'Unschedulable');
    await apply('queued', { queueName: 'team-a', activeDeadlineSeconds: 900 });
    const deadline = async () => (await cluster.get('Job', namespace, 'queued-train'))?.spec.activeDeadlineSeconds;
    await eventually(async () => (await deadline()) === 900, deadline);
    expect(await suspended()).toBe(false);
    await apply('queued', { queueName: 'team-a', activeDeadlineSeconds: 900, suspend: true });
    await until('queued', 'Suspended');
    await eventually(async () => (await suspended()) === undefined, suspended);
    await apply('queued', { queueName: 'team-a', activeDeadlineSeconds: 900 });
    await until('queued', 'Queued');
  });
});
