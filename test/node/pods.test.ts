import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conformance } from '../../operator/src/cluster/conformance.ts';
import { conditionOf } from '../../operator/src/controllers/condition.ts';
import { eventually } from '../cluster/open-cluster.ts';
import { createNamespace, sharedControlPlane } from '../cluster/shared-control-plane.ts';
import { images } from './images.ts';
import { gpus, pollMs } from './node-address.ts';
import { smallWikiGpt } from './quickstart.ts';
import { minute, sharedNode, withoutNode, type SharedNode } from './shared-node.ts';

describe.skipIf(withoutNode)('pods on a real node', () => {
  let node: SharedNode;
  beforeAll(async () => {
    node = await sharedNode();
  });
  afterAll(() => node?.cluster.close());

  const until = (namespace: string, ...reasons: string[]) =>
    node.until('FineTuneJob', { namespace, name: 'wiki-gpt' }, 'Succeeded', ...reasons);
  const remove = (namespace: string) =>
    node.kubectl(['delete', 'finetunejob', 'wiki-gpt', '-n', namespace, '--timeout=50s']);

  test.concurrent.for(conformance.pods)('$name', { timeout: 4 * minute }, async ({ run }) => {
    // Its pods ask for nothing, not even to be restricted.
    const namespace = await createNamespace(sharedControlPlane(), 'pods');
    const context = { cluster: node.cluster, namespace, image: images.fixture, withinMs: 3 * minute };
    await expect(run(context)).resolves.toBeUndefined();
  });

  test('are given the devices that exist, and wait for more than exist', async () => {
    const namespace = await node.namespace('devices');
    const asks = (count: number) => ({
      resources: {
        mode: 'Auto',
        requests: undefined,
        limits: undefined,
        accelerator: { type: 'nvidia.com/gpu', count },
      },
    });
    await node.apply(smallWikiGpt(namespace, { ...asks(gpus + 1) }));
    // Before that its claims were waited for.
    const messageNow = async () => {
      const job = await node.cluster.get('FineTuneJob', namespace, 'wiki-gpt');
      return job && conditionOf(job, 'Succeeded')?.message;
    };
    await eventually(
      async () => /Insufficient nvidia\.com\/gpu/.test((await messageNow()) ?? ''),
      messageNow,
      2 * minute,
      pollMs,
    );
    await until(namespace, 'Unschedulable');
    await remove(namespace);
    await node.apply(smallWikiGpt(namespace, { ...asks(gpus), training: { maxSteps: 2 } }));
    await until(namespace, 'Running', 'Complete');
    await remove(namespace);
  });

  test('that are out of memory say so', async () => {
    const namespace = await node.namespace('memory');
    const resources = { requests: { memory: '64Mi' }, limits: { memory: '64Mi' } };
    await node.apply(smallWikiGpt(namespace, { resources, backoffLimit: 0 }));
    const job = await until(namespace, 'OutOfMemory');
    expect(conditionOf(job, 'Succeeded')?.status).toBe('False');
  });
});
