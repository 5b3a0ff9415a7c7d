import { describe, expect, test } from 'vitest';
import { judge } from './gate.ts';
import { measureLikelihoods, measureTexts } from './measure.ts';
import type { Measurement } from './measure.ts';

/** Exact match of `right` correct answers out of `count`, the correct ones first. */
function answers(right: number, count: number): Measurement {
  const examples = Array.from({ length: count }, (_, index) => ({
    prediction: index < right ? 'yes' : 'no',
    references: ['yes'],
  }));
  return measureTexts('ExactMatch', examples, { language: 'en' });
}

const perplexity = (nll: number): Measurement =>
  measureLikelihoods(
    'Perplexity',
    Array.from({ length: 30 }, (_, index) => ({ nll: nll + index / 100, tokens: 1, bytes: 4 })),
  );

describe('bounds', () => {
  test.each([
    { bounds: { min: '0.7' }, failures: [] },
    { bounds: { min: '0.71' }, failures: ['ExactMatch is 0.700, required is at least 0.71.'] },
    { bounds: { max: '0.69' }, failures: ['ExactMatch is 0.700, required is at most 0.69.'] },
    {
      bounds: { min: '0.8', max: '0.6' },
      failures: ['ExactMatch is 0.700, required is at least 0.8.', 'ExactMatch is 0.700, required is at most 0.6.'],
    },
  ])('$bounds', ({ bounds, failures }) => {
    const verdict = judge(
      { require: [{ metric: 'ExactMatch', ...bounds }] },
      { Tuned: { ExactMatch: answers(7, 10) } },
    );
    expect(verdict).toEqual({ passed: failures.length === 0, failures });
  });

  test('a metric that was not measured fails', () => {
    expect(judge({ require: [{ metric: 'F1', min: '0' }] }, { Tuned: {} }).failures).toEqual([
      'F1 is required but was not measured; list it in evaluation.metrics.',
    ]);
  });
});

describe('a share of the teacher', () => {
  const share = (tuned: Measurement, retainedPercent: string, teacher: Measurement | undefined) => {
    const { metric } = tuned.score;
    const measured = { Tuned: { [metric]: tuned }, ...(teacher ? { Teacher: { [metric]: teacher } } : {}) };
    return judge({ require: [{ metric, retainedPercent }] }, measured).failures;
  };

  test('passes at what is required and fails below', () => {
    expect(share(answers(9, 10), '90', answers(10, 10))).toEqual([]);
    expect(share(answers(8, 10), '90', answers(10, 10))).toEqual([
      'ExactMatch is 0.800, 80.0 % of the 1.000 of the teacher, required are 90 %.',
    ]);
  });

  test('is of a smaller number where lower is better, and of nothing where the teacher was not measured', () => {
    expect(share(perplexity(1), '99', perplexity(1.005))).toEqual([]);
    expect(share(perplexity(1.1), '99', perplexity(1))[0]).toMatch(/90.5 % of the/);
    expect(share(answers(9, 10), '90', undefined)[0]).toMatch(/of the teacher was not measured/);
  });
});

describe('better than a baseline', () => {
  const compare = (tuned: Measurement, base: Measurement) =>
    judge(
      { require: [{ metric: tuned.score.metric, betterThan: 'Base' }] },
      { Tuned: { [tuned.score.metric]: tuned }, Base: { [tuned.score.metric]: base } },
    );

  test('passes beyond chance', () => {
    expect(compare(answers(60, 100), answers(40, 100))).toEqual({ passed: true, failures: [] });
  });

  test('fails when it is no better', () => {
    expect(compare(answers(40, 100), answers(40, 100)).failures).toEqual([
      'ExactMatch is 0.400 against 0.400 of Base, which is no better; required is better than Base.',
    ]);
  });

  test('fails when few examples could say so by chance', () => {
    const [failure] = compare(answers(5, 10), answers(4, 10)).failures;
    expect(failure).toMatch(/^ExactMatch is 0\.500 against 0\.400 of Base, which may be chance with 10 examples/);
  });

  test('is lower for metrics where lower is better', () => {
    expect(compare(perplexity(1), perplexity(2)).passed).toBe(true);
    expect(compare(perplexity(2), perplexity(1)).failures[0]).toContain('which is no better');
  });

  test('fails when the baseline was not measured', () => {
    const { failures } = judge(
      { require: [{ metric: 'ExactMatch', betterThan: 'FewShot' }] },
      { Tuned: { ExactMatch: answers(1, 2) } },
    );
    expect(failures).toEqual(['ExactMatch of FewShot was not measured, so the model cannot be compared with it.']);
  });
});
