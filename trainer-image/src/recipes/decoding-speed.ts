import type { InferenceModel } from '../generate/decode-graph.ts';
import { createDecoder } from '../generate/decoder.ts';
import { createEngine } from '../generate/engine.ts';
import { generateBatch } from '../generate/generate-batch.ts';
import type { RunEnvironment } from './run-environment.ts';
import type { TestItem } from './test-set.ts';

/** Sequences at once, as a small server has them. */
const slots = 4;
const rounds = 3;
const newTokens = 24;

/** Tokens that a model writes in a second here: the best of three rounds after one to warm up; no text ends early. */
export async function decodingSpeed(
  model: InferenceModel,
  items: readonly TestItem[],
  { threads, signal, now }: Pick<RunEnvironment, 'threads' | 'signal' | 'now'>,
): Promise<number> {
  const room = Math.max(1, model.config.context - (model.virtualTokens?.count ?? 0) - newTokens);
  const prompts = Array.from({ length: slots }, (_, i) => {
    const { prompt, scored } = items[i % items.length]!;
    return (prompt.length > 0 ? prompt : scored.tokens).slice(0, room);
  });
  const engine = createEngine(await createDecoder(model, { slots, threads }), {
    endTokens: new Set(),
    prefillTokens: 2048,
  });
  try {
    let best = 0;
    for (let round = 0; round <= rounds; round++) {
      const began = now();
      const answers = await generateBatch(engine, prompts, { maxNewTokens: newTokens, signal });
      const written = answers.reduce((sum, { length }) => sum + length, 0);
      if (round > 0) best = Math.max(best, written / Math.max(1e-9, (now() - began) / 1000));
    }
    return best;
  } finally {
    await engine.close();
  }
}
