import type { Board } from './panel.ts';

const chosen = 'namespace=~"$namespace",model_name=~"$model"';
const model = '{{namespace}}/{{model_name}}';
const by = 'by (namespace, model_name)';
const sum = (metric: string) => `sum ${by} (${metric}{${chosen}})`;
const rate = (metric: string, further = '') => `sum ${by} (rate(${metric}{${chosen}${further}}[$__rate_interval]))`;
const quantiles = (metric: string) =>
  Object.fromEntries(
    [0.5, 0.95].map((share) => [
      `${model} ${share * 100} %`,
      `histogram_quantile(${share}, sum by (namespace, model_name, le) (rate(${metric}_bucket{${chosen}}[$__rate_interval])))`,
    ]),
  );

/** How fast and how well chats answer. */
export const chatBoard: Board = {
  uid: 'wikigpt-chat',
  title: 'Wikigpt / Chat',
  variables: {
    namespace: 'label_values(wikigpt_num_slots, namespace)',
    model: 'label_values(wikigpt_num_slots, model_name)',
  },
  panels: [
    {
      title: 'Time to first token',
      description: 'From the request, waiting included.',
      unit: 's',
      queries: quantiles('wikigpt_time_to_first_token_seconds'),
    },
    { title: 'Time between tokens', unit: 's', queries: quantiles('wikigpt_inter_token_latency_seconds') },
    {
      title: 'Tokens per second',
      queries: {
        [`${model} generated`]: rate('wikigpt_generation_tokens_total'),
        [`${model} read`]: rate('wikigpt_prompt_tokens_total'),
      },
    },
    {
      title: 'Active requests',
      description: 'Being generated, waiting for a slot, and the slots there are.',
      queries: {
        [`${model} running`]: sum('wikigpt_num_requests_running'),
        [`${model} waiting`]: sum('wikigpt_num_requests_waiting'),
        [`${model} slots`]: sum('wikigpt_num_slots'),
      },
    },
    {
      title: 'Errors',
      unit: 'reqps',
      queries: {
        [`${model} {{code}}`]: `sum by (namespace, model_name, code) (rate(wikigpt_request_errors_total{${chosen}}[$__rate_interval]))`,
      },
    },
    {
      title: 'Answers',
      unit: 'reqps',
      queries: {
        [`${model} {{finished_reason}}`]: `sum by (namespace, model_name, finished_reason) (rate(wikigpt_request_success_total{${chosen}}[$__rate_interval]))`,
      },
    },
    {
      title: 'HTTP requests',
      unit: 'reqps',
      queries: {
        '{{route}} {{status}}': `sum by (route, status) (rate(wikigpt_http_requests_total{${chosen}}[$__rate_interval]))`,
      },
    },
    { title: 'Whole answer', unit: 's', queries: quantiles('wikigpt_e2e_request_latency_seconds') },
    {
      title: 'Key-value cache in use',
      unit: 'percentunit',
      queries: { [model]: `max ${by} (wikigpt_kv_cache_usage_perc{${chosen}})` },
    },
    {
      title: 'ChatModels by state',
      queries: {
        '{{namespace}} {{state}}':
          'sum by (namespace, state) (wikigpt_resources{kind="ChatModel",namespace=~"$namespace"} and on (instance) wikigpt_leader == 1)',
      },
    },
  ],
};
