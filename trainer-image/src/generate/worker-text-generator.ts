import { Worker } from 'node:worker_threads';
import { TrainerError } from '../errors.ts';
import { createAsyncQueue, type AsyncQueue } from './async-queue.ts';
import type { EngineWorkerData, FromEngine, ToEngine } from './engine-protocol.ts';
import {
  GenerationRefused,
  type Generation,
  type GenerationEvent,
  type GeneratorLoad,
  type TextGenerator,
  type TextRequest,
} from './text-generator.ts';

/** A generator in a worker thread of its own. */
export interface WorkerTextGenerator extends TextGenerator {
  /** Rejects when the worker ends without being closed. */
  readonly lost: Promise<never>;
}

interface Pending {
  readonly accept: (generation: Generation) => void;
  readonly refuse: (error: Error) => void;
  readonly events: AsyncQueue<GenerationEvent>;
}

/** Starts a worker and waits until its model is loaded; fails with the code that loading failed with, or Cancelled. */
export async function startWorkerTextGenerator(
  options: EngineWorkerData,
  signal?: AbortSignal,
): Promise<WorkerTextGenerator> {
  const worker = new Worker(new URL('./engine-worker.ts', import.meta.url), { workerData: options });
  const pending = new Map<number, Pending>();
  let load: GeneratorLoad = { running: 0, waiting: 0, slots: options.slots, cacheUse: 0 };
  let nextId = 0;
  let closing = false;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  const post = (message: ToEngine): void => worker.postMessage(message);
  const fail = (id: number, error: Error): void => {
    pending.get(id)?.refuse(error);
    pending.get(id)?.events.fail(error);
    pending.delete(id);
  };

  const { promise: ready, resolve: setReady, reject: setBroken } = Promise.withResolvers<void>();
  const { promise: lost, reject: setLost } = Promise.withResolvers<never>();
  // Whoever waits for `lost` hears of it; nobody has to.
  lost.catch(() => {});
  const receive = (message: FromEngine): void => {
    if ('load' in message) load = message.load;
    switch (message.type) {
      case 'ready':
        return setReady();
      case 'broken':
        return setBroken(new TrainerError(message.code, message.message));
      case 'started': {
        const { accept, events } = pending.get(message.id) ?? {};
        return accept?.({ promptTokens: message.promptTokens, events: events! });
      }
      case 'refused':
        return fail(message.id, new GenerationRefused(message.code, message.message));
      case 'failed':
        return fail(message.id, new TrainerError('TrainerFailed', message.message));
      case 'event': {
        const { id, event } = message;
        pending.get(id)?.events.push(event);
        if (event.type !== 'end') return;
        pending.get(id)?.events.close();
        pending.delete(id);
      }
    }
  };
  worker.on('message', receive);
  worker.on('error', (cause) =>
    end(new TrainerError('TrainerFailed', `The engine failed: ${cause.message}`, { cause })),
  );
  worker.on('exit', (code) => end(new TrainerError('TrainerFailed', `The engine's thread ended with code ${code}.`)));
  const end = (error: Error): void => {
    setBroken(error);
    for (const id of pending.keys()) fail(id, error);
    if (!closing) setLost(error);
  };
  const cancel = (): void => setBroken(new TrainerError('Cancelled', 'Stopped while the model was loading.'));
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    if (signal?.aborted) cancel();
    await ready;
  } catch (error) {
    closing = true;
    await worker.terminate();
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }

  return {
    lost,
    load: () => load,
    start(request: TextRequest, signal: AbortSignal) {
      const id = nextId++;
      const events = createAsyncQueue<GenerationEvent>();
      const { promise, resolve: accept, reject: refuse } = Promise.withResolvers<Generation>();
      pending.set(id, { accept, refuse, events });
      const abort = (): void => {
        if (!pending.has(id)) return;
        post({ type: 'abort', id });
        fail(id, signal.reason as Error);
      };
      post({ type: 'start', id, request });
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      return promise;
    },
    async close() {
      closing = true;
      post({ type: 'close' });
      await new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    },
  };
}
