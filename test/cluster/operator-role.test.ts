import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chatModelSpec } from '@wikigpt/schema/chat-model.ts';
import { fineTuneJob } from '../../operator/src/cluster/conformance/case.ts';
import type { ApiKind, ChatModel, DistillJob, FineTuneJob } from '../../operator/src/cluster/kinds.ts';
import type { KubeCluster } from '../../operator/src/cluster/kube/kube-cluster.ts';
import { servesKind } from '../../operator/src/cluster/kube/serves-kind.ts';
import { conditionOf } from '../../operator/src/controllers/condition.ts';
import { distillJob } from '../../operator/src/controllers/manifests.suite.ts';
import { grantedRights, usedRights } from './control-plane/rights.ts';
import { mustCall } from './control-plane/api-request.ts';
import { installHttpRoute } from './http-route-definition.ts';
import { eventually, openCluster } from './open-cluster.ts';
import {
  mountServiceAccount,
  startOperatorProcess,
  type OperatorHome,
  type OperatorProcess,
} from './operator/operator-process.ts';
import { operatorRole } from './operator/role.ts';
import { PodStandIn, reports, sendReport } from './operator/trainer-stand-in.ts';
import { createNamespace, sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

/** Used only when somebody else changes an object between two moments; a test cannot make that happen at will. */
const onlyAfterAConflict = ['chatmodels', 'distilljobs', 'finetunejobs'].map((plural) => `wikigpt.dev/${plural} get`);

describe.skipIf(withoutControlPlane)('the role of the operator', () => {
  let cluster: KubeCluster;
  let home: OperatorHome;
  let operator: OperatorProcess;
  let namespace: string;
  const digest = (start: string) => `sha256:${start.padEnd(64, '0')}`;

  beforeAll(async () => {
    const access = sharedControlPlane();
    namespace = await createNamespace(access, 'role');
    ({ cluster } = await openCluster(access.adminKubeconfig));
    for (const kind of ['FineTuneJob', 'DistillJob', 'ChatModel', 'Deployment', 'Service', 'Job', 'Pod'] as const)
      cluster.watch(kind, { namespace }, () => undefined);
    const own = await createNamespace(access, 'role-operator');
    home = { serviceAccount: await mountServiceAccount(access, own), namespace: own, url: access.url };
    await mustCall(access.admin, `/api/v1/namespaces/${namespace}/configmaps`, {
      method: 'POST',
      body: { metadata: { name: 'facts' }, data: { 'texts.jsonl': '{"text":"a"}\n' } },
    });
    const { cluster: asked } = await openCluster(access.adminKubeconfig);
    expect(await servesKind(asked.rest, 'HTTPRoute')).toBe(false);
    await installHttpRoute(access.admin);
    expect(await servesKind(asked.rest, 'HTTPRoute')).toBe(true);
    await asked.close();
    operator = startOperatorProcess(home, { watchNamespace: namespace });
  });
  afterAll(async () => {
    await operator.stop();
    await cluster.close();
  });

  const until = (kind: ApiKind, name: string, type: string, reason: string) =>
    eventually(
      async () => {
        const object = await cluster.get(kind, namespace, name);
        return object !== undefined && conditionOf(object, type)?.reason === reason;
      },
      () => cluster.get(kind, namespace, name),
      30_000,
    );
  const podOf = async (label: string, value: string) => {
    const find = async () => (await cluster.list('Pod', { namespace, labels: { [label]: value } })).at(-1);
    await eventually(async () => (await find()) !== undefined, find);
    return new PodStandIn(sharedControlPlane(), (await find()) as NonNullable<Awaited<ReturnType<typeof find>>>);
  };

  /** Trains a job to its end, with a result of that digest. */
  async function train(name: string, result: string, spec: Partial<FineTuneJob['spec']> = {}): Promise<void> {
    const job = fineTuneJob(namespace, name);
    await cluster.apply({ ...job, spec: { ...job.spec, ...spec } }, 'user');
    const node = await podOf('wikigpt.dev/fine-tune-job', name);
    await node.runs();
    const token = await node.token();
    for (const report of reports) {
      const { artifact } = report;
      const own = artifact ? { ...report, artifact: { ...artifact, digest: digest(result) } } : report;
      await sendReport(() => operator.url(), { namespace, name }, token, own);
    }
    await node.ends(0);
    if (spec.ttlSecondsAfterFinished === undefined) await until('FineTuneJob', name, 'Succeeded', 'Complete');
  }

  const serve = (job: string): ChatModel => ({
    apiVersion: 'wikigpt.dev/v1alpha1',
    kind: 'ChatModel',
    metadata: { namespace, name: 'chat' },
    spec: chatModelSpec.parse({
      model: { fromJob: { name: job } },
      rollout: { historyLimit: 1 },
      // The API server keeps these in other words.
      resources: { mode: 'Manual', requests: { cpu: '0.5', memory: '1.5Gi' } },
    }),
  });
  const revisions = async () =>
    (await cluster.list('Deployment', { namespace }))
      .map(({ metadata, spec }) => `${metadata.name} ${spec.replicas}`)
      .sort();

  test('a model is served, and a new one takes over when its pods answer', { timeout: 120_000 }, async () => {
    for (const [name, result] of [
      ['one', 'aaaa'],
      ['two', 'bbbb'],
      ['three', 'cccc'],
    ] as const) {
      await train(name, result);
      await cluster.apply(serve(name), 'user');
      await (await podOf('wikigpt.dev/revision', `chat-${result}0000`)).runs();
      await eventually(
        async () => (await cluster.get('ChatModel', namespace, 'chat'))?.status?.digest === digest(result),
        () => cluster.get('ChatModel', namespace, 'chat'),
      );
    }
    const service = await cluster.get('Service', namespace, 'chat');
    expect(service?.spec.selector['wikigpt.dev/revision']).toBe('chat-cccc0000');
    await eventually(async () => (await revisions()).join() === 'chat-bbbb0000 0,chat-cccc0000 1', revisions);
    let writes = 0;
    while (writes !== operator.writes.length) {
      writes = operator.writes.length;
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
    const labels = { nobody: 'asked' };
    await cluster.apply({ ...serve('three'), metadata: { ...serve('three').metadata, labels } }, 'user');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(operator.writes.slice(writes)).toEqual([]);
  });

  test('a service is scaled by kubectl, exposed, followed by load, and plain again', async () => {
    const access = sharedControlPlane();
    const kubectl = async (...args: string[]) => {
      const { code, stdout, stderr } = await access.kubectl(['--namespace', namespace, ...args]);
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
      return stdout.trim();
    };
    const edit = (spec: object) => kubectl('patch', 'chm', 'chat', '--type=merge', '-p', JSON.stringify({ spec }));
    const beside = async () =>
      (await kubectl('get', 'pdb,hpa,ing,httproute', '-o', 'name')).split('\n').filter(Boolean);
    const shows = (...names: string[]) => eventually(async () => (await beside()).join() === names.join(), beside);
    const read = (field: string) => kubectl('get', 'chm', 'chat', '-o', `jsonpath={${field}}`);
    await kubectl('scale', 'chm', 'chat', '--replicas=2');
    await shows('poddisruptionbudget.policy/chat');
    await eventually(async () => (await revisions()).includes('chat-cccc0000 2'), revisions);
    await eventually(
      async () => (await read('.status.replicas')) === '2',
      () => read('.status'),
    );
    const selected = await kubectl('get', 'pods', '-o', 'name', '-l', await read('.status.selector'));
    expect(selected.split('\n')).toHaveLength(2);

    await edit({ expose: { ingress: { host: 'chat.example.org', tlsSecretName: 'tls', annotations: { a: 'b' } } } });
    await shows('poddisruptionbudget.policy/chat', 'ingress.networking.k8s.io/chat');
    await eventually(
      async () => (await read('.status.url')) === 'https://chat.example.org',
      () => read('.status'),
    );
    const annotation = () => kubectl('get', 'ing', 'chat', '-o', 'jsonpath={.metadata.annotations.a}');
    expect(await annotation()).toBe('b');
    await edit({ expose: { ingress: { annotations: null } } });
    await eventually(async () => (await annotation()) === '', annotation);

    const httpRoute = { hostnames: ['chat.example.org'], parentRefs: [{ name: 'public' }], scheme: 'http' };
    await edit({ expose: { ingress: null, httpRoute } });
    await shows('poddisruptionbudget.policy/chat', 'httproute.gateway.networking.k8s.io/chat');
    const parent = () => kubectl('get', 'httproute', 'chat', '-o', 'jsonpath={.spec.parentRefs[0]}');
    for (const parentRefs of [[{ name: 'public', sectionName: 'https' }], [{ name: 'public' }]]) {
      await edit({ expose: { httpRoute: { parentRefs } } });
      await eventually(async () => (await parent()) === JSON.stringify(parentRefs[0]), parent);
    }
    await edit({ expose: null, replicas: null, autoscaling: { minReplicas: 1, maxReplicas: 3 } });
    await shows('horizontalpodautoscaler.autoscaling/chat');
    // What an autoscaler does: it speaks to the scale subresource of the Deployment that it names.
    await kubectl('scale', 'deploy', 'chat-cccc0000', '--replicas=3');
    await eventually(
      async () => (await read('.status.replicas')) === '3',
      () => read('.status'),
    );
    expect(await revisions()).toContain('chat-cccc0000 3');
    await edit({ autoscaling: null, replicas: 1 });
    await shows();
    await eventually(async () => (await revisions()).includes('chat-cccc0000 1'), revisions);
  });

  test('a student learns from the result of another job, is compared with it, and goes', async () => {
    const draft = distillJob('small', { teacher: { fromJob: { name: 'teacher' } } });
    const job: DistillJob = { ...draft, metadata: { namespace, name: 'small' } };
    await cluster.apply(job, 'user');
    await until('DistillJob', 'small', 'Succeeded', 'WaitingForModel');
    await train('teacher', 'eeee');
    const node = await podOf('wikigpt.dev/distill-job', 'small');
    await node.runs();
    const token = await node.token();
    const score = { value: '0.9', low: '0.8', high: '1' };
    const report = { metric: 'F1', teacher: score, student: score, retainedPercent: '100', sizeRatio: '2' } as const;
    for (const told of [...reports, { report }])
      await sendReport(() => operator.url(), { namespace, name: 'small', plural: 'distilljobs' }, token, told);
    await node.ends(0);
    await until('DistillJob', 'small', 'Succeeded', 'Complete');
    const task = await cluster.get('ConfigMap', namespace, 'small-distill-task');
    expect(JSON.parse(task?.data?.['task.json'] ?? '')).toMatchObject({
      teacher: { digest: digest('eeee') },
      student: null,
    });
    const done = await cluster.get('DistillJob', namespace, 'small');
    expect(done?.status).toMatchObject({ teacher: 'teacher', student: 'shrink', method: 'Full', report });
    await cluster.apply({ ...job, spec: { ...job.spec, ttlSecondsAfterFinished: 0 } }, 'user');
    await eventually(
      async () => (await cluster.get('DistillJob', namespace, 'small')) === undefined,
      () => cluster.get('DistillJob', namespace, 'small'),
    );
  });

  test('a job goes when its time has come, and one whose pod never ran fails and stops waiting', async () => {
    await train('brief', 'dddd', { ttlSecondsAfterFinished: 1 });
    await eventually(
      async () => (await cluster.get('FineTuneJob', namespace, 'brief')) === undefined,
      () => cluster.get('FineTuneJob', namespace, 'brief'),
    );
    const late = fineTuneJob(namespace, 'late');
    await cluster.apply({ ...late, spec: { ...late.spec, preRunningDeadlineSeconds: 1 } }, 'user');
    await until('FineTuneJob', 'late', 'Succeeded', 'DeadlineExceeded');
    await eventually(
      async () => (await cluster.get('Job', namespace, 'late-train')) === undefined,
      () => cluster.get('Job', namespace, 'late-train'),
    );
  });

  test('a pod that is not of the job is refused', async () => {
    const access = sharedControlPlane();
    const pod = await mustCall<{ metadata: { uid: string } }>(access.admin, `/api/v1/namespaces/${namespace}/pods`, {
      method: 'POST',
      body: { metadata: { name: 'stranger' }, spec: { containers: [{ name: 'main', image: 'none' }] } },
    });
    const { uid } = pod.metadata;
    const node = new PodStandIn(access, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name: 'stranger', uid },
      spec: { containers: [] },
    });
    const path = `/v1alpha1/namespaces/${namespace}/finetunejobs/one/progress`;
    const answer = await fetch(`${operator.url()}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await node.token()}` },
      body: '{}',
    });
    expect(answer.status).toBe(403);
  });

  test('the next process counts on events that the one before has written', async () => {
    const waits = fineTuneJob(namespace, 'waits');
    const sources = [
      { ...waits.spec.data.sources[0], uri: 'configmap://nowhere/texts.jsonl', format: 'text' as const },
    ];
    await cluster.apply({ ...waits, spec: { ...waits.spec, data: { ...waits.spec.data, sources } } }, 'user');
    const counts = async () =>
      (await cluster.list('Event', { namespace }))
        .filter(({ involvedObject: { kind, name } }) => kind === 'FineTuneJob' && name === 'waits')
        .map(({ reason, count }) => `${reason} ${count}`)
        .join();
    await eventually(async () => (await counts()) === 'Pending 1', counts);
    await operator.stop();
    // Its state is taken away and found again, and so is told again.
    await mustCall(
      sharedControlPlane().admin,
      `/apis/wikigpt.dev/v1alpha1/namespaces/${namespace}/finetunejobs/waits/status`,
      { method: 'PATCH', contentType: 'application/merge-patch+json', body: { status: { conditions: null } } },
    );
    operator = startOperatorProcess(home, { watchNamespace: namespace });
    await until('FineTuneJob', 'waits', 'Succeeded', 'Pending');
    await eventually(async () => (await counts()) === 'Pending 2', counts);
    expect(await counts()).toBe('Pending 2');
  });

  test('is what the operator needs, and no more', async () => {
    const user = `system:serviceaccount:${home.namespace}:operator`;
    const calls = (await sharedControlPlane().auditedCalls()).filter(({ user: { username } }) => username === user);
    expect(calls.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
    // An apply that makes an object is a patch in the audit and needs the right to create as well.
    const made = calls.filter(({ verb, responseStatus }) => verb === 'patch' && responseStatus?.code === 201);
    const used = usedRights([...calls, ...made.map((call) => ({ ...call, verb: 'create' }))]);
    expect([...new Set([...used, ...onlyAfterAConflict])].sort()).toEqual(grantedRights(operatorRole));
    expect(operator.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
