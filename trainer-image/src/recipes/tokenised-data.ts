import type { Task } from '@wikigpt/schema/task.ts';
import { createBatches, type Batches } from '../data/batches.ts';
import type { Example } from '../data/example.ts';
import { examplesOf } from '../data/examples.ts';
import { pickShots } from '../data/few-shot.ts';
import type { PreparedData } from '../data/prepare.ts';
import type { PromptStyle } from '../data/prompt-style.ts';
import type { DataRecord } from '../data/record.ts';
import type { TrainingPlan } from '../train/plan-training.ts';
import type { BaseModel } from './base-model.ts';

/** The data of a job as packed batches of tokens. */
export interface TokenisedData {
  readonly training: Batches;
  /** Always the same batches; null where nothing is held out for validation. */
  readonly validation: Batches | null;
  /** Records of the first pass that were left out because they do not fit a row. */
  readonly tooLong: number;
}

/** Tokenises the training and validation records in the job's prompt style. */
export function tokenisedData(
  { spec }: Task,
  data: PreparedData,
  { tokenizer }: BaseModel,
  plan: TrainingPlan,
  style: PromptStyle,
): TokenisedData {
  const { fewShot } = spec.data.prompt;
  const length = Math.min(plan.sequenceLength, spec.data.clean.maxTokens);
  const tokenise = (records: readonly DataRecord[], pool: readonly DataRecord[]) =>
    examplesOf(records, {
      style,
      tokenizer,
      length,
      pairLength: plan.sequenceLength,
      shots: (record) => pickShots(record, pool, fewShot, spec.data.split.seed),
    });
  const batches = (examples: (pass: number) => readonly Example[], seed: number, packing: boolean): Batches =>
    createBatches({
      examples,
      rows: plan.rows,
      length: plan.sequenceLength,
      seed,
      packing,
      pad: tokenizer.pad ?? tokenizer.eos,
    });

  const first = tokenise(data.train(0), data.train(0));
  const held = tokenise(data.validation, data.train(0));
  const later = (pass: number): readonly Example[] => {
    const records = data.train(pass);
    return records === data.train(0) ? first.examples : tokenise(records, records).examples;
  };
  return {
    training: batches((pass) => (pass === 0 ? first.examples : later(pass)), spec.training.seed, spec.training.packing),
    validation: held.examples.length === 0 ? null : batches(() => held.examples, 0, true),
    tooLong: first.tooLong + held.tooLong,
  };
}
