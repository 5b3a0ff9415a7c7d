import type { Board } from './panel.ts';

const chosen = 'namespace=~"$namespace"';
const leads = 'and on (instance) wikigpt_leader == 1';
const ofJob = (metric: string) => `max by (kind, namespace, name) (${metric}{${chosen}} ${leads})`;
const ofTrainer = (metric: string, and = '') =>
  `max by (namespace, name) (${metric}{${chosen}}${and === '' ? '' : ` ${and}`})`;
const job = '{{namespace}}/{{name}}';
const pods = 'pod=~".*-(train|distill)-.*"';

/** What trains, how well and how fast. */
export const jobsBoard: Board = {
  uid: 'wikigpt-jobs',
  title: 'Wikigpt / Jobs',
  variables: { namespace: 'label_values(wikigpt_resources, namespace)' },
  panels: [
    {
      title: 'Jobs by state',
      queries: {
        '{{kind}} {{state}}': `sum by (kind, state) (wikigpt_resources{kind=~"FineTuneJob|DistillJob",${chosen}} ${leads})`,
      },
    },
    {
      title: 'Queue',
      description: 'Jobs that wait: for a queue to admit them, for a node, for a model.',
      queries: {
        '{{namespace}} {{state}}': `sum by (namespace, state) (wikigpt_resources{state=~"Queued|Pending|Unschedulable|WaitingForModel",kind=~"FineTuneJob|DistillJob",${chosen}} ${leads})`,
      },
    },
    {
      title: 'Loss',
      description: 'Training loss in nats for each supervised token.',
      queries: { [job]: ofJob('wikigpt_job_loss') },
    },
    { title: 'Tokens per second', queries: { [job]: ofJob('wikigpt_job_tokens_per_second') } },
    {
      title: 'Steps done',
      unit: 'percentunit',
      queries: { [job]: `${ofJob('wikigpt_job_step')} / ${ofJob('wikigpt_job_total_steps')}` },
    },
    {
      title: 'Time of a step',
      description: 'Checkpoints and validation included.',
      unit: 's',
      queries: Object.fromEntries(
        [0.5, 0.99].map((share) => [
          `${job} ${share * 100} %`,
          `histogram_quantile(${share}, sum by (namespace, name, le) (rate(wikigpt_training_step_seconds_bucket{${chosen}}[$__rate_interval])))`,
        ]),
      ),
    },
    {
      title: 'Validation loss',
      description: 'In nats for each token.',
      queries: { [job]: ofTrainer('wikigpt_training_validation_loss') },
    },
    { title: 'Gradient norm', queries: { [job]: ofTrainer('wikigpt_training_gradient_norm') } },
    { title: 'Learning rate', unit: 'sci', queries: { [job]: ofTrainer('wikigpt_training_learning_rate') } },
    {
      title: 'Memory of trainers',
      unit: 'bytes',
      queries: { [job]: ofTrainer('process_resident_memory_bytes', 'and on (instance) wikigpt_training_step') },
    },
    {
      title: 'Reports of pods',
      unit: 'reqps',
      queries: { '{{status}}': 'sum by (status) (rate(wikigpt_progress_reports_total[$__rate_interval]))' },
    },
    {
      title: 'GPU use',
      description: "From NVIDIA's DCGM exporter, where it runs.",
      unit: 'percent',
      queries: { '{{pod}} {{gpu}}': `max by (pod, gpu) (DCGM_FI_DEV_GPU_UTIL{${chosen},${pods}})` },
    },
    {
      title: 'GPU memory',
      description: "From NVIDIA's DCGM exporter, where it runs.",
      unit: 'decmbytes',
      queries: { '{{pod}} {{gpu}}': `max by (pod, gpu) (DCGM_FI_DEV_FB_USED{${chosen},${pods}})` },
    },
  ],
};
