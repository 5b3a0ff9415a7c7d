import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { GeneratorLoad } from '../generate/text-generator.ts';

/** What the server counts; names and units follow vLLM's, so that dashboards need little change. */
export interface ServeMetrics {
  readonly registry: Registry;
  readonly requests: Counter<'route' | 'status'>;
  readonly finished: Counter<'finished_reason'>;
  readonly errors: Counter<'code'>;
  readonly promptTokens: Counter;
  readonly generationTokens: Counter;
  readonly timeToFirstToken: Histogram;
  readonly interToken: Histogram;
  readonly requestLatency: Histogram;
}

/** `load` is asked at each scrape. */
export function createServeMetrics(model: string, load: () => GeneratorLoad): ServeMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ model_name: model });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const gauge = (name: string, help: string, read: (load: GeneratorLoad) => number) =>
    new Gauge({
      name: `wikigpt_${name}`,
      help,
      registers,
      collect() {
        this.set(read(load()));
      },
    });
  gauge('num_requests_running', 'Sequences being generated.', ({ running }) => running);
  gauge('num_requests_waiting', 'Sequences that wait for a slot.', ({ waiting }) => waiting);
  gauge('num_slots', 'Sequences that can be generated at once.', ({ slots }) => slots);
  gauge('kv_cache_usage_perc', 'Share of the key-value cache in use, 0 to 1.', ({ cacheUse }) => cacheUse);

  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `wikigpt_${name}`, help, buckets, registers });
  return {
    registry,
    requests: new Counter({
      name: 'wikigpt_http_requests_total',
      help: 'HTTP requests answered, by route and status.',
      labelNames: ['route', 'status'],
      registers,
    }),
    finished: new Counter({
      name: 'wikigpt_request_success_total',
      help: 'Answers completed, by the reason they ended.',
      labelNames: ['finished_reason'],
      registers,
    }),
    errors: new Counter({
      name: 'wikigpt_request_errors_total',
      help: 'Requests refused or failed, by error code; aborted = the client went away.',
      labelNames: ['code'],
      registers,
    }),
    promptTokens: new Counter({ name: 'wikigpt_prompt_tokens_total', help: 'Prompt tokens read.', registers }),
    generationTokens: new Counter({ name: 'wikigpt_generation_tokens_total', help: 'Tokens generated.', registers }),
    timeToFirstToken: histogram(
      'time_to_first_token_seconds',
      'From the request to its first token, waiting included.',
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    ),
    interToken: histogram(
      'inter_token_latency_seconds',
      'Between two tokens of one answer.',
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    ),
    requestLatency: histogram(
      'e2e_request_latency_seconds',
      'From the request to the end of its answer.',
      [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
    ),
  };
}
