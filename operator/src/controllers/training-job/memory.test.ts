import { expect, test } from 'vitest';
import { base } from '@wikigpt/schema/base.ts';
import { estimateTraining, memoryQuantity } from '@wikigpt/schema/memory-estimate.ts';
import { parameterCount, scratchSizes, type ModelSizes } from '@wikigpt/schema/model-sizes.ts';
import { presets } from '@wikigpt/schema/presets.ts';
import type { AnyObject, TrainingJob } from '../../cluster/kinds.ts';
import { distillJob, fineTuneJob, settings } from '../manifests.suite.ts';
import { estimateOf, requestOf } from './memory.ts';
import { observe, type JobSeen } from './observe.ts';
import { plan } from './plan.ts';
import { status } from './status.ts';

const scratch = base.parse({ scratch: { layers: 4, hidden: 64, heads: 4, vocabulary: 900 } }).scratch;
if (!scratch) throw new Error('found no scratch, expected the one that was written');
const sizes = scratchSizes(scratch, 900);
const ended = [{ type: 'Succeeded', status: 'True' as const, reason: 'Complete', message: '', lastTransitionTime: '' }];

/** A job that is Complete, whose result says the sizes of its model, or does not. */
function complete(name: string, model?: ModelSizes): TrainingJob {
  const digest = `sha256:${'7f3a'.padEnd(64, '0')}`;
  const artifact = { uri: 'pvc://models/x', digest, formats: ['Merged' as const], verified: true };
  return { ...fineTuneJob(name), status: { conditions: ended, artifact: { ...artifact, ...(model && { model }) } } };
}

function seen(...upstreams: readonly AnyObject[]): JobSeen {
  const empty = Object.fromEntries(Object.keys(observe(fineTuneJob('any'), settings)).map((name) => [name, undefined]));
  return { ...empty, pods: [], configMaps: [], upstreams } as unknown as JobSeen;
}

const memoryOf = (job: TrainingJob, ...upstreams: readonly AnyObject[]) =>
  estimateOf(job, seen(...upstreams), settings)?.memory;
const tuned = fineTuneJob('tuned', { base: { fromJob: { name: 'large' } }, method: { lora: {} } });
const bytes = (job: TrainingJob, model: ModelSizes, teacher?: ModelSizes) =>
  memoryQuantity(estimateTraining(job.spec, model, teacher).bytes);

test('the sizes of a new model are in its manifest, those of a preset in the catalog, others in the result that they come from', () => {
  const fresh = fineTuneJob('fresh', { base: { scratch } });
  expect(memoryOf(fresh)).toBe(bytes(fresh, sizes));
  const named = fineTuneJob('named', { base: { preset: 'gpt2' }, method: { lora: {} } });
  expect(memoryOf(named)).toBe(bytes(named, presets.gpt2.sizes));
  expect(memoryOf(tuned, complete('large', sizes))).toBe(bytes(tuned, sizes));
});

const slim = { layers: 1, hidden: 32, heads: 2 };
test.each([
  ['shrink', { shrink: { layers: 2 } }, { ...sizes, layers: 2 }],
  ['scratch', { scratch: slim }, scratchSizes({ ...scratch, ...slim }, 900)],
  ['fromJob', { fromJob: { name: 'small' } }, { ...sizes, layers: 1 }],
])('a student by %s takes its memory and that of its teacher', (_how, student, model) => {
  const job = distillJob('distilled', { teacher: { fromJob: { name: 'large' } }, student });
  const upstreams = [complete('large', sizes), complete('small', { ...sizes, layers: 1 })];
  expect(memoryOf(job, ...upstreams)).toBe(bytes(job, model, sizes));
  expect(estimateTraining(job.spec, model, sizes).basis).toContain(' + teacher ');
});

test('a model that learns from pairs has its base beside it, whatever is trained', () => {
  const job = (more: object) =>
    fineTuneJob('paired', { base: { fromJob: { name: 'large' } }, method: { full: {} }, ...more });
  const [alone, paired] = [job({}), job({ dpo: {} })].map(({ spec }) => estimateTraining(spec, sizes));
  expect(paired!.bytes - alone!.bytes).toBeGreaterThan(4 * parameterCount(sizes));
});

test('a student that writes takes its weights twice more, and keys and values', () => {
  const job = (more: object) => distillJob('distilled', { distillation: { logits: {}, ...more } });
  const model = { ...sizes, layers: 2 };
  const [reads, writes] = [job({}), job({ onPolicy: {} })].map(({ spec }) => estimateTraining(spec, model, sizes));
  expect(writes!.basis).toContain(' + writing ');
  expect(writes!.bytes - reads!.bytes).toBeGreaterThan(2 * 4 * parameterCount(model));
});

test('a model whose sizes nobody knows is given the default, which ends no pod', () => {
  const job = fineTuneJob('unknown', { base: { uri: 'pvc://models/x' } });
  expect(estimateOf(job, seen(), settings)).toEqual({
    memory: '4Gi',
    basis:
      'the default, since the sizes of the model are known only when it is read; for another amount write resources.mode: Manual',
  });
  expect(requestOf(job, seen(), settings)).toEqual({ requests: { cpu: '1', memory: '4Gi' } });
  expect(memoryOf(tuned, complete('large'))).toBe('4Gi');
  const { defaultMemory: _, ...laptop } = settings;
  expect(requestOf(job, seen(), laptop)).toEqual({});
});

test('what a manifest says is asked for as it is, and nothing is estimated', () => {
  const resources = { mode: 'Manual', requests: { memory: '1Gi' }, limits: { memory: '2Gi' } } as const;
  const job = fineTuneJob('manual', { resources });
  expect(estimateOf(job, seen(), settings)).toBeUndefined();
  expect(containerOf(job)).toEqual({ requests: { memory: '1Gi' }, limits: { memory: '2Gi' } });
});

test('an estimate is the request, half as much again the limit, beside a device, and stands in the status with the Job', () => {
  const accelerator = { type: 'nvidia.com/gpu', count: 2 };
  const made = fineTuneJob('device', { base: { scratch }, resources: { accelerator } });
  const job = { ...made, metadata: { ...made.metadata, uid: 'its-own' } };
  const memory = bytes(job, sizes);
  const limit = `${Math.ceil(Number.parseInt(memory, 10) * 1.5)}Mi`;
  expect(containerOf(job)).toEqual({
    requests: { cpu: '1', memory },
    limits: { memory: limit, 'nvidia.com/gpu': 2 },
  });
  expect(status(job, seen(), new Date(0), settings).estimate).toBeUndefined();
  const child = plan(job, seen(), new Date(0), settings).apply.find(({ kind }) => kind === 'Job');
  const withChild = { ...seen(), job: child } as JobSeen;
  expect(status(job, withChild, new Date(0), settings).estimate?.memory).toBe(memory);
  const better = { memory: '9Mi', basis: 'what the trainer found' };
  expect(status({ ...job, status: { estimate: better } }, withChild, new Date(0), settings).estimate).toEqual(better);
});

/** What the pod of a job asks for. */
function containerOf(job: TrainingJob) {
  const child = plan(job, seen(), new Date(0), settings).apply.find((object) => object.kind === 'Job');
  return child?.spec.template.spec.containers[0]?.resources;
}
