import type { Batch } from '../data/batch.ts';
import { fillBatch } from '../data/fill-batch.ts';
import type { TrainStep } from './train-step.ts';

export interface CompletionOptions {
  readonly maxNewTokens: number;
  /** Tokens of a row; prompts and what is written must fit. */
  readonly length: number;
  readonly eos: number;
  readonly pad: number;
}

/**
 * The likeliest continuation of each prompt by the weights as they are, without the token that ends it. The whole text is
 * read anew for each token: slow, but it needs no second copy of the model, and works for every method.
 */
export async function completePrompts(
  trainStep: TrainStep,
  prompts: readonly (readonly number[])[],
  { maxNewTokens, length, eos, pad }: CompletionOptions,
): Promise<number[][]> {
  const written = prompts.map((): number[] => []);
  const open = new Set(prompts.keys());
  while (open.size > 0) {
    // The runtime computes synchronously; signals and progress requests get their turn.
    await new Promise(setImmediate);
    const texts = prompts.map((prompt, row) => [...prompt, ...written[row]!]);
    const next = await trainStep.nextTokens(promptBatch(texts, length, pad));
    for (const row of [...open]) {
      const token = Number(next[row]);
      if (token !== eos) written[row]!.push(token);
      const room = length - prompts[row]!.length;
      if (token === eos || written[row]!.length >= Math.min(maxNewTokens, room)) open.delete(row);
    }
  }
  return written;
}

/** Rows whose last tokens are the targets. */
function promptBatch(texts: readonly (readonly number[])[], length: number, pad: number): Batch {
  const rows = texts.length;
  const packed = texts.map((text) => [{ tokens: Int32Array.from(text), supervised: new Uint8Array(text.length) }]);
  return {
    ...fillBatch(packed, { rows, length, slots: rows }, pad, { pass: 0, batch: 0 }),
    targets: BigInt64Array.from(texts, (text, row) => BigInt(row * length + text.length - 1)),
  };
}
