// The entry of a worker thread: inference blocks the thread it runs in, so the HTTP server lives in another.
import { parentPort, workerData } from 'node:worker_threads';
import { asTrainerError } from '../errors.ts';
import type { EngineWorkerData, FromEngine, ToEngine } from './engine-protocol.ts';
import { loadTextGenerator } from './load-text-generator.ts';
import { GenerationRefused, type TextGenerator, type TextRequest } from './text-generator.ts';

const port = parentPort!;
const post = (message: FromEngine): void => port.postMessage(message);
const aborts = new Map<number, AbortController>();

async function run(generator: TextGenerator, id: number, request: TextRequest): Promise<void> {
  const abort = new AbortController();
  aborts.set(id, abort);
  try {
    const { promptTokens, events } = await generator.start(request, abort.signal);
    post({ type: 'started', id, promptTokens, load: generator.load() });
    for await (const event of events) post({ type: 'event', id, event, load: generator.load() });
  } catch (error) {
    if (error instanceof GenerationRefused) post({ type: 'refused', id, code: error.code, message: error.message });
    else post({ type: 'failed', id, message: (error as Error).message, load: generator.load() });
  } finally {
    aborts.delete(id);
  }
}

try {
  const generator = await loadTextGenerator(workerData as EngineWorkerData);
  port.on('message', (message: ToEngine) => {
    if (message.type === 'start') void run(generator, message.id, message.request);
    else if (message.type === 'abort') aborts.get(message.id)?.abort();
    else void generator.close().finally(() => port.close());
  });
  post({ type: 'ready', load: generator.load() });
} catch (error) {
  const { code, message } = asTrainerError(error);
  post({ type: 'broken', code, message });
}
