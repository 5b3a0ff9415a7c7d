import { contextOf, type InferenceModel } from '../generate/decode-graph.ts';
import { createDecoder } from '../generate/decoder.ts';
import { createEngine, type Engine } from '../generate/engine.ts';
import { generateBatch } from '../generate/generate-batch.ts';
import type { RunEnvironment } from './run-environment.ts';
import type { TestItem } from './test-set.ts';

/** Sequences at once, as a small server has them. */
const slots = 4;
const rounds = 5;
const newTokens = 24;

interface SpeedContestant {
  readonly inference: InferenceModel;
  /** Where its prompts come from. */
  readonly items: readonly TestItem[];
}

/** Tokens that a student writes for each token of its teacher, on this machine. */
export async function speedup(
  teacher: SpeedContestant,
  student: SpeedContestant,
  env: Pick<RunEnvironment, 'threads' | 'signal' | 'now'>,
): Promise<number> {
  const [theirs, own] = await decodingSpeeds([teacher, student], env);
  return own! / theirs!;
}

/**
 * Tokens that each model writes in a second here: the best of five rounds, in turns, after one to warm up, so that what
 * else the machine does troubles all alike; no text ends early.
 */
async function decodingSpeeds(
  models: readonly SpeedContestant[],
  { threads, signal, now }: Pick<RunEnvironment, 'threads' | 'signal' | 'now'>,
): Promise<readonly number[]> {
  const engines: Engine[] = [];
  try {
    for (const { inference } of models)
      engines.push(
        createEngine(await createDecoder(inference, { slots, threads }), { endTokens: new Set(), prefillTokens: 2048 }),
      );
    const prompts = models.map(promptsOf);
    const best = models.map(() => 0);
    for (let round = 0; round <= rounds; round++)
      for (const [i, engine] of engines.entries()) {
        const began = now();
        const answers = await generateBatch(engine, prompts[i]!, { maxNewTokens: newTokens, signal });
        const written = answers.reduce((sum, { length }) => sum + length, 0);
        if (round > 0) best[i] = Math.max(best[i]!, written / Math.max(1e-9, (now() - began) / 1000));
      }
    return best;
  } finally {
    for (const engine of engines) await engine.close();
  }
}

function promptsOf({ inference, items }: SpeedContestant): (readonly number[])[] {
  const room = Math.max(1, contextOf(inference) - newTokens);
  return Array.from({ length: slots }, (_, i) => {
    const { prompt, scored } = items[i % items.length]!;
    return (prompt.length > 0 ? prompt : scored.tokens).slice(0, room);
  });
}
