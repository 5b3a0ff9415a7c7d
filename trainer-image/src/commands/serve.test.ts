import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silent, type Logger } from '../log.ts';
import { writeTinyPod } from '../serve/tiny-model-folder.ts';
import { serve } from './serve.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'serve-'));
  await writeTinyPod(root);
});
afterAll(() => rm(root, { recursive: true }));

/** Starts the server on a free port; `messages` are its log, `stop` its SIGTERM. */
async function start(port = 0, folder = root) {
  const messages: string[] = [];
  const control = new AbortController();
  const listening = Promise.withResolvers<number>();
  const info = (message: string, fields: { port?: number }): void => {
    messages.push(message);
    if (message === 'listening') listening.resolve(fields.port!);
  };
  const ended = serve(
    { root: folder, port, threads: 1, environment: {} },
    { ...silent, info } as unknown as Logger,
    control.signal,
  );
  ended.catch(listening.reject);
  const origin = `http://127.0.0.1:${await listening.promise}`;
  const health = async (): Promise<number> => (await fetch(`${origin}/health`)).status;
  const ready = async (): Promise<void> => {
    while ((await health()) !== 200) await setTimeout(20);
  };
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: 'none', maxRetries: 0 });
  return { origin, client, health, ready, messages, ended, stop: () => control.abort() };
}

const question = {
  model: 'tiny',
  messages: [{ role: 'user' as const, content: '法国的首都是哪里？' }],
  temperature: 0,
};

describe('the server', () => {
  let server: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    server = await start();
    await server.ready();
  });

  it('streams a chat to the openai client, the same text as at once', async () => {
    const whole = await server.client.chat.completions.create({ ...question, max_tokens: 40 });
    const stream = await server.client.chat.completions.create({
      ...question,
      max_tokens: 40,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let pieces = 0;
    let usage;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      pieces++;
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]!.message.content);
    expect(text.length).toBeGreaterThan(10);
    expect(pieces).toBeGreaterThan(10);
    expect(usage).toEqual(whole.usage);
  });

  it('lists its model and refuses another by name', async () => {
    const models = await server.client.models.list();
    expect(models.data.map(({ id }) => id)).toEqual(['tiny']);
    await expect(server.client.chat.completions.create({ ...question, model: 'other' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      message: expect.stringContaining('send "tiny"') as string,
    });
  });

  it('answers /health while it generates', async () => {
    let generating = true;
    const answers = Promise.all(
      [1, 2, 3, 4].map((seed) => server.client.chat.completions.create({ ...question, max_tokens: 400, seed })),
    ).then(() => (generating = false));
    const answered = [];
    for (let i = 0; i < 3; i++) {
      expect(await server.health()).toBe(200);
      answered.push(generating);
    }
    await answers;
    expect(answered).toEqual([true, true, true]);
  });

  it('frees the place of a client that leaves', async () => {
    const metric = async (pattern: RegExp): Promise<number> =>
      Number(pattern.exec(await (await fetch(`${server.origin}/metrics`)).text())?.[1] ?? 0);
    const control = new AbortController();
    const stream = await server.client.chat.completions.create(
      { ...question, max_tokens: 480, temperature: 1, stream: true },
      { signal: control.signal },
    );
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    control.abort();
    await expect.poll(() => metric(/num_requests_running\{.*\} (\d+)/)).toBe(0);
    // It left before the end: otherwise nothing would have been freed.
    expect(await metric(/errors_total\{code="aborted".*\} (\d+)/)).toBe(1);
  });

  it('leaves its port to nobody else', async () => {
    const port = Number(new URL(server.origin).port);
    await expect(start(port)).rejects.toMatchObject({
      code: 'PortInUse',
      message: expect.stringContaining(`${port}`) as string,
    });
  });

  it('finishes the answers under way when it is told to stop, and takes no more', async () => {
    const stream = await server.client.chat.completions.create({ ...question, max_tokens: 100, stream: true });
    let reason: string | null | undefined;
    for await (const chunk of stream) {
      server.stop();
      reason = chunk.choices[0]?.finish_reason ?? reason;
    }
    expect(reason).toMatch(/^(stop|length)$/);
    await server.ended;
    await expect(server.health()).rejects.toThrow('fetch failed');
    expect(server.messages).toEqual(['listening', 'ready', 'draining', 'stopped']);
  });
});

it('stops while its model is still loading', async () => {
  const server = await start();
  expect(await server.health()).toBe(503);
  server.stop();
  await expect(server.ended).rejects.toMatchObject({ code: 'Cancelled' });
});

it('names a wrong digest and a broken model', async () => {
  const other = await mkdtemp(join(tmpdir(), 'serve-'));
  await writeTinyPod(other, { digest: `sha256:${'0'.repeat(64)}` });
  await expect(start(0, other)).rejects.toMatchObject({ code: 'DigestMismatch' });
  await writeTinyPod(other);
  await rm(join(other, 'mnt/pvc/models/tiny/model.safetensors'));
  const broken = await start(0, other);
  await expect(broken.ended).rejects.toMatchObject({ code: 'ModelIncompatible' });
  await rm(other, { recursive: true });
});
