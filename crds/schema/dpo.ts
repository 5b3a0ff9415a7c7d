import type { z } from 'zod';
import { block, decimal, type Rule } from './scalars.ts';

export const dpo = block(
  'Learns from pairs of answers, one preferred to the other, in place of labels (direct preference optimisation); the base is the reference.',
  {
    beta: decimal({ above: 0, max: 100 })
      .default('0.1')
      .describe('How strongly the model is held to the base: the larger, the less it leaves it.'),
    labelSmoothing: decimal({ min: 0, below: 0.5 })
      .default('0')
      .describe('Share of pairs that are taken to be the wrong way round.'),
  },
);
export type Dpo = z.infer<typeof dpo>;

/** Pairs and the loss that reads them come together. */
export const pairsForDpo: readonly Rule[] = [
  {
    rule: "self.data.sources.all(source, (source.format == 'preference') == has(self.dpo))",
    message: 'format preference and dpo go together: write dpo: {} and format: preference for every source, or neither',
    fieldPath: '.data.sources',
  },
  {
    rule: '!has(self.dpo) || !has(self.base.scratch)',
    message:
      'dpo holds the model to its base, and base.scratch has learned nothing yet: tune its result with another job',
    fieldPath: '.dpo',
  },
];

/** A student learns from its teacher, not from pairs. */
export const noPairs: Rule = {
  rule: "self.data.sources.all(source, source.format != 'preference')",
  message: 'format preference is for dpo of a FineTuneJob: use another format here',
  fieldPath: '.data.sources',
};
