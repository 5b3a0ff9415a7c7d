import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conformance } from '../../operator/src/cluster/conformance.ts';
import type { ApiKind, ApiObject } from '../../operator/src/cluster/kinds.ts';
import type { KubeCluster } from '../../operator/src/cluster/kube/kube-cluster.ts';
import { conditionOf } from '../../operator/src/controllers/condition.ts';
import { findPrograms } from '../../scripts/kube-binaries/find-programs.ts';
import { coredns, kubeNode, kubernetes } from '../../scripts/kube-binaries/program-sets.ts';
import { mustCall } from '../cluster/control-plane/api-request.ts';
import { eventually, openCluster } from '../cluster/open-cluster.ts';
import { createNamespace } from '../cluster/shared-control-plane.ts';
import { buildImages, images } from './images.ts';
import { whyNoNode } from './machine.ts';
import { operatorManifests, operatorNamespace } from './operator-manifests.ts';
import { startPrometheus, type Prometheus } from './prometheus.ts';
import { smallWikiGpt } from './quickstart.ts';
import { startRealNode, type RealNode } from './real-node.ts';
import { Timings } from './timings.ts';
import { localVolumes } from './volumes.ts';

const minute = 60_000;
const gpus = 2;
const why = await whyNoNode(process.env);
if (why !== undefined) console.error(`\nNO TEST ON A REAL NODE RUNS. ${why}\n`);

describe.skipIf(why !== undefined)('on a real node', () => {
  const timings = new Timings();
  let node: RealNode;
  let cluster: KubeCluster;
  let prometheus: Prometheus;
  let operatorBytes: number;

  const kubectl = async (args: readonly string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await node.controlPlane.kubectl(args, input === undefined ? {} : { input });
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  };
  const apply = (...objects: readonly object[]) =>
    kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const until = async (kind: ApiKind, namespace: string, name: string, type: string, ...reasons: string[]) => {
    let found: ApiObject | undefined;
    await eventually(
      async () => {
        found = await cluster.get(kind, namespace, name);
        return found !== undefined && reasons.includes(conditionOf(found, type)?.reason ?? '');
      },
      async () => ({ status: found?.status, pods: await kubectl(['get', 'pods', '-n', namespace, '-o', 'wide']) }),
      6 * minute,
    );
    return found as ApiObject;
  };
  const podsOf = (namespace: string, label: string) => cluster.list('Pod', { namespace, labels: labelOf(label) });
  const stepsOf = async (namespace: string) =>
    (await cluster.get('FineTuneJob', namespace, 'wiki-gpt'))?.status?.progress?.step ?? 0;
  const namespaces = {} as Record<'calm' | 'evicted' | 'killed', string>;

  beforeAll(async () => {
    const options = { environment: process.env, print: (line: string) => console.log(line) };
    const found = await timings.part('Kubernetes programs', async () => ({
      controlPlane: await findPrograms(kubernetes, options),
      node: await findPrograms(kubeNode, options),
      names: await findPrograms(coredns, options),
    }));
    const { controlPlane, node: programs, names } = found;
    if ('missing' in controlPlane) throw new Error(controlPlane.missing);
    if ('missing' in programs) throw new Error(programs.missing);
    if ('missing' in names) throw new Error(names.missing);
    const built = await buildImages(timings);
    operatorBytes = built.operatorBytes;
    node = await startRealNode({ controlPlane, node: programs, names }, { images: built.archives, gpus, timings });
    ({ cluster } = await openCluster(node.controlPlane.adminKubeconfig));
    await apply(...operatorManifests, ...localVolumes(node.folder, 16));
    await timings.part('operator installed and ready', () =>
      kubectl(['rollout', 'status', '-n', operatorNamespace, 'deployment/wikigpt-operator', '--timeout=55s']),
    );
    prometheus = await timings.part('Prometheus', () => startPrometheus(node));
    for (const name of ['calm', 'evicted', 'killed'] as const)
      namespaces[name] = await createNamespace(node.controlPlane, name);
  }, 40 * minute);

  afterAll(async () => {
    console.log(`\n${timings.table()}\n`);
    await cluster?.close();
    await node?.stop();
  }, minute);

  test('the image of the operator is small, and its pods are soon ready', async () => {
    expect(operatorBytes).toBeLessThan(150e6);
    timings.add(`(operator image: ${(operatorBytes / 1e6).toFixed(1)} MB compressed)`, 0);
    for (const pod of await podsOf(operatorNamespace, 'app=wikigpt-operator')) {
      const started = pod.status?.containerStatuses?.[0]?.state?.running?.startedAt ?? '';
      const ready = (
        pod.status?.conditions as readonly { type: string; lastTransitionTime: string }[] | undefined
      )?.find(({ type }) => type === 'Ready');
      timings.add(
        '(operator, from its start to ready)',
        (Date.parse(ready?.lastTransitionTime ?? '') - Date.parse(started)) / 1000,
      );
    }
  });

  test.concurrent.for(conformance.pods)('$name', { timeout: 3 * minute }, async ({ run }) => {
    const namespace = await createNamespace(node.controlPlane, 'pods');
    await expect(run({ cluster, namespace, image: images.fixture, withinMs: 2 * minute })).resolves.toBeUndefined();
  });

  test(
    'pods train; one is evicted and one killed, and all end with the same loss and scores',
    { timeout: 10 * minute },
    () =>
      timings.part('pods train', async () => {
        const { calm, evicted, killed } = namespaces;
        const trainers = 'wikigpt.dev/fine-tune-job=wiki-gpt';
        // Long enough to be disturbed on a machine that has nothing else to do.
        const training = { maxSteps: 400 };
        await apply(...Object.values(namespaces).map((namespace) => smallWikiGpt(namespace, { training })));
        const disturb = async (namespace: string, how: (pod: string) => Promise<unknown>) => {
          await eventually(
            async () => (await stepsOf(namespace)) >= 10,
            () => kubectl(['get', 'ftj,pods', '-n', namespace]),
            4 * minute,
          );
          const [pod] = await podsOf(namespace, trainers);
          const name = pod?.metadata.name ?? '';
          await how(name);
          return [namespace, name] as const;
        };
        const others = await Promise.all([
          disturb(evicted, (name) =>
            mustCall(node.controlPlane.admin, `/api/v1/namespaces/${evicted}/pods/${name}/eviction`, {
              method: 'POST',
              body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace: evicted, name } },
            }),
          ),
          disturb(killed, async (name) => {
            const id = await kubectl([
              'get',
              'pod',
              name,
              '-n',
              killed,
              '-o',
              'jsonpath={.status.containerStatuses[0].containerID}',
            ]);
            await node.inside('ctr', [
              '-n',
              'k8s.io',
              'task',
              'kill',
              '-s',
              'SIGKILL',
              id.replace('containerd://', ''),
            ]);
          }),
        ]);
        const ends = await Promise.all(
          Object.values(namespaces).map(async (namespace) => {
            await until('FineTuneJob', namespace, 'wiki-gpt', 'Succeeded', 'Complete');
            const { progress, evaluation } = (await cluster.get('FineTuneJob', namespace, 'wiki-gpt'))?.status ?? {};
            return { loss: progress?.loss, scores: evaluation?.scores };
          }),
        );
        expect(ends[0]?.loss).toMatch(/^\d/);
        expect(ends[1]).toEqual(ends[0]);
        expect(ends[2]).toEqual(ends[0]);
        for (const [namespace, disturbed] of others)
          expect((await podsOf(namespace, trainers)).some(({ metadata }) => metadata.name !== disturbed)).toBe(true);
        expect(await stepsOf(calm)).toBe(training.maxSteps);
      }),
  );

  test('Prometheus has what the operator says', { timeout: 10 * minute }, () =>
    timings.part('Prometheus has what the operator says', async () => {
      const pods = await podsOf(operatorNamespace, 'app=wikigpt-operator');
      prometheus.scrape(pods.map(({ status }) => `${(status as { podIP?: string }).podIP}:8080`));
      for (const query of ['sum(wikigpt_api_calls_total) > 0', 'sum(wikigpt_reconcile_seconds_count) > 0'])
        await eventually(
          async () => (await prometheus.query(query)).length > 0,
          async () => ({ query, targets: await prometheus.targets() }),
          30_000,
        );
    }),
  );

  test('devices: those that exist are given, more than exist are waited for', { timeout: 10 * minute }, () =>
    timings.part('devices', async () => {
      const namespace = await createNamespace(node.controlPlane, 'devices');
      const asks = (count: number) => ({
        resources: {
          mode: 'Auto',
          requests: undefined,
          limits: undefined,
          accelerator: { type: 'nvidia.com/gpu', count },
        },
      });
      await apply(smallWikiGpt(namespace, { ...asks(gpus + 1) }));
      // Before that its claims were waited for.
      const messageNow = async () => {
        const job = await cluster.get('FineTuneJob', namespace, 'wiki-gpt');
        return job && conditionOf(job, 'Succeeded')?.message;
      };
      await eventually(
        async () => /Insufficient nvidia\.com\/gpu/.test((await messageNow()) ?? ''),
        messageNow,
        minute,
      );
      await until('FineTuneJob', namespace, 'wiki-gpt', 'Succeeded', 'Unschedulable');
      await kubectl(['delete', 'ftj', 'wiki-gpt', '-n', namespace, '--timeout=50s']);
      await apply(smallWikiGpt(namespace, { ...asks(gpus), training: { maxSteps: 2 } }));
      await until('FineTuneJob', namespace, 'wiki-gpt', 'Succeeded', 'Running', 'Complete');
      await kubectl(['delete', 'ftj', 'wiki-gpt', '-n', namespace, '--timeout=50s']);
    }),
  );

  test('a trainer that is out of memory says so', { timeout: 10 * minute }, () =>
    timings.part('a trainer that is out of memory says so', async () => {
      const namespace = await createNamespace(node.controlPlane, 'memory');
      const resources = { requests: { memory: '64Mi' }, limits: { memory: '64Mi' } };
      await apply(smallWikiGpt(namespace, { resources, backoffLimit: 0 }));
      const job = await until('FineTuneJob', namespace, 'wiki-gpt', 'Succeeded', 'OutOfMemory');
      expect(conditionOf(job, 'Succeeded')?.status).toBe('False');
    }),
  );
});

const labelOf = (text: string): Record<string, string> => {
  const [key = '', value = ''] = text.split('=');
  return { [key]: value };
};
