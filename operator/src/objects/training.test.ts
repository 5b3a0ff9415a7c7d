import { expect, test } from 'vitest';
import { chatModel, distillJob, fineTuneJob, settings } from '../controllers/manifests.suite.ts';
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

test('the key of a teacher elsewhere is mounted, and its pod may speak to the outside; that of a ChatModel needs neither', () => {
  const podOf = (teacher: object) => {
    const student = { uri: 'pvc://models/small' };
    const job = distillJob('small', { teacher, student, distillation: { sequence: {} } });
    return trainingJob(job, trainingTask(job, [chatModel('country')], settings), settings).spec.template;
  };
  const endpoint = { url: 'https://llm.example/v1', model: 'large', secretRef: { name: 'llm' } };
  const afar = podOf({ endpoint });
  expect(afar.metadata?.labels).toMatchObject({ 'wikigpt.dev/network': 'Open' });
  expect(afar.spec.volumes).toContainEqual({ name: 'store-0', secret: { secretName: 'llm' } });
  expect(Object.keys(podOf({ chatModel: { name: 'country' } }).metadata?.labels ?? {})).not.toContain(
    'wikigpt.dev/network',
  );
});
