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

test('its metrics are asked for at the port http in a cluster, and nothing listens on a laptop', () => {
  const job = fineTuneJob('facts');
  const container = (inCluster: boolean) => {
    const of = { ...settings, inCluster };
    return trainingJob(job, trainingTask(job, [], of), of).spec.template.spec.containers[0];
  };
  const port = { name: 'WIKIGPT_METRICS_PORT', value: '8080' };
  expect(container(true)).toMatchObject({ ports: [{ name: 'http', containerPort: 8080 }] });
  expect(container(true)?.env).toContainEqual(port);
  expect(container(false)?.ports).toBeUndefined();
  expect(container(false)?.env).not.toContainEqual(port);
});
