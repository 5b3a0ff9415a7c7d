import { createTokenScorer } from '../generate/score-tokens.ts';
import { TrainerError } from '../errors.ts';
import type { InferenceModel } from '../generate/decode-graph.ts';
import type { Batch } from '../data/batch.ts';
import type { TrainStep } from '../train/train-step.ts';

/** Nats by which a token's likelihood may differ between training and the exported model. */
const tolerance = 2e-3;

/**
 * Reads an exported model back and compares its likelihoods with the trained state's, document by document; the sessions
 * of training are released.
 * Fails with ExportUnverified when they differ: what would be served is then not what was trained.
 */
export async function verifyExport(
  exported: InferenceModel,
  trainStep: TrainStep,
  batch: Batch,
  threads: number,
): Promise<void> {
  const trained = await trainStep.negativeLogLikelihood(batch);
  // The model need not be in memory twice.
  await trainStep.release();
  const documents = documentsOf(batch, trained);
  const scorer = await createTokenScorer(exported, { threads });
  const served = await scorer.score(documents);
  await scorer.release();
  const differences = documents.map(({ nll, tokens, from }, i) => Math.abs(served[i]! - nll) / (tokens.length - from));
  const worst = Math.max(...differences);
  if (worst <= tolerance) return;
  throw new TrainerError(
    'ExportUnverified',
    `The exported model gives other likelihoods than the trained one (${worst.toExponential(2)} nats a token, allowed ${tolerance}); nothing was published. Please report this with the manifest.`,
  );
}

/** Documents of a batch whose tokens from the first supervised one on are all supervised. */
function documentsOf(batch: Batch, nll: Float32Array): { tokens: number[]; from: number; nll: number }[] {
  const documents: { tokens: number[]; from: number; nll: number }[] = [];
  const byTarget = new Map<number, number>();
  for (let i = 0; i < batch.supervisedCount; i++) byTarget.set(Number(batch.targets[i]), nll[i]!);
  for (let start = 0; start < batch.tokens.length; start++) {
    if (batch.segments[start] === 0 || batch.positions[start] !== 0n) continue;
    let end = start + 1;
    while (end < batch.tokens.length && batch.positions[end] !== 0n && batch.segments[end] !== 0) end++;
    let first = start;
    while (first < end && !byTarget.has(first)) first++;
    let sum = 0;
    let whole = true;
    for (let i = first; i < end - 1; i++) {
      const one = byTarget.get(i);
      if (one === undefined) whole = false;
      else sum += one;
    }
    if (whole && first < end - 1)
      documents.push({
        tokens: Array.from(batch.tokens.subarray(start, end), Number),
        from: first - start + 1,
        nll: sum,
      });
  }
  return documents;
}
