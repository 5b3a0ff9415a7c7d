import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { OperatorError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { ApiError, isStatus, refusalOf } from './api-error.ts';
import { checkFence, type Fence } from './fence.ts';
import { retryDelayMs } from './retry.ts';
import type { Outgoing, Transport } from './transport.ts';

export interface Call {
  readonly method: Outgoing['method'];
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: object;
  readonly contentType?: string;
  /** How the answer is wanted; JSON unless given. */
  readonly accept?: string | undefined;
  /** Milliseconds for the call with all its attempts; 30 s unless given. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** No attempt begins, and none goes on, once it is closed. */
  readonly fence?: Fence;
}

/** One attempt, for counting. */
export interface Attempted {
  readonly method: Outgoing['method'];
  readonly path: string;
  readonly watch: boolean;
  /** HTTP status; undefined when the connection broke. */
  readonly status: number | undefined;
  readonly ms: number;
}

export interface RestClientOptions {
  readonly transport: Transport;
  readonly log: Logger;
  readonly random: () => number;
  readonly onAttempt?: (attempt: Attempted) => void;
}

const callDeadlineMs = 30_000;
const attemptDeadlineMs = 15_000;

/** Calls to an API server that are tried again until their deadline where trying again can help. */
export class RestClient {
  readonly #options: RestClientOptions;
  readonly #warned = new Set<string>();

  constructor(options: RestClientOptions) {
    this.#options = options;
  }

  /** The object that the server answers; throws ApiError for a refusal, ClusterUnreachable when the deadline has passed. */
  async json<T>(call: Call): Promise<T> {
    const endsAt = performance.now() + (call.deadlineMs ?? callDeadlineMs);
    for (let attempt = 1; ; attempt++) {
      checkFence(call.fence);
      const left = endsAt - performance.now();
      try {
        return await this.#attempt<T>(call, Math.min(left, attemptDeadlineMs));
      } catch (error) {
        if (call.signal?.aborted) throw error;
        checkFence(call.fence);
        if (isStatus(error, 401) && attempt === 1) {
          this.#options.transport.renew();
          continue;
        }
        const failure =
          error instanceof ApiError ? { status: error.status, retryAfterSeconds: error.retryAfterSeconds } : { error };
        const delay = retryDelayMs(attempt, failure, this.#options.random);
        if (delay === undefined || performance.now() + delay > endsAt) throw asUnreachable(call, error);
        this.#options.log.debug('call failed', { call: nameOf(call), attempt, retryMs: Math.round(delay), error });
        await sleep(delay, undefined, call.signal ? { signal: call.signal } : {});
      }
    }
  }

  /** The bytes that the server sends until either side ends it; one attempt, since only the reader knows where to go on. */
  async stream(call: Call): Promise<Readable> {
    const headersBy = new AbortController();
    const timer = setTimeout(() => headersBy.abort(new Error('no answer in time')), call.deadlineMs ?? callDeadlineMs);
    const signal = call.signal ? AbortSignal.any([call.signal, headersBy.signal]) : headersBy.signal;
    try {
      const { statusCode, headers, body } = await this.#send(call, signal);
      if (statusCode < 300) return body;
      if (statusCode === 401) this.#options.transport.renew();
      throw refusalOf(nameOf(call), statusCode, await body.text(), header(headers['retry-after']));
    } finally {
      clearTimeout(timer);
    }
  }

  async #attempt<T>(call: Call, timeoutMs: number): Promise<T> {
    const abort = new AbortController();
    const limit = Math.max(Math.min(timeoutMs, call.fence?.remainingMs() ?? Infinity), 0);
    const timer = setTimeout(() => abort.abort(new Error(`no answer within ${Math.round(limit)} ms`)), limit);
    const cancel = () => abort.abort(call.signal?.reason);
    if (call.signal?.aborted) cancel();
    call.signal?.addEventListener('abort', cancel, { once: true });
    try {
      const { statusCode, headers, body } = await this.#send(call, abort.signal);
      this.#warn(header(headers['warning']));
      if (statusCode < 300) return (await body.json()) as T;
      throw refusalOf(nameOf(call), statusCode, await body.text(), header(headers['retry-after']));
    } finally {
      clearTimeout(timer);
      call.signal?.removeEventListener('abort', cancel);
    }
  }

  async #send(call: Call, signal: AbortSignal) {
    const { method, path, query, body, accept = 'application/json', contentType = 'application/json' } = call;
    const started = performance.now();
    let status: number | undefined;
    try {
      const response = await this.#options.transport.send({
        method,
        path: path + queryText(query),
        headers: { accept, ...(body ? { 'content-type': contentType } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal,
        fence: call.fence,
      });
      status = response.statusCode;
      return response;
    } finally {
      const watch = query?.['watch'] === true;
      this.#options.onAttempt?.({ method, path, watch, status, ms: performance.now() - started });
    }
  }

  /** What the server warns of (a deprecated version, a field it does not know) is said once. */
  #warn(warning: string | undefined): void {
    if (warning === undefined || this.#warned.has(warning) || this.#warned.size >= 100) return;
    this.#warned.add(warning);
    this.#options.log.warn('the API server warns', { warning });
  }
}

function queryText(query: Call['query'] = {}): string {
  const text = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    ),
  ).toString();
  return text === '' ? '' : `?${text}`;
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function nameOf({ method, path }: Call): string {
  return `${method} ${path}`;
}

function asUnreachable(call: Call, error: unknown): unknown {
  if (error instanceof OperatorError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new OperatorError('ClusterUnreachable', `${nameOf(call)}: the API server does not answer: ${message}`, {
    cause: error,
  });
}
