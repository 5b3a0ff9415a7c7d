import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startHubStandIn } from './hub-stand-in.ts';
import { tinyModelFiles } from './tiny-model.ts';

const wikigpt = join(import.meta.dirname, '../../operator/bin/wikigpt.js');

test('wikigpt up tunes a preset and serves another one, both from the hub that HF_ENDPOINT names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'preset-'));
  const hub = await startHubStandIn();
  onTestFinished(async () => {
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const files = await tinyModelFiles(folder);
  // A model of random weights has the names: what is looked at is the way to it.
  for (const name of ['openai-community/gpt2', 'HuggingFaceTB/SmolLM2-135M']) hub.commit(name, { files });
  const records = join(folder, 'qa.jsonl');
  const rows = Array.from({ length: 20 }, (_, i) => ({
    question: `What is ${i} and ${i}?`,
    answer: `It is ${2 * i}.`,
  }));
  await writeFile(records, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const manifest = join(folder, 'm.yaml');
  await writeFile(
    manifest,
    `apiVersion: wikigpt.dev/v1alpha1
kind: FineTuneJob
metadata: {name: sums}
spec:
  base: {preset: gpt2}
  data:
    sources: [{uri: "file://${records}", format: qa}]
    split: {testPercent: 20, validationPercent: 10}
    clean: {maxLeakagePercent: 100}
  method: {lora: {rank: 2}}
  training: {maxSteps: 2, batchTokens: 128, sequenceLength: 64}
  evaluation: {metrics: [Perplexity], decoding: {maxNewTokens: 4}}
---
apiVersion: wikigpt.dev/v1alpha1
kind: ChatModel
metadata:
  name: small
  annotations: {wikigpt.dev/sample-questions: '["What is one and one?"]'}
spec:
  model: {preset: smollm2-135m}
  chat: {defaults: {maxTokens: 4}}
  requireGate: false
`,
  );
  const env = { ...process.env, ...hub.environment, WIKIGPT_THREADS: '1' };
  const args = [wikigpt, '--state', join(folder, 'state'), 'up', '-f', manifest, '--once', '--port', '0'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, cwd: folder });
  expect(stdout).toContain('? What is one and one?');
  const fetched = (name: string) => hub.calls.some(({ path }) => path.startsWith(`/${name}/resolve/`));
  expect(fetched('openai-community/gpt2')).toBe(true);
  expect(fetched('HuggingFaceTB/SmolLM2-135M')).toBe(true);
  const get = [wikigpt, '--state', join(folder, 'state'), 'get', 'ftj'];
  expect((await promisify(execFile)(process.execPath, get, { env })).stdout).toMatch(
    /^sums +gpt2 +LoRA +Complete +2\/2/m,
  );
});
