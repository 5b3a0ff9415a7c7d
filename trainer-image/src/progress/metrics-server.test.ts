import { expect, test } from 'vitest';
import { noProgress } from './progress-client.ts';
import { startMetricsServer } from './metrics-server.ts';

const labels = { kind: 'FineTuneJob', namespace: 'team', name: 'facts' };
const progress = { step: 7, totalSteps: 10, loss: '1.5', learningRate: '0.0003', gradNorm: '2.5' };

test('answers while the thread that trains is busy, with what it was told', async () => {
  const server = await startMetricsServer({ labels, port: 0 });
  const passedOn: unknown[] = [];
  let now = 0;
  const counting = server.counting({ ...noProgress, report: (report) => passedOn.push(report) }, () => now);
  counting.report({ phase: 'Training', progress });
  now = 250;
  counting.report({ progress: { ...progress, step: 8, validationLoss: '1.25' } });
  now = 9000;
  // After a rest of the job on another pod the time between two steps says nothing of a step.
  counting.report({ progress: { ...progress, step: 20 } });
  expect(passedOn).toHaveLength(3);

  const asked = fetch(`http://127.0.0.1:${server.port}/metrics`).then((answer) => answer.text());
  // Blocks this thread as a step does.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  const text = await asked;
  const of = '{kind="FineTuneJob",namespace="team",name="facts"}';
  expect(text).toContain(`wikigpt_training_step${of} 20\n`);
  expect(text).toContain(`wikigpt_training_learning_rate${of} 0.0003\n`);
  expect(text).toContain(`wikigpt_training_gradient_norm${of} 2.5\n`);
  expect(text).toContain(`wikigpt_training_validation_loss${of} 1.25\n`);
  expect(text).toContain(`wikigpt_training_step_seconds_sum${of} 0.25\n`);
  expect(text).toContain(`wikigpt_training_step_seconds_count${of} 1\n`);
  expect(text).toMatch(/^process_resident_memory_bytes\{.*name="facts"\} \d+$/m);
  await server.close();
});

test('says why a port cannot be opened', async () => {
  const server = await startMetricsServer({ labels, port: 0 });
  await expect(startMetricsServer({ labels, port: server.port })).rejects.toThrow(`Port ${server.port} is taken`);
  await server.close();
});
