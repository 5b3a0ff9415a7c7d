import type { Batches } from '../data/batches.ts';
import type { TrainStep } from './train-step.ts';

/** Mean negative log-likelihood of the supervised tokens of the validation part, in nats; the mean loss of its pairs for DPO. */
export async function validationLoss(trainStep: TrainStep, validation: Batches): Promise<number> {
  let [sum, count] = [0, 0];
  for (const batch of validation.pass(0)) {
    if (batch.pairs) {
      const pairs = await trainStep.loss(batch);
      sum += pairs.loss;
      count += pairs.count;
      continue;
    }
    const nll = await trainStep.negativeLogLikelihood(batch);
    for (let i = 0; i < batch.supervisedCount; i++) sum += nll[i]!;
    count += batch.supervisedCount;
  }
  return sum / count;
}
