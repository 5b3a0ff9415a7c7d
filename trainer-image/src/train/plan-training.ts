import type { FineTuneJobSpec } from '@wikigpt/schema/fine-tune-job.ts';
import { graphCopies, layersReached, trainingRows, type TrainingRows } from '@wikigpt/schema/memory-estimate.ts';
import type { Adapter } from '../adapters/adapter.ts';
import { createAdapter } from '../adapters/index.ts';
import { TrainerError } from '../errors.ts';
import { familyOf } from '../models/index.ts';
import type { Family, ModelConfig, Parameter } from '../models/family.ts';
import { flatLayout, type FlatLayout } from '../optim/flat-layout.ts';

/** The parts of a run that follow from the spec and the model's sizes alone. */
export interface TrainingPlan extends TrainingRows {
  /** Tokens of a text that the model reads beside what the method puts before it. */
  readonly context: number;
  readonly family: Family;
  readonly config: ModelConfig;
  readonly parameters: readonly Parameter[];
  readonly adapter: Adapter;
  readonly layout: FlatLayout;
  readonly activationCheckpointing: boolean;
  /** Graphs that hold the frozen weights at once. */
  readonly copies: number;
  /** Layers that the way back goes through. */
  readonly reached: number;
}

/**
 * Decides row length, rows and accumulation; `beside` is trained with the model without being part of it.
 * Fails with InvalidSpec when a row does not fit the model or the step.
 */
export function planTraining(
  spec: Pick<FineTuneJobSpec, 'training' | 'data' | 'method'>,
  config: ModelConfig,
  beside: readonly Parameter[] = [],
): TrainingPlan {
  const { training } = spec;
  const family = familyOf({ model_type: config.modelType });
  const parameters = family.parameters(config);
  const adapter = createAdapter(spec.method, { family, config });
  const virtual = adapter.virtualTokens?.count ?? 0;
  const context = config.context - virtual;
  const shape = trainingRows(spec, context);
  const { sequenceLength } = shape;
  if (sequenceLength > context || context < 1)
    throw new TrainerError(
      'InvalidSpec',
      `training.sequenceLength is ${sequenceLength}, but the base reads at most ${context} tokens${virtual > 0 ? ` beside the ${virtual} of the method` : ''}; lower it.`,
    );
  if (sequenceLength > training.batchTokens)
    throw new TrainerError(
      'InvalidSpec',
      `training.batchTokens is ${training.batchTokens}, less than one row of ${sequenceLength} tokens; raise it or lower training.sequenceLength.`,
    );
  return {
    family,
    config,
    parameters,
    adapter,
    context,
    layout: flatLayout([...adapter.trainable, ...beside]),
    activationCheckpointing: training.activationCheckpointing,
    copies: graphCopies(spec),
    reached: layersReached(spec.method, config.layers),
    ...shape,
  };
}
