import { expect, test } from 'vitest';
import { fineTuneJob, settings } from '../controllers/manifests.suite.ts';
import { trainingTask } from '../controllers/training-job/training-kinds.ts';
import { taskConfigMap, trainingJob } from './training.ts';

test('a pod trusts the authority of an endpoint with a certificate of its own', () => {
  const job = fineTuneJob('facts');
  const task = trainingTask(job, [], settings);
  const trusting = { ...settings, endpoint: 'https://operator', endpointAuthority: 'PEM' };
  expect(taskConfigMap(job, task, trusting).data?.['ca.crt']).toBe('PEM');
  const names = (of: typeof settings) =>
    trainingJob(job, task, of).spec.template.spec.containers[0]?.env?.map(({ name }) => name);
  expect(names(trusting)).toContain('NODE_EXTRA_CA_CERTS');
  expect(names(settings)).not.toContain('NODE_EXTRA_CA_CERTS');
  expect(Object.keys(taskConfigMap(job, task, settings).data ?? {})).toEqual(['task.json']);
});
