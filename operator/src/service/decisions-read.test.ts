import { expect, test } from 'vitest';
import type { Job, Pod } from '../cluster/objects.ts';
import { fineTuneJob } from '../controllers/manifests.suite.ts';
import { madeByUs } from '../objects/names.ts';
import { decisionsRead } from './decisions-read.ts';

const { trim } = decisionsRead;
const template = { spec: { containers: [{ name: 'trainer', image: 'trainer' }] } };

function job(labels: Record<string, string>, ends?: string): Job {
  const conditions = ends === undefined ? [] : [{ type: ends, status: 'True' as const }];
  const metadata = { namespace: 'a', name: 'b', uid: 'u', labels };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { suspend: false, template }, status: { conditions } };
}

test('the Job of a job under way is kept whole, since steering it needs its template', () => {
  const live = job(madeByUs);
  expect(trim(live)).toBe(live);
});

test('of a Job that has ended, and of a stranger’s, the template is dropped', () => {
  const ended = trim(job(madeByUs, 'Failed'));
  expect(ended.spec.template.spec.containers).toEqual([]);
  expect(ended.status?.conditions).toHaveLength(1);
  const strange = trim(job({}));
  expect(strange.metadata.name).toBe('b');
  expect(strange.spec.template.spec.containers).toEqual([]);
  expect(strange.metadata.labels).toEqual({});
});

test('of a pod the state is kept, by which a failure is explained', () => {
  const terminated = { exitCode: 65, reason: 'Error', message: 'DataInvalid: none', startedAt: '', finishedAt: '' };
  const kept = { name: 'trainer', ready: false, restartCount: 0, state: { terminated } };
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'a', name: 'p', labels: { ...madeByUs, 'job-name': 'b' }, annotations: { x: 'y' } },
    spec: template.spec,
    status: { phase: 'Failed', podIP: '1.2.3.4', containerStatuses: [{ ...kept, imageID: 'x' } as typeof kept] },
  };
  const { metadata, spec, status } = trim(pod);
  expect(metadata.labels).toEqual(madeByUs);
  expect(metadata.annotations).toBeUndefined();
  expect(spec.containers).toEqual([]);
  expect(status).toEqual({ phase: 'Failed', conditions: [], containerStatuses: [kept] });
});

test('the questions a result was scored by are kept only until the job has ended', () => {
  const rows = [{ input: 'a', reference: 'b', prediction: 'c' }];
  const scored = (is: 'Unknown' | 'True') => {
    const conditions = [{ type: 'Succeeded', status: is, reason: 'x', message: '', lastTransitionTime: '' }];
    return {
      ...fineTuneJob('j'),
      status: { conditions, evaluation: { scores: [], rows, gate: 'Passed' as const, summary: '' } },
    };
  };
  expect(trim(scored('Unknown') as never)).toMatchObject({ status: { evaluation: { rows } } });
  expect(trim(scored('True') as never)).toMatchObject({ status: { evaluation: { rows: [], gate: 'Passed' } } });
});
