import type { Language } from '@wikigpt/schema/catalog.ts';
import type { BleuTokenizer } from '../tokenize-bleu.ts';

/** One answer of a model and the texts it may equal; its own language wins over that of the set. */
export interface TextExample {
  readonly prediction: string;
  readonly references: readonly string[];
  readonly language?: Language;
}

/** How well a model foresaw one text: negative log-likelihood in nats, scored tokens, and UTF-8 bytes they stand for. */
export interface Likelihood {
  readonly nll: number;
  readonly tokens: number;
  readonly bytes: number;
}

export interface MetricOptions {
  readonly language: Language;
  /** BLEU's; by default `zh` when any example is Chinese, else `13a`. */
  readonly tokenizer?: BleuTokenizer;
  /** Whether ROUGE compares English words by their stems; no by default, as in rouge_score. */
  readonly stem?: boolean;
}

/** A metric is what each example adds to a few sums, and the score of those sums: so it can be resampled cheaply. */
interface MetricOf<Needs extends string, Example> {
  readonly needs: Needs;
  /** The scale in words, such as "0 to 100". */
  readonly scale: string;
  /** Fixes the choices that depend on all examples together; without it the options stay as they are. */
  readonly settle?: (examples: readonly Example[], options: MetricOptions) => MetricOptions;
  readonly row: (example: Example, options: MetricOptions) => readonly number[];
  /** Score of the column sums of `count` rows. */
  readonly score: (sums: Float64Array, count: number) => number;
  /** Everything that another person needs to compute the same number. */
  readonly signature: (examples: readonly Example[], options: MetricOptions) => string;
}

export type TextMetric = MetricOf<'texts', TextExample>;
export type LikelihoodMetric = MetricOf<'likelihoods', Likelihood>;

/** The score of metrics whose rows are `[value of this example]`. */
export const mean = (sums: Float64Array, count: number): number => sums[0]! / count;

/** The best value over the references of an example. */
export const best = ({ references }: TextExample, value: (reference: string) => number): number =>
  Math.max(...references.map(value));

/** The language an example is compared in. */
export const languageOf = (example: TextExample, options: MetricOptions): Language =>
  example.language ?? options.language;

/** How many references each example has, as sacrebleu writes it. */
export function describeReferences(examples: readonly TextExample[]): string {
  const counts = new Set(examples.map(({ references }) => references.length));
  return `nrefs:${counts.size === 1 ? [...counts][0]! : 'var'}`;
}

/** The languages the examples are compared in, and the rule each is compared by: `tok:zh-char|lang:zh`. */
export function describeRules(
  label: string,
  rules: Readonly<Record<Language, string>>,
  examples: readonly TextExample[],
  options: MetricOptions,
): string {
  const found = [...new Set(examples.map((example) => languageOf(example, options)))].sort();
  return `${label}:${found.map((language) => rules[language]).join('+')}|lang:${found.join('+')}`;
}
