import assert from 'node:assert/strict';
import type { Deployment, Job, Volume } from '../objects.ts';
import { configMap, holds, job, podsOf, podTemplate, until, type CaseContext, type ConformanceCase } from './case.ts';

const isDone = (object: Job | undefined) => holds(object, 'Complete') || holds(object, 'Failed');
const reasonOf = (object: Job) => object.status?.conditions?.find(({ type }) => type === 'Failed')?.reason;

async function runJob(context: CaseContext, name: string, args: readonly string[], spec: Partial<Job['spec']> = {}) {
  await context.cluster.apply(job(context.namespace, name, podTemplate(context.image, args), spec), 'test');
  const ended = await until(context, 'Job', name, isDone);
  return { ended, pods: await podsOf(context, ended.metadata.uid) };
}

async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

/** What every implementation with a node that runs programs must do with pods. */
export const podCases: readonly ConformanceCase[] = [
  {
    name: 'a Job is Complete when its pod ends with 0',
    run: async (context) => {
      const { ended, pods } = await runJob(context, 'fine', ['exit', '0']);
      assert.ok(holds(ended, 'Complete'));
      assert.equal(ended.status?.succeeded, 1);
      assert.deepEqual(
        pods.map(({ status }) => status?.phase),
        ['Succeeded'],
      );
    },
  },
  {
    name: 'an exit code that the failure policy names fails the Job at once, with the pod’s last words kept',
    run: async (context) => {
      const { ended, pods } = await runJob(context, 'fatal', ['exit', '65', 'DataInvalid: three bad records.'], {
        backoffLimit: 3,
        podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [64, 65] } }] },
      });
      assert.equal(reasonOf(ended), 'PodFailurePolicy');
      assert.equal(pods.length, 1);
      const { terminated } = pods[0]?.status?.containerStatuses?.[0]?.state ?? {};
      assert.equal(terminated?.exitCode, 65);
      assert.equal(terminated?.message, 'DataInvalid: three bad records.');
    },
  },
  {
    name: 'other failures are tried again up to backoffLimit',
    run: async (context) => {
      const { ended, pods } = await runJob(context, 'retried', ['exit', '70'], { backoffLimit: 1 });
      assert.equal(reasonOf(ended), 'BackoffLimitExceeded');
      assert.equal(ended.status?.failed, 2);
      assert.equal(pods.length, 2);
    },
  },
  {
    name: 'a suspended Job ends its pod and a resumed one runs again',
    run: async (context) => {
      const { cluster, namespace, image } = context;
      const running = job(namespace, 'paused', podTemplate(image, ['sleep']));
      const made = await cluster.apply(running, 'test');
      await until(context, 'Job', 'paused', (object) => object?.status?.active === 1);
      await cluster.apply({ ...running, spec: { ...running.spec, suspend: true } }, 'test');
      await until(context, 'Job', 'paused', (object) => holds(object, 'Suspended'));
      for (const pod of await podsOf(context, made.metadata.uid))
        await until(context, 'Pod', pod.metadata.name, (object) => object === undefined);
      await cluster.apply({ ...running, spec: { ...running.spec, suspend: false } }, 'test');
      await until(context, 'Job', 'paused', (object) => object?.status?.active === 1);
      await cluster.remove({ kind: 'Job', namespace, name: 'paused' });
    },
  },
  {
    name: 'a Job past its deadline fails, and its pod ends',
    run: async (context) => {
      const { ended, pods } = await runJob(context, 'late', ['sleep'], { activeDeadlineSeconds: 1 });
      assert.equal(reasonOf(ended), 'DeadlineExceeded');
      for (const pod of pods) await until(context, 'Pod', pod.metadata.name, (object) => object === undefined);
    },
  },
  {
    name: 'a pod sees its ConfigMap and its volume, and its log can be read',
    run: async (context) => {
      const { cluster, namespace, image } = context;
      await cluster.apply(configMap(namespace, 'letter', { 'text.txt': '你好, pod' }), 'test');
      const volumes: Volume[] = [{ name: 'letter', configMap: { name: 'letter' } }];
      const volumeMounts = [{ name: 'letter', mountPath: '/etc/letter' }];
      const template = podTemplate(image, ['print', 'etc/letter/text.txt'], { volumes }, { volumeMounts });
      await cluster.apply(job(namespace, 'reader', template), 'test');
      const ended = await until(context, 'Job', 'reader', isDone);
      const [pod] = await podsOf(context, ended.metadata.uid);
      assert.equal(await textOf(cluster.logs(namespace, pod?.metadata.name ?? '')), '你好, pod\n');
    },
  },
  {
    name: 'a projected token says which pod it belongs to, for its audience alone, while the pod lives',
    run: async (context) => {
      const { cluster, namespace, image } = context;
      const serviceAccountToken = { audience: 'test.example', path: 'token', expirationSeconds: 3600 };
      const volumes: Volume[] = [{ name: 'token', projected: { sources: [{ serviceAccountToken }] } }];
      const volumeMounts = [{ name: 'token', mountPath: '/var/run/secrets/test' }];
      const args = ['print-and-sleep', 'var/run/secrets/test/token'];
      await cluster.apply(job(namespace, 'bearer', podTemplate(image, args, { volumes }, { volumeMounts })), 'test');
      const active = await until(context, 'Job', 'bearer', (object) => object?.status?.active === 1);
      const [pod] = await podsOf(context, active.metadata.uid);
      const name = pod?.metadata.name ?? '';
      let token = '';
      for await (const chunk of cluster.logs(namespace, name, { follow: true })) {
        token += chunk;
        if (token.includes('\n')) break;
      }
      const owner = { namespace, pod: name, podUid: pod?.metadata.uid };
      assert.deepEqual(await cluster.reviewToken(token.trim(), 'test.example'), owner);
      assert.equal(await cluster.reviewToken(token.trim(), 'other.example'), undefined);
      assert.equal(await cluster.reviewToken('made-up', 'test.example'), undefined);
      await cluster.remove({ kind: 'Job', namespace, name: 'bearer' });
      await until(context, 'Pod', name, (object) => object === undefined);
      // An API server may go on trusting for some seconds a token that it has just seen.
      const last = performance.now() + (context.withinMs ?? 0);
      while ((await cluster.reviewToken(token.trim(), 'test.example')) !== undefined) {
        assert.ok(performance.now() < last, 'the token outlives its pod');
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    },
  },
  {
    name: 'a Deployment keeps its pods ready and replaces them without a gap',
    run: async (context) => {
      const { cluster, namespace, image } = context;
      const deployment = (env: string): Deployment => ({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { namespace, name: 'web' },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: 'conformance' } },
          template: podTemplate(
            image,
            ['serve'],
            { restartPolicy: 'Always' },
            {
              env: [
                { name: 'VERSION', value: env },
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              ],
              ports: [{ name: 'http', containerPort: 8080 }],
              readinessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 1 },
            },
          ),
        },
      });
      const isReady = (object: Deployment | undefined) =>
        object?.status?.readyReplicas === 1 &&
        object.status.updatedReplicas === 1 &&
        object.status.observedGeneration === object.metadata.generation;
      await cluster.apply(deployment('1'), 'test');
      const first = await until(context, 'Deployment', 'web', isReady);
      let fewest = Infinity;
      const watch = cluster.watch('Deployment', { namespace }, ({ object }) => {
        fewest = Math.min(fewest, object.status?.readyReplicas ?? 0);
      });
      const [before] = await podsOf(context, first.metadata.uid);
      await cluster.apply(deployment('2'), 'test');
      await until(context, 'Pod', before?.metadata.name ?? '', (object) => object === undefined);
      watch.close();
      assert.equal(fewest, 1);
      await cluster.remove({ kind: 'Deployment', namespace, name: 'web' });
    },
  },
];
