import { expect, test } from 'vitest';
import { wantedModel } from '../controllers/chat-model/model.ts';
import type { ChatSeen } from '../controllers/chat-model/observe.ts';
import { chatModel, fineTuneJob, settings } from '../controllers/manifests.suite.ts';
import { trainingTask } from '../controllers/training-job/training-kinds.ts';
import { observe } from '../controllers/training-job/observe.ts';
import type { PodSpec } from '../cluster/objects.ts';
import { revisionDeployment, servingTask } from './serving.ts';
import { trainingJob } from './training.ts';

const digest = `sha256:${'0a'.repeat(32)}`;
const artifact = { uri: 's3://models/default/large/1', digest, formats: ['Merged' as const], verified: true };
const large = {
  ...fineTuneJob('large', { output: { uri: 's3://models', secretRef: { name: 'theirs' } } }),
  status: {
    conditions: [
      { type: 'Succeeded', status: 'True' as const, reason: 'Complete', message: '', lastTransitionTime: '' },
    ],
    artifact,
  },
};

function mounted({ volumes = [], containers }: PodSpec): Record<string, unknown> {
  return Object.fromEntries(
    containers[0]!.volumeMounts!.map(({ name, mountPath }) => [mountPath, volumes.find((each) => each.name === name)]),
  );
}

test('a training pod has the Secret of every store that it reads and writes, each once', () => {
  const source = { format: 'qa' as const, uri: 's3://data/qa.jsonl', secretRef: { name: 'ours' } };
  const job = fineTuneJob('tuned', {
    base: { fromJob: { name: 'large' } },
    data: { sources: [source, source] },
    output: { uri: 's3://models', secretRef: { name: 'ours' } },
  });
  const task = trainingTask(job, [large], settings);
  // What a job was written with, it can be read with.
  expect(task).toMatchObject({
    base: { uri: artifact.uri, digest, secretRef: { name: 'theirs' } },
    output: { secretRef: { name: 'ours' } },
  });
  const { template } = trainingJob(job, task, settings).spec;
  const paths = mounted(template.spec);
  expect(Object.keys(paths).filter((path) => path.includes('stores'))).toEqual([
    '/var/run/secrets/wikigpt-stores/ours',
    '/var/run/secrets/wikigpt-stores/theirs',
  ]);
  expect(paths['/var/run/secrets/wikigpt-stores/theirs']).toMatchObject({ secret: { secretName: 'theirs' } });
});

test('pods are told the revision of a repository', () => {
  const model = { uri: 'hf://org/model', revision: 'v1', secretRef: { name: 'hub' } };
  const task = trainingTask(fineTuneJob('tuned', { base: model }), [], settings);
  expect(task).toMatchObject({ base: model });
  const wanted = wantedModel(chatModel('chat', { model }), { source: undefined } as unknown as ChatSeen);
  expect(wanted).toMatchObject({ model });
});

test.each([
  ['hf://org/model', true],
  ['oci://registry/model:v1', true],
  ['https://host/small.gguf', true],
  ['pvc://models/small.gguf', true],
  ['pvc://models/small', false],
])('a serving pod of %s has a folder to copy to: %s', (uri, has) => {
  const chat = chatModel('chat', { model: { uri } });
  const wanted = wantedModel(chat, { source: undefined } as unknown as ChatSeen);
  if (wanted.blocked) throw new Error(wanted.blocked.message);
  const task = servingTask(chat, 'chat-1', wanted.model, undefined);
  expect('/work' in mounted(revisionDeployment(chat, task, 1, settings).spec.template.spec)).toBe(has);
});

test('a serving pod has a folder for its copy of the model', () => {
  const chat = chatModel('chat', { model: { fromJob: { name: 'large' } }, requireGate: false });
  const wanted = wantedModel(chat, { source: large } as unknown as ChatSeen);
  if (wanted.blocked) throw new Error(wanted.blocked.message);
  const task = servingTask(chat, 'chat-1', wanted.model, undefined);
  const paths = mounted(revisionDeployment(chat, task, 1, settings).spec.template.spec);
  expect(paths['/work']).toMatchObject({ emptyDir: {} });
  expect(paths['/var/run/secrets/wikigpt-stores/theirs']).toBeDefined();
});

test('a job that names no place uses the default store', () => {
  const elsewhere = { ...settings, defaultStore: 's3://models/team/' };
  const job = fineTuneJob('facts');
  expect(trainingTask(job, [], elsewhere).output.uri).toMatch(/^s3:\/\/models\/team\/default\/facts\//);
  expect(observe(job, settings).output.name).toBe('wikigpt-models');
  expect(observe(job, elsewhere).output.name).toBe('');
});
