import { join } from 'node:path';
import { loadModel } from '../load-model.ts';
import { tokenizerFromFiles } from '../tokenizers/load-tokenizer.ts';
import { readJsonObject } from '../weights/json-file.ts';
import { createDecoder } from './decoder.ts';
import { createEngine } from './engine.ts';
import type { EngineWorkerData } from './engine-protocol.ts';
import { createTextGenerator } from './engine-text-generator.ts';
import type { TextGenerator } from './text-generator.ts';

/** Loads a model folder into this thread, ready to generate. */
export async function loadTextGenerator(options: EngineWorkerData): Promise<TextGenerator> {
  const { folder, slots, threads, prefillTokens, maxWaiting, maxContext = Infinity } = options;
  const { inference, tokenizerFiles } = await loadModel(folder);
  const tokenizer = tokenizerFromFiles(tokenizerFiles);
  const decoder = await createDecoder(inference, { slots, threads });
  const engine = createEngine(decoder, {
    endTokens: new Set([tokenizer.eos, ...(await endTokensOf(folder))]),
    prefillTokens,
    context: Math.min(decoder.context, maxContext),
  });
  return createTextGenerator(engine, tokenizer, maxWaiting);
}

/** A chat model ends its turns by a token of its own, which generation_config.json names beside the end of text. */
async function endTokensOf(folder: string): Promise<number[]> {
  const generation = await readJsonObject(join(folder, 'generation_config.json'));
  return [generation?.['eos_token_id']].flat().filter((token) => typeof token === 'number');
}
