import { z } from 'zod';
import { earlyStoppingMetrics, frozenWeights, precisions, schedules } from './catalog.ts';
import { block, decimal, integer, percent } from './scalars.ts';

const earlyStopping = block('Ends training when the validation loss no longer falls.', {
  metric: z.enum(earlyStoppingMetrics).default('validationLoss').describe('What is watched.'),
  patience: integer(1, 1000).default(3).describe('Validations without improvement before training ends.'),
});

const sampleCompletions = block(
  'Completes a few prompts of the validation part again and again, to see the model learn.',
  {
    everySteps: integer(1, 1_000_000).default(100).describe('Steps between two rounds.'),
    prompts: integer(1, 8).default(3).describe('How many prompts, always the same ones.'),
    maxNewTokens: integer(1, 256).default(32).describe('Longest completion in tokens; the likeliest are taken.'),
  },
);

const learningRateSearch = block(
  'Short trainings from the same start at rates a factor of three apart around learningRate; the best rate is then used.',
  {
    tries: integer(2, 5).default(3).describe('How many rates.'),
    steps: integer(4, 10_000).default(30).describe('Steps of each.'),
  },
);

export const training = block('How the optimizer (AdamW) runs.', {
  epochs: decimal({ above: 0, max: 10_000 })
    .default('3')
    .describe('Passes over the data; a generator writes a fresh pass each time.'),
  maxSteps: integer(1, 10_000_000).optional().describe('Optimizer steps; wins over epochs.'),
  learningRate: decimal({ above: 0, max: 1 }).default('2e-4').describe('Highest learning rate.'),
  schedule: z.enum(schedules).default('Cosine').describe('How the learning rate falls after the warm-up.'),
  warmupPercent: percent.default(3).describe('Share of the steps in which the learning rate rises.'),
  batchTokens: integer(16, 16_777_216).default(4096).describe('Tokens of one optimizer step.'),
  sequenceLength: integer(16, 131_072)
    .optional()
    .describe('Tokens of one packed row; when absent, data.clean.maxTokens up to the context of the model.'),
  gradientClip: decimal({ min: 0 }).default('1.0').describe('Highest norm of the gradient; 0 never clips.'),
  weightDecay: decimal({ min: 0, max: 1 }).default('0.01').describe('Weight decay of AdamW, on matrices alone.'),
  neftuneNoiseAlpha: decimal({ above: 0, max: 1000 })
    .optional()
    .describe('Noise on the embeddings while it learns (NEFTune); 5 to 15 are usual, none when absent.'),
  precision: z.enum(precisions).default('Auto').describe('Number format of the computation.'),
  frozenWeights: z.enum(frozenWeights).default('Auto').describe('Number format of weights that are not trained.'),
  activationCheckpointing: z
    .boolean()
    .default(false)
    .describe(
      'Whether the layers are computed anew on the way back (gradient checkpointing): much less memory for about a third more time, the same numbers.',
    ),
  packing: z.boolean().default(true).describe('Whether several whole examples share a row, none seeing another.'),
  seed: integer(0, 2_147_483_647).default(1).describe('Seed of everything random in training.'),
  earlyStopping: earlyStopping.optional(),
  learningRateSearch: learningRateSearch.optional(),
  sampleCompletions: sampleCompletions.optional(),
});
export type Training = z.infer<typeof training>;

export const checkpoint = block('When work is saved, so that a killed pod goes on from there.', {
  everySteps: integer(1, 1_000_000).default(100).describe('Steps between two checkpoints.'),
  keep: integer(1, 100).default(2).describe('Newest checkpoints kept.'),
  loadBestAtEnd: z
    .boolean()
    .default(false)
    .describe(
      'Publishes the weights of the lowest validation loss instead of the last ones; their checkpoint is kept beside the newest.',
    ),
});
export type CheckpointSpec = z.infer<typeof checkpoint>;
