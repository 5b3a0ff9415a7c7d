import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiKind } from '../../operator/src/cluster/kinds.ts';
import { conditionOf } from '../../operator/src/controllers/condition.ts';
import { eventually } from '../cluster/open-cluster.ts';
import { askInCluster } from './ask-in-cluster.ts';
import { askDashboards, resultTable } from './dashboard-queries.ts';
import { imageTag, previousTag } from './images.ts';
import { pollMs } from './node-address.ts';
import { smallQuickstart } from './quickstart.ts';
import { formerName, helmTest, operatorLabel, systemNamespace, upgrade } from './release.ts';
import { minute, sharedNode, withoutNode, type SharedNode } from './shared-node.ts';

const team = 'team';
const questions = ['日本的首都是哪里？', 'What is the capital of Russia?'];
// This machine has no GPU, and nobody exports any.
const silentPanels = /GPU/;

// The tests are the steps of one story: what somebody does who has a cluster and this repository.
describe.skipIf(withoutNode)('a newcomer with Helm and kubectl', () => {
  const began = performance.now();
  let node: SharedNode;
  let before: Awaited<ReturnType<typeof askInCluster>>;
  beforeAll(async () => {
    node = await sharedNode();
    await node.namespace(team);
  });
  afterAll(() => node?.cluster.close());

  const trainers = (job: string) => node.podsOf(team, `wikigpt.dev/fine-tune-job=${job}`);
  const jobOf = async (name: string) => (await node.cluster.get('FineTuneJob', team, name))?.status;
  const until = (kind: ApiKind, name: string, type: string, ...reasons: string[]) =>
    node.until(kind, { namespace: team, name }, type, ...reasons);
  const ask = (as: string) => askInCluster(node, { namespace: team, name: 'country' }, { as, questions });
  const imagesOf = (pods: Awaited<ReturnType<typeof trainers>>) =>
    pods.map(({ spec }) => spec?.containers[0]?.image.split(':').at(-1));

  test('has an operator that is small and soon ready', async () => {
    node.timings.add('operator image, compressed', `${(node.operatorBytes / 1e6).toFixed(1)} MB`);
    expect(node.operatorBytes).toBeLessThan(150e6);
    const pods = await node.podsOf(systemNamespace, operatorLabel);
    expect(pods).toHaveLength(2);
    for (const { status } of pods) {
      const conditions = (status?.conditions ?? []) as readonly { type: string; lastTransitionTime: string }[];
      const ready = conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '';
      const started = status?.containerStatuses?.[0]?.state?.running?.startedAt ?? '';
      const seconds = (Date.parse(ready) - Date.parse(started)) / 1000;
      node.timings.add('operator, from the start of its container to ready', `${seconds.toFixed(0)} s`);
      expect(seconds).toBeGreaterThanOrEqual(0);
    }
    expect(await helmTest(node.helm)).toMatch(/Phase:\s+Succeeded/);
  });

  test('applies the quickstart, and upgrades while it trains: no running job notices', async () => {
    const folder = mkdtempSync(path.join(node.helm.folder, 'quickstart-'));
    for (const manifest of smallQuickstart(team))
      writeFileSync(path.join(folder, `${manifest.metadata.name}.json`), JSON.stringify(manifest));
    await node.kubectl(['apply', '-n', team, '-f', folder]);
    expect(await node.kubectl(['get', formerName, '-n', team, '-o', 'name'])).toContain('wiki-gpt');
    await eventually(
      async () => ((await jobOf('wiki-gpt'))?.progress?.step ?? 0) > 20,
      async () => ({ status: await jobOf('wiki-gpt'), events: await node.kubectl(['get', 'events', '-n', team]) }),
      4 * minute,
      pollMs,
    );
    await node.timings.part('helm upgrade, until the new operator is ready', () => upgrade(node.helm));
    expect((await jobOf('wiki-gpt'))?.progress?.step).toBeLessThan(600);
    await expect(node.kubectl(['get', formerName, '-n', team])).rejects.toThrow("doesn't have a resource type");
    await node.timings.part('a small Wiki-GPT, pretrained', () =>
      until('FineTuneJob', 'wiki-gpt', 'Succeeded', 'Complete'),
    );
    const pods = await trainers('wiki-gpt');
    expect(imagesOf(pods)).toEqual([previousTag]);
    expect(pods[0]?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0 });
  });

  test('gets a model that passes its gate, and a service', async () => {
    await node.timings.part('the tuning, until the gate has passed', () =>
      until('FineTuneJob', 'country-qa', 'Succeeded', 'Complete'),
    );
    expect((await jobOf('country-qa'))?.evaluation).toMatchObject({ gate: 'Passed' });
    expect(imagesOf(await trainers('country-qa'))).toEqual([imageTag]);
    await node.timings.part('the ChatModel, until it is ready', () => until('ChatModel', 'country', 'Ready', 'Ready'));
  });

  test('chats from inside the cluster through the Service', async () => {
    before = await node.timings.part('a chat from another pod', () => ask('client'));
    expect(before.models).toEqual(['country']);
    expect(before.answers.map(({ question }) => question)).toEqual(questions);
    for (const { answer, streamed } of before.answers) {
      expect(answer.trim()).not.toBe('');
      expect(streamed).toBe(answer);
    }
    expect(before.refused).toBe('404 model_not_found');
    console.log(before.answers.map(({ question, answer }) => `${question} -> ${answer}`).join('\n'));
  });

  test('keeps the old revision when the new one cannot serve, and goes back', async () => {
    const patch = (model: object) =>
      node.kubectl([
        'patch',
        'chatmodel',
        'country',
        '-n',
        team,
        '--type=merge',
        '-p',
        JSON.stringify({ spec: { model } }),
      ]);
    const uri = (await jobOf('wiki-gpt'))?.artifact?.uri.replace(/[^/]+$/, 'nothing') ?? '';
    await patch({ fromJob: null, uri });
    const behind = await until('ChatModel', 'country', 'UpToDate', 'ModelIncompatible');
    expect(conditionOf(behind, 'UpToDate')?.message).toContain('is not there');
    expect(conditionOf(behind, 'Ready')).toMatchObject({ status: 'True' });
    expect((await ask('client-meanwhile')).answers).toEqual(before.answers);
    await patch({ fromJob: { kind: 'FineTuneJob', name: 'country-qa' }, uri: null });
    await until('ChatModel', 'country', 'UpToDate', 'Ready');
  });

  test('sees data in every panel of the dashboards', async () => {
    const results = await askDashboards(node, Math.ceil((performance.now() - began) / 1000) + 30);
    console.log(`\n${resultTable(results)}\n`);
    const empty = results.filter(({ series }) => series.length === 0).map(({ panel }) => panel);
    expect(empty.filter((panel) => !silentPanels.test(panel))).toEqual([]);
    expect(results.length).toBeGreaterThan(30);
  });
});
