import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../cluster/open-cluster.ts';
import { pollMs } from './node-address.ts';
import { smallWikiGpt } from './quickstart.ts';
import { minute, sharedNode, withoutNode, type Place, type SharedNode } from './shared-node.ts';

const namespaces = ['calm', 'evicted', 'killed'] as const;
// Long enough to be disturbed on a machine that has nothing else to do.
const training = { maxSteps: 400 };
const trainers = 'wikigpt.dev/fine-tune-job=wiki-gpt';

describe.skipIf(withoutNode)('training whose pod dies', () => {
  let node: SharedNode;
  beforeAll(async () => {
    node = await sharedNode();
    for (const name of namespaces) await node.namespace(name);
  });
  afterAll(() => node?.cluster.close());

  const statusOf = async (namespace: string) => (await node.cluster.get('FineTuneJob', namespace, 'wiki-gpt'))?.status;

  async function disturb(namespace: string, how: (pod: Place) => Promise<void>): Promise<string> {
    await eventually(
      async () => ((await statusOf(namespace))?.progress?.step ?? 0) >= 10,
      () => node.kubectl(['get', 'finetunejobs,pods', '-n', namespace]),
      4 * minute,
      pollMs,
    );
    const [pod] = await node.podsOf(namespace, trainers);
    const name = pod?.metadata.name ?? '';
    await how({ namespace, name });
    return name;
  }

  test('ends with the bytes of one that was left alone, evicted or killed', () =>
    node.timings.part('three trainings, one evicted, one killed', async () => {
      await node.apply(...namespaces.map((namespace) => smallWikiGpt(namespace, { training })));
      const [evicted, killed] = await Promise.all([
        disturb('evicted', (pod) => node.evict(pod)),
        disturb('killed', (pod) => node.killContainer(pod)),
      ]);
      const ends = await Promise.all(
        namespaces.map(async (namespace) => {
          await node.until('FineTuneJob', { namespace, name: 'wiki-gpt' }, 'Succeeded', 'Complete');
          const { progress, evaluation, artifact } = (await statusOf(namespace)) ?? {};
          return { loss: progress?.loss, step: progress?.step, scores: evaluation?.scores, digest: artifact?.digest };
        }),
      );
      expect(ends[0]).toMatchObject({ step: training.maxSteps, digest: expect.stringMatching(/^sha256:/) as string });
      expect(ends[1]).toEqual(ends[0]);
      expect(ends[2]).toEqual(ends[0]);
      const others = async (namespace: string, gone: string) =>
        (await node.podsOf(namespace, trainers)).filter(({ metadata }) => metadata.name !== gone);
      expect(await others('evicted', evicted)).not.toEqual([]);
      expect(await others('killed', killed)).not.toEqual([]);
      expect(await others('calm', '')).toHaveLength(1);
    }));
});
