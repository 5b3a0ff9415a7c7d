import { randomInt, randomUUID } from 'node:crypto';
import { serveTask, type ServeTask } from '@wikigpt/schema/task.ts';
import { fetchFolder } from '../artifacts/fetch-folder.ts';
import { containerPath, containerPaths, type ContainerConfig } from '../container.ts';
import { TrainerError } from '../errors.ts';
import { startWorkerTextGenerator, type WorkerTextGenerator } from '../generate/worker-text-generator.ts';
import type { Logger } from '../log.ts';
import { createApp } from '../serve/app.ts';
import { describeModel } from '../serve/describe-model.ts';
import { startHttpServer } from '../serve/http-server.ts';
import { createServeMetrics } from '../serve/metrics.ts';
import { buildPage } from '../serve/page.ts';
import type { ServerState } from '../serve/service.ts';
import { asModelFolder } from '../weights/gguf/as-model-folder.ts';
import { readTask } from './read-task.ts';

const slots = 8;
const limits = { maxWaiting: 64, prefillTokens: 512, maxBodyBytes: 1_000_000, drainMs: 25_000 };

/** Serves the model of the task until `signal` aborts, then lets the answers under way end. */
export async function serve(
  { root, port, threads, environment }: Pick<ContainerConfig, 'root' | 'port' | 'threads' | 'environment'>,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const task = await readTask(containerPath(root, containerPaths.task), serveTask);
  requireBuilt(task.spec);
  const work = containerPath(root, containerPaths.work);
  const folder = await asModelFolder(await fetchFolder(task.model, { root, work, environment, signal }), work);
  const unixTime = (): number => Math.floor(Date.now() / 1000);
  const model = await describeModel(task, folder, unixTime());

  let state: ServerState = 'loading';
  let generator: WorkerTextGenerator | undefined;
  const idle = { running: 0, waiting: 0, slots, cacheUse: 0 };
  const app = createApp({
    model,
    metrics: createServeMetrics(model.name, () => generator?.load() ?? idle),
    page: task.spec.ui.enabled ? buildPage() : undefined,
    peer: task.peer,
    logger,
    maxBodyBytes: limits.maxBodyBytes,
    generator: () => generator,
    state: () => state,
    clock: () => performance.now(),
    unixTime,
    newId: randomUUID,
    newSeed: () => randomInt(2 ** 32),
  });
  // A pod is reached through its address; a laptop's pod, which has a root of its own, from this machine alone.
  const server = await startHttpServer(app, port, root === '/' ? undefined : '127.0.0.1');
  logger.info('listening', { port: server.port, model: model.name });

  try {
    const { maxWaiting, prefillTokens } = limits;
    const options = { folder, threads, slots, maxContext: model.context, maxWaiting, prefillTokens };
    generator = await startWorkerTextGenerator(options, signal);
    state = 'ready';
    logger.info('ready', { model: model.name, parameters: model.parameters, prompt: model.style.kind });
    await Promise.race([aborted(signal), generator.lost]);
    state = 'draining';
    logger.info('draining', generator.load());
    const { complete } = await server.drain(limits.drainMs);
    if (!complete) logger.warn('answers were cut off', { afterMs: limits.drainMs });
    await generator.close();
    logger.info('stopped', { model: model.name });
  } catch (error) {
    state = 'failed';
    await server.drain(0);
    throw error;
  }
}

function requireBuilt(spec: ServeTask['spec']): void {
  const unbuilt =
    spec.adapters.length > 0
      ? 'spec.adapters'
      : spec.quantization !== 'None'
        ? `spec.quantization: ${spec.quantization}`
        : spec.runtime !== 'Builtin'
          ? `spec.runtime: ${spec.runtime}`
          : undefined;
  if (unbuilt) throw new TrainerError('InvalidSpec', `${unbuilt} is not served by this release; leave it out.`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
