// The entry of a worker thread: a training step blocks the thread it runs in, and whoever scrapes must not wait for it.
import { parentPort, workerData } from 'node:worker_threads';
import { Hono } from 'hono';
import { asTrainerError } from '../errors.ts';
import { startHttpServer } from '../serve/http-server.ts';
import type { FromMetrics, MetricsServerOptions } from './metrics-server.ts';
import { createTrainingMetrics, type StepMeasurement } from './training-metrics.ts';

const { labels, port } = workerData as MetricsServerOptions;
const { registry, observe } = createTrainingMetrics(labels);
const parent = parentPort!;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const post = (message: FromMetrics): void => parent.postMessage(message);

const app = new Hono();
app.get('/metrics', async (c) => c.body(await registry.metrics(), 200, { 'content-type': registry.contentType }));

try {
  const server = await startHttpServer(app, port);
  parent.on('message', (measurement: StepMeasurement) => observe(measurement));
  post({ port: server.port });
} catch (error) {
  post({ broken: asTrainerError(error).message });
}
