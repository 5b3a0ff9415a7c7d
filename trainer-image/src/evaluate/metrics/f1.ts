import type { Language } from '@wikigpt/schema/catalog.ts';
import { substringLength } from '../common-subsequence.ts';
import { countNgrams, countShared, numberNgrams } from '../ngrams.ts';
import { answerRules } from '../normalise-answer.ts';
import { best, describeReferences, describeRules, languageOf, mean } from './metric.ts';
import type { TextMetric } from './metric.ts';

/** How much two answers have in common: words in any order in English, the longest common run in Chinese. */
const overlap: Readonly<Record<Language, (prediction: readonly string[], reference: readonly string[]) => number>> = {
  en: (prediction, reference) => {
    const { distinct, sequences } = numberNgrams([prediction, reference], 1)[0]!;
    return countShared(countNgrams(sequences[0]!, distinct), countNgrams(sequences[1]!, distinct));
  },
  zh: substringLength,
};

/** Mean overlap of answers and references as harmonic mean of precision and recall: SQuAD's for English, CMRC's for Chinese. */
export const f1: TextMetric = {
  needs: 'texts',
  scale: '0 to 1',
  row: (example, options) => {
    const language = languageOf(example, options);
    const { segments } = answerRules[language];
    const prediction = segments(example.prediction);
    return [
      best(example, (text) => {
        const reference = segments(text);
        if (prediction.length === 0 || reference.length === 0) return prediction.length === reference.length ? 1 : 0;
        return (2 * overlap[language](prediction, reference)) / (prediction.length + reference.length);
      }),
    ];
  },
  score: mean,
  signature: (examples, options) =>
    `${describeReferences(examples)}|${describeRules('f1', { en: 'squad', zh: 'cmrc' }, examples, options)}`,
};
