import { writingSlots } from '@wikigpt/schema/memory-estimate.ts';
import type { Batch } from '../data/batch.ts';
import { hashText, hashUnit } from '../data/hash.ts';
import { promptsOf, rewriteBatch } from '../data/rewrite-batch.ts';
import type { InferenceModel } from '../generate/decode-graph.ts';
import { createDecoder } from '../generate/decoder.ts';
import { createEngine } from '../generate/engine.ts';
import { generateBatch } from '../generate/generate-batch.ts';
import { tensorsOf } from '../optim/flat-layout.ts';
import type { TrainingPlan } from '../train/plan-training.ts';
import type { TrainState } from '../train/train-step.ts';
import type { BaseModel } from './base-model.ts';

export interface StudentWriterOptions {
  readonly base: BaseModel;
  readonly plan: TrainingPlan;
  /** Share of batches that the student writes. */
  readonly fraction: number;
  readonly maxNewTokens: number;
  readonly seed: number;
  readonly threads: number;
  readonly signal: AbortSignal;
}

/**
 * Lets the student, as it is at this step, write the answers of a share of the batches (GKD, Agarwal et al., 2024). Which
 * batches, and what is drawn, follows from the seed and the place of the batch, so that a resumed run writes the same.
 */
export function studentWriter(options: StudentWriterOptions): (batch: Batch, state: TrainState) => Promise<Batch> {
  const { base, plan, fraction, maxNewTokens, seed, threads, signal } = options;
  const { eos, pad } = base.tokenizer;
  const modelOf = currentModel(base, plan);
  return async (batch, state) => {
    const place = `on-policy ${batch.next.pass}/${batch.next.batch}`;
    if (hashUnit(place, seed) >= fraction) return batch;
    const prompts = promptsOf(batch);
    const decoder = await createDecoder(await modelOf(state), { slots: writingSlots, threads });
    const engine = createEngine(decoder, { endTokens: new Set([eos]), prefillTokens: 2048 });
    try {
      const drawn = { temperature: 1, seed: hashText(place, seed) % 2 ** 31 };
      const answers = await generateBatch(engine, prompts, { maxNewTokens, ...drawn, signal });
      const written = prompts.map((prompt, i) => {
        // Its end takes a place of the row as well.
        const answer = answers[i]!.slice(0, batch.length - prompt.length - 1);
        return { prompt, answer, ended: answer.length === answers[i]!.length && answer.length < maxNewTokens };
      });
      const rewritten = rewriteBatch(batch, written, { eos, pad: pad ?? eos });
      // Prompts that fill their rows leave nothing to be graded.
      return rewritten.supervisedCount > 0 ? rewritten : batch;
    } finally {
      await engine.close();
    }
  };
}

/** The model of a state: what is trained from the state, all else where the base has it. */
function currentModel(base: BaseModel, plan: TrainingPlan): (state: TrainState) => Promise<InferenceModel> {
  const { family, config, parameters, adapter, layout } = plan;
  /** Tensors of the base that an adapter changes; null for those that it does not. */
  const changed = new Map<string, Float32Array | null>();
  return async ({ weights }) => {
    const trained = tensorsOf(layout, weights);
    const tensors = new Map<string, Float32Array>();
    for (const parameter of parameters) {
      const { name } = parameter;
      const own = trained(name);
      if (own) tensors.set(name, own);
      if (own || changed.get(name) === null) continue;
      const before = changed.get(name) ?? (await base.tensor!(parameter));
      const after = adapter.merge(parameter, before, trained);
      changed.set(name, after === before ? null : before);
      if (after !== before) tensors.set(name, after);
    }
    const { folder } = base.inference ?? {};
    const { virtualTokens } = adapter;
    return {
      family,
      config,
      weight: (name) => tensors.get(name) ?? base.inference!.weight(name),
      ...(folder === undefined ? {} : { folder }),
      ...(virtualTokens ? { virtualTokens: { ...virtualTokens, data: trained(virtualTokens.tensor)! } } : {}),
    };
  };
}
