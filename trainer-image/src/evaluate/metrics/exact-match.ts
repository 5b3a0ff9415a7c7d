import { answerRules } from '../normalise-answer.ts';
import { best, describeReferences, describeRules, languageOf, mean } from './metric.ts';
import type { TextMetric } from './metric.ts';

/** Share of answers equal to a reference after normalisation: SQuAD's for English, CMRC's for Chinese. */
export const exactMatch: TextMetric = {
  needs: 'texts',
  scale: '0 to 1',
  row: (example, options) => {
    const { text } = answerRules[languageOf(example, options)];
    const prediction = text(example.prediction);
    return [best(example, (reference) => (text(reference) === prediction ? 1 : 0))];
  },
  score: mean,
  signature: (examples, options) =>
    `${describeReferences(examples)}|${describeRules('norm', { en: 'squad', zh: 'cmrc' }, examples, options)}`,
};
