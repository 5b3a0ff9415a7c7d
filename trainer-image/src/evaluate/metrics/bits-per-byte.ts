import type { LikelihoodMetric } from './metric.ts';

/** Bits a model needs for each UTF-8 byte of the scored text; comparable between models with different tokenizers. */
export const bitsPerByte: LikelihoodMetric = {
  needs: 'likelihoods',
  scale: '0 or more, lower is better',
  row: ({ nll, bytes }) => [nll, bytes],
  score: (sums) => sums[0]! / Math.LN2 / sums[1]!,
  signature: () => 'per:utf8-byte|special-tokens:0-bytes',
};
