import { distill, job, type RuleCase } from './rule-case.ts';

export const trainingCases: readonly RuleCase[] = [
  job('training: half an epoch', { 'spec.training.epochs': '0.5' }),
  job(
    'training: no epoch',
    { 'spec.training.epochs': '0' },
    'spec.training.epochs: found "0", expected a decimal number in quotes above 0 and at most 10000, such as "3" or "0.5"',
  ),
  job(
    'training: a word for a number',
    { 'spec.training.epochs': 'three' },
    'spec.training.epochs: found "three", expected a decimal number in quotes above 0 and at most 10000, such as "3" or "0.5"',
  ),
  job(
    'training: a number without quotes',
    { 'spec.training.learningRate': 0.001 },
    'spec.training.learningRate: found 0.001, expected a decimal number in quotes above 0 and at most 1, such as "0.5" or "2e-4"',
  ),
  job('checkpoint: the best one', { 'spec.checkpoint': { loadBestAtEnd: true } }),
  job(
    'checkpoint: the best one by nothing',
    { 'spec.checkpoint': { loadBestAtEnd: true }, 'spec.data.split': { validationPercent: 0 } },
    'spec.data.split.validationPercent: found 0; training.earlyStopping and checkpoint.loadBestAtEnd go by the validation loss: write data.split.validationPercent, such as 5',
  ),
  distill(
    'training: early stopping of a student by nothing',
    { 'spec.training.earlyStopping': {}, 'spec.data.split': { validationPercent: 0 } },
    'spec.data.split.validationPercent: found 0; training.earlyStopping and checkpoint.loadBestAtEnd go by the validation loss: write data.split.validationPercent, such as 5',
  ),
  job('evaluation: forgetting', { 'spec.evaluation': { forgetting: {} } }),
  job(
    'evaluation: forgetting of a new model',
    {
      'spec.base': { scratch: { layers: 2, hidden: 64, heads: 4 } },
      'spec.method': { full: {} },
      'spec.evaluation': { forgetting: {} },
    },
    'spec.evaluation.forgetting: found an empty block; base.scratch knows nothing that it could forget: remove evaluation.forgetting',
  ),
  distill(
    'evaluation: forgetting of a new student',
    {
      'spec.student': { scratch: { layers: 2, hidden: 64, heads: 4 } },
      'spec.evaluation': { forgetting: {} },
    },
    'spec.evaluation.forgetting: found an empty block; student.scratch knows nothing that it could forget: remove evaluation.forgetting',
  ),
];
