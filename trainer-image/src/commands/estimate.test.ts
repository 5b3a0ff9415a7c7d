import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { estimate } from './estimate.ts';

const job = (name: string, base: string, batchTokens: number) => `apiVersion: wikigpt.dev/v1alpha1
kind: FineTuneJob
metadata: {name: ${name}}
spec:
  base: ${base}
  data: {sources: [{uri: "configmap://data/qa.jsonl", format: qa}]}
  method: {lora: {}}
  training: {batchTokens: ${batchTokens}}
---
`;

async function estimated(manifest: string): Promise<{ name: string; bytes: number }[]> {
  const folder = await mkdtemp(join(tmpdir(), 'estimate-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const filename = join(folder, 'm.yaml');
  await writeFile(filename, manifest);
  const out = new PassThrough();
  await estimate({ filename, json: true }, out);
  out.end();
  return JSON.parse(await text(out));
}

test('a preset needs no model to be there, nor does a job that goes on from one', async () => {
  const [first, second] = await estimated(
    job('first', '{preset: gpt2}', 512) + job('second', '{fromJob: {name: first}}', 2048),
  );
  // GPT-2's weights are 475 MiB; four times the tokens take more for activations, and not four times as much in all.
  expect(first!.bytes / 2 ** 20).toBeGreaterThan(475);
  expect(second!.bytes / first!.bytes).toBeGreaterThan(1.2);
  expect(second!.bytes / first!.bytes).toBeLessThan(4);
});

test('sizes that nobody knows are asked for', async () => {
  await expect(estimated(job('tuned', '{uri: "hf://org/model"}', 512))).rejects.toThrow(
    /sizes of its base are not known here.*base\.preset/,
  );
});
