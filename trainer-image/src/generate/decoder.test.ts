import { afterAll, describe, expect, it } from 'vitest';
import { documentAttention } from '../nn/document-attention.ts';
import type { Value } from '../onnx/value.ts';
import { createOps } from '../onnx/ops.ts';
import { createSession } from '../runtime/session.ts';
import { intTensor } from '../runtime/tensor.ts';
import type { InferenceModel } from './decode-graph.ts';
import { createDecoder } from './decoder.ts';
import { randomModel } from './random-model.ts';
import { createTokenScorer } from './score-tokens.ts';
import { readKeysAndValues } from './virtual-tokens.ts';

const vocabulary = 50;
const sizes = { layers: 2, hidden: 32, heads: 4, context: 200 };
const gpt2 = randomModel('gpt2', sizes, vocabulary);
const llama = randomModel('llama', { ...sizes, kvHeads: 2 }, vocabulary);
const text = (length: number, salt: number): number[] =>
  Array.from({ length }, (_, i) => (i * i * 7 + i * salt + salt) % vocabulary);
/** What some of the models read before every text. */
const before = text(6, 4);
const embeddings = (table: string): Float32Array =>
  Float32Array.from(
    before.flatMap((id) => [...gpt2.weights.get(table)!.subarray(id * sizes.hidden, (id + 1) * sizes.hidden)]),
  );
const models: [string, InferenceModel][] = [
  ['gpt2', gpt2],
  ['llama with grouped heads', llama],
  ['qwen2, with biases', randomModel('qwen2', { ...sizes, kvHeads: 2 }, vocabulary)],
  ['qwen3, with norms of heads', randomModel('qwen3', { ...sizes, kvHeads: 1 }, vocabulary)],
  ['llama with its own head', randomModel('llama', { ...sizes, tieEmbeddings: false }, vocabulary)],
  [
    'gpt2 after embeddings',
    {
      ...gpt2,
      virtualTokens: { count: before.length, form: 'embeddings', data: embeddings('transformer.wte.weight') },
    },
  ],
  [
    'llama after keys and values',
    {
      ...llama,
      virtualTokens: { count: before.length, form: 'keysAndValues', data: await readKeysAndValues(llama, before, 1) },
    },
  ],
];

/** Logits of every token by the training attention, with no cache. */
async function fullForward(model: InferenceModel, ofText: number[]): Promise<number[][]> {
  const { family, config, weight: data, virtualTokens } = model;
  const tokens = virtualTokens ? [...before, ...ofText] : ofText;
  const ops = createOps('full');
  const parameters = new Map(family.parameters(config).map((parameter) => [parameter.name, parameter]));
  const weight = (name: string): Value => ops.initializer(name, 'float32', parameters.get(name)!.shape, data(name));
  const once = new Map<string, Value>();
  const cached = (name: string): Value => once.get(name) ?? once.set(name, weight(name)).get(name)!;
  const linear = (name: string, x: Value): Value => {
    const product = ops.matmul(x, cached(`${name}.weight`), { transB: !parameters.get(`${name}.weight`)!.transposed });
    return parameters.has(`${name}.bias`) ? ops.add(product, cached(`${name}.bias`)) : product;
  };
  const rows = tokens.length;
  const positions = ops.input('positions', 'int64', [1, rows]);
  const segments = ops.input('segments', 'int64', [1, rows]);
  const attend = documentAttention(ops, config, 1, rows, positions, segments);
  const flat = ops.reshape(positions, [rows]);
  const hidden = family.hidden(
    { ops, weight: cached, linear, attend },
    config,
    ops.input('tokens', 'int64', [rows]),
    flat,
  );
  ops.output('logits', ops.matmul(hidden, cached(family.headWeight(config)), { transB: true }));
  const session = await createSession({ graph: ops.graph() }, { threads: 1 });
  const { logits } = await session.run({
    tokens: intTensor(tokens),
    positions: intTensor(
      tokens.map((_, i) => i),
      [1, rows],
    ),
    segments: intTensor(
      tokens.map(() => 0),
      [1, rows],
    ),
  });
  await session.release();
  const all = logits!.data as Float32Array;
  const rowsOfText = tokens.map((_, row) => [...all.subarray(row * vocabulary, (row + 1) * vocabulary)]);
  return rowsOfText.slice(-ofText.length);
}

/** The largest difference, relative to the largest logit. */
function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  const scale = Math.max(...Array.from(expected, Math.abs));
  return Math.max(...Array.from(expected, (value, i) => Math.abs(found[i]! - value))) / scale;
}
const tolerance = 2e-5;

describe.each(models)('decoding %s with a cache', (_, model) => {
  const decoder = createDecoder(model, { slots: 4, threads: 1 });
  afterAll(async () => (await decoder).release());

  it('gives the logits of a full pass, token by token, also after the cache has grown', async () => {
    const tokens = text(140, 3);
    const expected = await fullForward(model, tokens);
    const { step, trim } = await decoder;
    const [first] = await step(1, [{ tokens: tokens.slice(0, 120), past: 0 }]);
    expect(difference(first!, expected[119]!)).toBeLessThan(tolerance);
    for (let past = 120; past < 140; past++) {
      const [next] = await step(1, [{ tokens: [tokens[past]!], past }]);
      expect(difference(next!, expected[past]!)).toBeLessThan(tolerance);
    }
    // Another sequence, short: the cache shrinks under it and keeps what it holds.
    await step(0, [{ tokens: tokens.slice(0, 10), past: 0 }]);
    trim(10);
    const [after] = await step(0, [{ tokens: tokens.slice(10, 12), past: 10 }]);
    expect(difference(after!, expected[11]!)).toBeLessThan(tolerance);
  });

  it('reads prompts of different lengths in one step, in pieces, and moves them', async () => {
    const texts = [text(5, 1), text(17, 2), text(9, 5)];
    const expected = await Promise.all(texts.map((tokens) => fullForward(model, tokens)));
    const { step, move } = await decoder;
    const halves = await step(
      0,
      texts.map((tokens, i) => ({ tokens: tokens.slice(0, 2 + i), past: 0 })),
    );
    for (const [i, half] of halves.entries()) expect(difference(half, expected[i]![1 + i]!)).toBeLessThan(tolerance);
    move(0, 3, 2);
    const order = [1, 2, 0];
    const rest = await step(
      1,
      order.map((i) => ({ tokens: texts[i]!.slice(2 + i), past: 2 + i })),
    );
    for (const [place, i] of order.entries())
      expect(difference(rest[place]!, expected[i]!.at(-1)!)).toBeLessThan(tolerance);
  });

  it('scores texts as the full pass does', async () => {
    const scorer = await createTokenScorer(model, { threads: 1, batchTokens: 30 });
    const texts = [text(12, 1), text(25, 2), text(4, 5), text(7, 6)].map((tokens, i) => ({ tokens, from: 1 + i }));
    const sums = await scorer.score([...texts, { tokens: [1], from: 1 }]);
    await scorer.release();
    for (const [i, { tokens, from }] of texts.entries()) {
      const logits = await fullForward(model, tokens);
      let expected = 0;
      for (let t = from; t < tokens.length; t++) {
        const row = logits[t - 1]!;
        const highest = Math.max(...row);
        expected += highest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - highest), 0)) - row[tokens[t]!]!;
      }
      expect(Math.abs(sums[i]! - expected) / expected).toBeLessThan(1e-5);
    }
    expect(sums.at(-1)).toBe(0);
  });
});
