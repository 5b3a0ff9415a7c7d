import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { embedGraph } from '../../trainer-image/src/embed/embed-graph.ts';
import { loadEmbedder } from '../../trainer-image/src/embed/load-embedder.ts';
import { bert } from '../../trainer-image/src/models/bert.ts';
import type { HubConfig } from '../../trainer-image/src/models/family.ts';
import { createSession } from '../../trainer-image/src/runtime/session.ts';
import { floatTensor, intTensor } from '../../trainer-image/src/runtime/tensor.ts';
import { relativeError, unpackTensor } from './golden-case.ts';
import { minilmWeights } from './real-weights.ts';

const golden = JSON.parse(readFileSync(new URL('golden/embeddings.json', import.meta.url), 'utf8')) as {
  readonly tiny: {
    readonly config: HubConfig;
    readonly weights: Readonly<Record<string, string>>;
    readonly documents: readonly (readonly number[])[];
  } & Readonly<Record<'mean' | 'first', readonly string[]>>;
  readonly minilm: { readonly texts: readonly string[]; readonly vectors: readonly string[] };
};

describe.each(['mean', 'first'] as const)('a tiny BERT, %s of its states', (over) => {
  test('gives the vectors of transformers within 1e-5, padded texts beside each other', async () => {
    const { config: hub, weights, documents } = golden.tiny;
    const config = bert.configFromHub(hub);
    const graph = embedGraph(config, { over, normalised: true }, (name) =>
      unpackTensor(weights[name.replace(/^bert\./, '')]!),
    );
    const session = await createSession({ graph }, { threads: 1 });
    const width = Math.max(...documents.map(({ length }) => length));
    const places = documents.flatMap((document) => Array.from({ length: width }, (_, i) => ({ document, i })));
    const { embedding } = await session.run({
      tokens: intTensor(places.map(({ document, i }) => document[i] ?? 0)),
      positions: intTensor(places.map(({ i }) => i)),
      present: floatTensor(
        places.map(({ document, i }) => (i < document.length ? 1 : 0)),
        [documents.length, width],
      ),
    });
    await session.release();
    const all = embedding!.data as Float32Array;
    for (const [row, expected] of golden.tiny[over].entries())
      expect(relativeError(all.subarray(row * 16, (row + 1) * 16), unpackTensor(expected))).toBeLessThan(1e-5);
  });
});

const weights = await minilmWeights();
if ('missing' in weights) {
  if (process.env['CI']) throw new Error(weights.missing);
  console.error(`\nNO TEST OF REAL EMBEDDINGS RUNS. ${weights.missing}\n`);
}

describe.skipIf('missing' in weights)('all-MiniLM-L6-v2', () => {
  test('gives the vectors of transformers within 1e-5, alone and together', async () => {
    const { texts, vectors } = golden.minilm;
    const embedder = await loadEmbedder((weights as { folder: string }).folder, { threads: 2 });
    expect([embedder.hidden, embedder.longest]).toEqual([384, 256]);
    const together = await embedder.embed(texts);
    const alone = await embedder.embed(texts.slice(0, 1));
    await embedder.release();
    const errors = [...together.vectors, ...alone.vectors].map((vector, i) =>
      relativeError(vector, unpackTensor(vectors[i % texts.length]!)),
    );
    console.log(`vectors of all-MiniLM-L6-v2: largest relative L2 error ${Math.max(...errors)}`);
    expect(Math.max(...errors)).toBeLessThan(1e-5);
  });
});
