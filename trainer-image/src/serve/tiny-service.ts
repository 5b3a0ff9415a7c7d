import { createDecoder } from '../generate/decoder.ts';
import { createEngine } from '../generate/engine.ts';
import { createTextGenerator } from '../generate/engine-text-generator.ts';
import { randomModel } from '../generate/random-model.ts';
import type { TextGenerator } from '../generate/text-generator.ts';
import { silent } from '../log.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { tokenizerFromJson } from '../tokenizers/tokenizer.ts';
import { trainByteLevelBpe } from '../tokenizers/train-byte-level-bpe.ts';
import { createServeMetrics } from './metrics.ts';
import { buildPage } from './page.ts';
import type { Service, ServerState } from './service.ts';
import type { ServedModel } from './served-model.ts';

/** A whole service over a real model of random weights, for tests; change `state` to see what clients are told. */
export interface TinyService extends Service {
  stateNow: ServerState;
  readonly text: TextGenerator;
  readonly tokenizer: Tokenizer;
}

const tinyTexts = ['The capital of France is Paris. ', '法国的首都是巴黎。', '给定问题：，给定答案：'];

function tinyTokenizer(): Tokenizer {
  const { tokenizer, config } = trainByteLevelBpe(tinyTexts, { vocabularySize: 300 });
  return tokenizerFromJson(tokenizer, config);
}

export async function tinyService(model: Partial<ServedModel> = {}, maxWaiting = 8): Promise<TinyService> {
  const tokenizer = tinyTokenizer();
  const sizes = { layers: 1, hidden: 32, heads: 2, context: 128, tieEmbeddings: false };
  const decoder = await createDecoder(randomModel('llama', sizes, tokenizer.vocabularySize), { slots: 2, threads: 1 });
  // No end token: random answers run to the length asked for.
  const engine = createEngine(decoder, { endTokens: new Set(), prefillTokens: 64 });
  const text = createTextGenerator(engine, tokenizer, maxWaiting);
  const served: ServedModel = {
    name: 'tiny',
    created: 1,
    context: sizes.context,
    parameters: 12_345,
    style: { kind: 'text' },
    system: '',
    defaults: { temperature: 0, topP: 1, topK: 0, repetitionPenalty: 1, maxTokens: 16 },
    notice: { zh: '随机权重。', en: 'Random weights.' },
    samples: { zh: ['法国的首都是哪里？'], en: ['What is the capital of France?'] },
    ...model,
  };
  let ids = 0;
  const service: TinyService = {
    model: served,
    metrics: createServeMetrics(served.name, () => text.load()),
    page: buildPage(),
    peer: undefined,
    logger: silent,
    maxBodyBytes: 100_000,
    stateNow: 'ready',
    text,
    tokenizer,
    generator: () => text,
    state: () => service.stateNow,
    clock: () => performance.now(),
    unixTime: () => 1_700_000_000,
    newId: () => `id${++ids}`,
    newSeed: () => 1,
  };
  return service;
}
