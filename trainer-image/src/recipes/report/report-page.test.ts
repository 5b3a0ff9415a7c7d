import { expect, test } from 'vitest';
import { reportPage } from './report-page.ts';
import type { Report } from './report.ts';

const report: Report = {
  job: 'default/<b>qa</b>',
  createdAt: '2026-01-01T00:00:00Z',
  versions: { trainer: '0.1.0', node: 'v24' },
  model: { family: 'llama', parameters: 1000, trainableParameters: 10, method: 'lora', baseDigest: null },
  data: { records: 12, dropped: 1, leakagePercent: '0.0' },
  training: {
    steps: 3,
    tokens: 300,
    seconds: 1.5,
    validationLoss: 0.5,
    stoppedEarly: false,
    publishedStep: 2,
    rollbacks: 1,
    learningRates: [{ learningRate: 1e-3, loss: null }],
    completions: [{ step: 2, prompt: '<i>why', reference: 'r', answer: 'because' }],
    losses: [3, 2, 1].map((loss, i) => ({ step: i + 1, loss })),
  },
  evaluation: {
    scores: [],
    rows: [
      { model: 'Tuned', set: 'test', metric: 'ExactMatch', value: '0.7', low: '0.6', high: '0.8', count: 9 },
      { model: 'Base', set: 'test', metric: 'ExactMatch', value: '0.1', low: '0', high: '0.2', count: 9 },
    ],
    gate: 'Failed',
    reasons: ['ExactMatch is 0.7, required is at least 0.9.'],
    summary: 'ExactMatch 0.70',
    forgetting: { text: 'BuiltIn', tokens: 9, before: '12', after: '13', lossRise: '0.08' },
  },
  samples: [{ set: 'test', prompt: '<script>alert(1)</script>', reference: 'a', answer: '"b" & c' }],
  spec: { task: 'QA' },
};

test('shows scores, the gate and the loss, and loads nothing from elsewhere', () => {
  const page = reportPage(report);
  expect(page).toContain('0.6 – 0.8');
  expect(page).toContain('required is at least 0.9');
  expect(page).toContain('aria-label="Training loss from 3.00 to 1.00"');
  expect(page).toContain('the weights of step 2');
  expect(page).toContain('perplexity 12 before, 13 after');
  expect(page).toContain('<td>1.00e-3</td><td>not a number</td>');
  expect(page).toContain('<td>because</td>');
  expect(page).not.toMatch(/https?:|src=|url\(/);
});

test('what data and models wrote is text, not markup', () => {
  const page = reportPage(report);
  expect(page).not.toContain('<script>');
  expect(page).not.toContain('<b>qa');
  expect(page).not.toContain('<i>why');
  expect(page).toContain('&quot;b&quot; &amp; c');
});

test('a student is compared with its teacher by as much as is known of that one', () => {
  const score = { value: '0.8', low: '0.7', high: '0.9' };
  const known = { metric: 'F1', teacher: score, student: score, retainedPercent: '100.0' } as const;
  expect(reportPage({ ...report, distillation: known })).toContain('100.0 % of its F1<');
  expect(reportPage({ ...report, distillation: { ...known, sizeRatio: '2.01' } })).toContain(
    '100.0 % of its F1, 2.01 times smaller<',
  );
});
