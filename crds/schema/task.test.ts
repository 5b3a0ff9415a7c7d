import { describe, expect, it } from 'vitest';
import { smallest } from './generate/smallest.ts';
import { exitCodes, meaningOfExit, progressReport, stoppedBySignal, task } from './task.ts';
import { validateManifest } from './validate.ts';

describe('exit codes', () => {
  it.each([
    [65, 'DataInvalid', false],
    [70, 'TrainerFailed', true],
    [73, 'TrainerFailed', false],
    [1, 'TrainerFailed', true],
  ])('%i means %s', (code, reason, retryable) => {
    expect(meaningOfExit(code)).toEqual({ reason, retryable });
  });

  it('of a signal are no failure', () => {
    expect(stoppedBySignal.filter((code) => code in exitCodes)).toEqual([]);
  });
});

describe('task.json', () => {
  it('carries a validated spec unchanged', () => {
    const job = validateManifest(smallest.FineTuneJob);
    if (!job.ok) throw new Error(job.problems.join('\n'));
    const written = {
      apiVersion: 'wikigpt.dev/v1alpha1',
      kind: 'FineTuneJob',
      metadata: { namespace: 'default', name: 'country-qa', uid: '0-1' },
      spec: job.value.spec,
      base: { uri: 'pvc://wikigpt-models/default/wiki-gpt/0' },
      output: { uri: 'pvc://wikigpt-models/default/country-qa/0' },
    };
    expect(task.parse(JSON.parse(JSON.stringify(written)))).toEqual(written);
  });
});

describe('a progress report', () => {
  it.each([
    ['a phase that only the operator sets', { phase: 'Complete' }],
    ['a number with a fraction', { progress: { step: 1, totalSteps: 2, loss: 1.5 } }],
    ['a loss that is not a number', { progress: { step: 1, totalSteps: 2, loss: 'NaN' } }],
    ['a step before the first', { progress: { step: -1, totalSteps: 2 } }],
  ])('is refused with %s', (_name, report) => {
    expect(progressReport.safeParse(report).success).toBe(false);
  });

  it('is accepted with what a trainer knows', () => {
    expect(
      progressReport.safeParse({ phase: 'Training', progress: { step: 1, totalSteps: 2, loss: '1.5' } }).success,
    ).toBe(true);
  });
});
