import type { LikelihoodMetric } from './metric.ts';

/** e to the mean negative log-likelihood of the scored tokens; comparable only between models with one tokenizer. */
export const perplexity: LikelihoodMetric = {
  needs: 'likelihoods',
  scale: '1 or more, lower is better',
  row: ({ nll, tokens }) => [nll, tokens],
  score: (sums) => Math.exp(sums[0]! / sums[1]!),
  signature: () => 'per:token|exp:mean-nll',
};
