import { expect, test } from 'vitest';
import type { AnyObject, ChatModel } from '../../cluster/kinds.ts';
import { chatModel, distillJob, fineTuneJob, settings } from '../manifests.suite.ts';
import { whyMissing } from './models.ts';
import { modelsOf, titlesOf, trainingTask } from './training-kinds.ts';

const digest = `sha256:${'7f3a'.padEnd(64, '0')}`;
const artifact = { uri: 'pvc://models/default/large/1', digest, formats: ['Merged' as const], verified: true };
const ended = (status: 'True' | 'False', reason: string) => [
  { type: 'Succeeded', status, reason, message: '', lastTransitionTime: '' },
];
const complete = { ...fineTuneJob('large'), status: { conditions: ended('True', 'Complete'), artifact } };
const serving: ChatModel = {
  ...chatModel('country'),
  status: {
    url: 'http://country.default.svc',
    conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: '' }],
  },
};
const fromLarge = { teacher: { fromJob: { name: 'large' } }, student: { shrink: { layers: 2 } } };

test('a DistillJob takes its teacher from another job and makes its student', () => {
  const job = distillJob('small', fromLarge);
  expect(trainingTask(job, [complete], settings)).toMatchObject({
    kind: 'DistillJob',
    teacher: { uri: artifact.uri, digest },
    student: null,
  });
  expect(titlesOf(job)).toEqual({ teacher: 'large', student: 'shrink', method: 'Full' });
});

test.each<[string, object, AnyObject | undefined, string]>([
  ['a job that is not there', fromLarge.teacher, undefined, 'FineTuneJob large does not exist yet'],
  ['a job under way', fromLarge.teacher, fineTuneJob('large'), 'waits for FineTuneJob large'],
  [
    'a failed job',
    fromLarge.teacher,
    { ...complete, status: { conditions: ended('False', 'DataInvalid') } },
    'FineTuneJob large ended with DataInvalid: delete it and make it again, or name another one',
  ],
  [
    'a job of the other kind and the same name',
    { fromJob: { kind: 'DistillJob', name: 'large' } },
    complete,
    'DistillJob large does not exist yet',
  ],
  [
    'a service that is starting',
    { chatModel: { name: 'country' } },
    chatModel('country'),
    'waits until ChatModel country answers',
  ],
])('waits for %s', (_name, teacher, upstream, message) => {
  const job = distillJob('small', { ...fromLarge, teacher });
  const blocked = modelsOf(job).map((source) => whyMissing(source, upstream ? [upstream] : []))[0];
  expect(blocked).toEqual({ status: 'Unknown', reason: 'WaitingForModel', message });
});

test.each<[string, object, object]>([
  ['a service', { chatModel: { name: 'country' } }, { url: 'http://country.default.svc/v1', model: 'country' }],
  [
    'a server elsewhere',
    { endpoint: { url: 'https://llm.example/v1', model: 'large', secretRef: { name: 'llm' } } },
    { url: 'https://llm.example/v1', model: 'large', secretRef: { name: 'llm' } },
  ],
])('asks %s that teaches', (_name, teacher, told) => {
  const job = distillJob('small', { teacher, student: { uri: 'pvc://models/small' }, distillation: { sequence: {} } });
  expect(modelsOf(job).map((source) => whyMissing(source, [serving]))).toEqual([undefined, undefined]);
  expect(trainingTask(job, [serving], settings)).toMatchObject({
    teacher: told,
    student: { uri: 'pvc://models/small' },
  });
});

test('a service that teaches is asked from inside a cluster, whatever its way in from outside', () => {
  const exposed = { ...serving, status: { ...serving.status, url: 'https://chat.example.org' } };
  const job = distillJob('small', {
    teacher: { chatModel: { name: 'country' } },
    student: { uri: 'pvc://models/small' },
    distillation: { sequence: {} },
  });
  const urlOf = (inCluster: boolean) => {
    const task = trainingTask(job, [exposed], { ...settings, inCluster });
    return task.kind === 'DistillJob' && 'url' in task.teacher ? task.teacher.url : undefined;
  };
  expect(urlOf(true)).toBe('http://country.default.svc/v1');
  expect(urlOf(false)).toBe('https://chat.example.org/v1');
});
