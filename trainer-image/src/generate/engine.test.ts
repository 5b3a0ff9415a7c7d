import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDecoder, type Decoder } from './decoder.ts';
import { createEngine, type Engine } from './engine.ts';
import { generateBatch } from './generate-batch.ts';
import { randomModel } from './random-model.ts';

const vocabulary = 60;
const model = randomModel(
  'llama',
  { layers: 2, hidden: 32, heads: 4, kvHeads: 2, context: 64, tieEmbeddings: false },
  vocabulary,
  5,
);
const end = 7;
const prompt = (length: number, salt: number): number[] =>
  Array.from({ length }, (_, i) => (i * i * 11 + i * salt + salt) % vocabulary);
const prompts = [3, 40, 9, 21, 1, 14, 33, 6, 2].map(prompt);

describe('the engine', () => {
  let decoder: Decoder;
  let engine: Engine;
  let alone: number[][];
  beforeAll(async () => {
    decoder = await createDecoder(model, { slots: 3, threads: 1 });
    // 10 tokens a turn: long prompts are read in pieces between steps of the others.
    engine = createEngine(decoder, { endTokens: new Set([end]), prefillTokens: 10 });
    alone = [];
    for (const one of prompts) alone.push((await generateBatch(engine, [one], { maxNewTokens: 12 }))[0]!);
  });
  afterAll(() => engine.close());

  it('gives each of many sequences what it gets alone, though they join and leave at different times', async () => {
    expect(new Set(alone.map((tokens) => tokens.length)).size).toBeGreaterThan(1);
    expect(await generateBatch(engine, prompts, { maxNewTokens: 12 })).toEqual(alone);
    expect(engine.load()).toEqual({ running: 0, waiting: 0, tokens: 0 });
  });

  it('repeats sampled answers with the same seed, whatever else runs', async () => {
    const options = { maxNewTokens: 8, temperature: 1.5, seed: 40 };
    const together = await generateBatch(engine, prompts, options);
    const third = await generateBatch(engine, [prompts[2]!], { ...options, seed: 42 });
    expect(third[0]).toEqual(together[2]);
    expect(await generateBatch(engine, prompts, { ...options, seed: 41 })).not.toEqual(together);
  });

  it('ends at the context, prompt and answer together', async () => {
    const long = prompt(60, 3);
    const never = createEngine(decoder, { endTokens: new Set(), prefillTokens: 100 });
    expect((await generateBatch(never, [long], { maxNewTokens: 100 }))[0]).toHaveLength(4);
  });

  it('names a prompt that leaves no room for an answer', async () => {
    await expect(generateBatch(engine, [[1], prompt(64, 1)], { maxNewTokens: 1 })).rejects.toThrow(
      /Prompt 2 has 64 tokens.*at most 64/,
    );
  });

  it('ends before a stop string and leaves it out', async () => {
    const tokenizer = { tokenBytes: (token: number) => new TextEncoder().encode(`<${token}>`) };
    const answer = alone.find((tokens) => tokens.length > 4)!;
    const index = alone.indexOf(answer);
    const stop = [`${answer[2]}><${answer[3]}`];
    const [cut] = await generateBatch(engine, [prompts[index]!], { maxNewTokens: 12, stop, tokenizer });
    expect(cut).toEqual(answer.slice(0, 3));
  });

  it('frees the place of what is cancelled, running or waiting, and goes on with the rest', async () => {
    const controllers = prompts.map(() => new AbortController());
    const answers = prompts.map((one, i) =>
      generateBatch(engine, [one], {
        maxNewTokens: 12,
        signal: controllers[i]!.signal,
        onProgress: () => controllers[i === 0 ? 6 : 4]!.abort(new Error('left')),
      }),
    );
    controllers[1]!.abort(new Error('left'));
    const settled = await Promise.allSettled(answers);
    expect(settled[1]).toMatchObject({ status: 'rejected', reason: { message: 'left' } });
    const finished = settled.flatMap((result, i) =>
      result.status === 'fulfilled' ? [[i, result.value[0]] as const] : [],
    );
    expect(finished).toEqual(finished.map(([i]) => [i, alone[i]]));
    expect(finished.length).toBeGreaterThanOrEqual(6);
    expect(finished.length).toBeLessThan(prompts.length);
    expect(engine.load().running).toBe(0);
  });

  it('tells every request when a step fails, and serves the next one', async () => {
    const { step } = decoder;
    const failing = { ...decoder, step: () => Promise.reject(new Error('no memory')) };
    const broken = createEngine(failing, { endTokens: new Set([end]), prefillTokens: 10 });
    const all = await Promise.allSettled(
      [1, 2, 3, 4].map((i) => generateBatch(broken, [prompts[i]!], { maxNewTokens: 2 })),
    );
    expect(all.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    failing.step = step as never;
    expect(await generateBatch(broken, [prompts[0]!], { maxNewTokens: 12 })).toEqual([alone[0]]);
  });
});
