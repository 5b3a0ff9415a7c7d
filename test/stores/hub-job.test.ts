import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fineTuneTask } from '@wikigpt/schema/task.ts';
import { expect, onTestFinished, test } from 'vitest';
import { startContainer } from './container.ts';
import { hubToken, startHubStandIn } from './hub-stand-in.ts';
import { tinyModelFiles } from './tiny-model.ts';

test('a job tunes a private model of a hub on data of a hub, and its result names the commit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hub-job-'));
  const hub = await startHubStandIn();
  onTestFinished(async () => {
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const files = await tinyModelFiles(folder);
  const commit = hub.commit('org/tiny', { files, access: 'Private' }, 'v1');
  const rows = ['cat', 'dog', 'cow', 'owl', 'bee', 'fox', 'hen', 'ant', 'elk', 'emu'].map((animal, i) => ({
    question: `What does the ${animal} do?`,
    answer: ['purrs', 'barks', 'moos', 'hoots'][i % 4],
  }));
  hub.commit('org/animals', {
    type: 'dataset',
    files: { 'qa.jsonl': rows.map((row) => `${JSON.stringify(row)}\n`).join('') },
  });

  const root = join(folder, 'pod');
  await mkdir(join(root, 'mnt/pvc/results'), { recursive: true });
  const secretRef = { name: 'hub' };
  const base = { uri: 'hf://org/tiny', revision: 'v1', secretRef };
  const task = fineTuneTask.parse({
    apiVersion: 'wikigpt.dev/v1alpha1',
    kind: 'FineTuneJob',
    metadata: { namespace: 'default', name: 'tuned', uid: '1' },
    spec: {
      base,
      training: { maxSteps: 2, batchTokens: 128, sequenceLength: 64 },
      data: {
        sources: [{ uri: 'hf://datasets/org/animals@main/qa.jsonl', format: 'qa', secretRef }],
        split: { testPercent: 20, validationPercent: 10 },
        clean: { maxLeakagePercent: 100 },
      },
      method: { lora: { rank: 2, alpha: 4 } },
      evaluation: { metrics: ['Perplexity'], decoding: { maxNewTokens: 4 } },
      output: { formats: ['Adapter', 'Merged'] },
    },
    base,
    output: { uri: 'pvc://results/tuned' },
  });
  const secret = { HF_TOKEN: hubToken, ...hub.environment };
  await (await startContainer(root, 'train', task, { hub: secret })).succeeds();
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(root, 'mnt/pvc/results/tuned', name), 'utf8'));
  expect(await read('wikigpt.json')).toMatchObject({ base: { uri: `hf://org/tiny@${commit}` } });
  expect(await read('adapter/adapter_config.json')).toMatchObject({
    base_model_name_or_path: 'org/tiny',
    revision: commit,
  });
});
