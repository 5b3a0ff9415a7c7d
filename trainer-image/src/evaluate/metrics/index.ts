import type { MetricName } from '@wikigpt/schema/catalog.ts';
import { bitsPerByte } from './bits-per-byte.ts';
import { bleu } from './bleu.ts';
import { chrf } from './chrf.ts';
import { exactMatch } from './exact-match.ts';
import { f1 } from './f1.ts';
import type { LikelihoodMetric, TextMetric } from './metric.ts';
import { perplexity } from './perplexity.ts';
import { rouge1, rouge2, rougeL } from './rouge.ts';

/** Every metric a manifest can name. */
export const metrics = {
  ExactMatch: exactMatch,
  F1: f1,
  BLEU: bleu,
  Rouge1: rouge1,
  Rouge2: rouge2,
  RougeL: rougeL,
  chrF: chrf,
  Perplexity: perplexity,
  BitsPerByte: bitsPerByte,
} satisfies Record<MetricName, TextMetric | LikelihoodMetric>;

type NamesWith<Metric> = { [Name in MetricName]: (typeof metrics)[Name] extends Metric ? Name : never }[MetricName];

/** Metrics that compare written answers with references. */
export type TextMetricName = NamesWith<TextMetric>;
/** Metrics that need the model's own probabilities of the expected text. */
export type LikelihoodMetricName = NamesWith<LikelihoodMetric>;

export const isTextMetric = (name: MetricName): name is TextMetricName => metrics[name].needs === 'texts';
