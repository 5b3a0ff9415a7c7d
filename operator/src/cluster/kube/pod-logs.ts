import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogOptions } from '../port.ts';
import { ApiError } from './api-error.ts';
import { objectPath } from './paths.ts';
import type { RestClient } from './rest-client.ts';

const pollMs = 500;

/** The log of a pod's only container, as text that is whole at every piece; following one that has not started waits for it. */
export async function* podLogs(
  rest: RestClient,
  namespace: string,
  pod: string,
  { tailLines, follow, previous, signal }: LogOptions = {},
): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  const call = {
    method: 'GET',
    path: objectPath('Pod', namespace, pod, 'log'),
    query: { tailLines, follow, previous },
    ...(signal ? { signal } : {}),
  } as const;
  for (;;) {
    try {
      for await (const chunk of await rest.stream(call)) yield decoder.write(chunk as Buffer);
      return;
    } catch (error) {
      if (signal?.aborted) return;
      if (!isNotStarted(error)) throw error;
      if (!follow) return;
    }
    await sleep(pollMs, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

/** A container without a log yet is a bad request to an API server. */
function isNotStarted(error: unknown): boolean {
  return error instanceof ApiError && error.status === 400 && /waiting to start|is not available/.test(error.message);
}
