import type { ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chatModelSpec } from '@wikigpt/schema/chat-model.ts';
import { fineTuneTask, type FineTuneTask, type ServeTask } from '@wikigpt/schema/task.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestFolder } from '../../trainer-image/src/artifacts/digest.ts';
import { startContainer } from './container.ts';
import { freePort, startS3Server, withoutS3Server, type S3Server } from './s3-server.ts';

const trained = 's3://models/jobs/base/1';
const tuned = 's3://models/jobs/tuned/1';

describe.skipIf(withoutS3Server)('jobs that read and write a store', () => {
  let server: S3Server;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    server = await startS3Server();
    const rows = ['cat', 'dog', 'cow', 'owl', 'bee', 'fox', 'hen', 'ant', 'elk', 'emu'].map((animal, i) => ({
      question: `What does the ${animal} do?`,
      answer: ['purrs', 'barks', 'moos', 'hoots'][i % 4],
    }));
    await mkdir(join(server.objects, 'data'));
    await writeFile(join(server.objects, 'data/qa.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await server.stop();
  });

  /** A container that is told `task`, with the store's variables in the Secret `store` alone. */
  async function container(verb: 'train' | 'serve', task: object, port = 8080) {
    const started = await startContainer(await server.newFolder(), verb, task, { store: server.environment }, port);
    children.push(started.child);
    return started;
  }

  const secretRef = { name: 'store' };
  const taskOf = (name: string, uri: string, spec: object, base: FineTuneTask['base']): FineTuneTask =>
    fineTuneTask.parse({
      apiVersion: 'wikigpt.dev/v1alpha1',
      kind: 'FineTuneJob',
      metadata: { namespace: 'default', name, uid: `uid-of-${name}` },
      spec: {
        training: { maxSteps: 4, batchTokens: 128, sequenceLength: 64, learningRate: '1e-2', seed: 3 },
        data: {
          sources: [{ uri: 's3://models/data/qa.jsonl', format: 'qa', secretRef }],
          split: { testPercent: 20, validationPercent: 10 },
          clean: { maxLeakagePercent: 100 },
        },
        evaluation: { metrics: ['Perplexity'], decoding: { maxNewTokens: 4 } },
        ...spec,
      },
      base,
      output: { uri, secretRef },
    });
  const digestOfManifest = async (path: string): Promise<string> =>
    JSON.parse(await readFile(join(server.objects, path, 'wikigpt-artifact.json'), 'utf8')).digest;

  test('one trains, the next tunes its result, and a server answers with what that made', async () => {
    const scratch = { architecture: 'llama', layers: 1, hidden: 32, heads: 2, context: 64, vocabulary: 320 };
    const first = await container('train', taskOf('base', trained, { base: { scratch }, method: { full: {} } }, null));
    await first.succeeds();
    const digest = await digestOfManifest('jobs/base/1');
    expect(await digestFolder(join(server.objects, 'jobs/base/1'))).toBe(digest);

    const tuning = { base: { uri: trained }, method: { lora: { rank: 2, alpha: 4 } } };
    const second = await container('train', taskOf('tuned', tuned, tuning, { uri: trained, digest, secretRef }));
    await second.succeeds();

    const task: ServeTask = {
      apiVersion: 'wikigpt.dev/v1alpha1',
      kind: 'ChatModel',
      metadata: { namespace: 'default', name: 'chat', uid: '1' },
      spec: chatModelSpec.parse({ model: { uri: tuned } }),
      revision: 'chat-1',
      model: { uri: tuned, digest: await digestOfManifest('jobs/tuned/1'), name: 'chat', secretRef },
    };
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const serving = await container('serve', task, port);
    const healthy = () =>
      fetch(`${origin}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    await expect.poll(healthy, { timeout: 20_000 }).toBe(true);
    const answer = await fetch(`${origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'chat',
        messages: [{ role: 'user', content: 'What does the cat do?' }],
        max_tokens: 4,
      }),
    });
    expect(answer.status).toBe(200);
    serving.child.kill('SIGTERM');
    expect(await serving.ended).toBe(0);

    const wrong = { uri: trained, digest: `sha256:${'0'.repeat(64)}`, secretRef };
    const refused = await container('train', taskOf('refused', tuned, tuning, wrong));
    expect(await refused.ended).toBe(66);
    expect(await readFile(join(refused.root, 'dev/termination-log'), 'utf8')).toMatch(/^DigestMismatch: s3:\/\//);
  });
});
