import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AnyObject, TrainingJob } from './cluster/kinds.ts';

export type OperatorMetrics = ReturnType<typeof createMetrics>;

interface StateLabels {
  readonly kind: string;
  readonly namespace: string;
  readonly state: string;
}

/** The operator's metrics; each metric's help text is its documentation. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  /** The state of each object by its uid; objects in the same state share their labels. */
  const states = new Map<string, StateLabels>();
  const stateLabels = new Map<string, StateLabels>();
  const queues = new Map<string, () => number>();
  const jobLabels = ['kind', 'namespace', 'name'] as const;

  const jobStep = new Gauge({
    name: 'wikigpt_job_step',
    help: 'Optimizer steps that a training job has done.',
    labelNames: jobLabels,
    registers,
  });
  const jobTotalSteps = new Gauge({
    name: 'wikigpt_job_total_steps',
    help: 'Optimizer steps that a training job has to do.',
    labelNames: jobLabels,
    registers,
  });
  const jobLoss = new Gauge({
    name: 'wikigpt_job_loss',
    help: 'Training loss in nats for each supervised token.',
    labelNames: jobLabels,
    registers,
  });
  const jobTokensPerSecond = new Gauge({
    name: 'wikigpt_job_tokens_per_second',
    help: 'Tokens that a training job trains in a second.',
    labelNames: jobLabels,
    registers,
  });
  const reconcileErrors = new Counter({
    name: 'wikigpt_reconcile_errors_total',
    help: 'Passes that failed and are tried again.',
    labelNames: ['kind'],
    registers,
  });
  const jobGauges = [jobStep, jobTotalSteps, jobLoss, jobTokensPerSecond];
  const set = (gauge: Gauge, job: TrainingJob, value: number | string | undefined) => {
    const { kind, metadata } = job;
    const { namespace, name } = metadata;
    if (value !== undefined && Number.isFinite(Number(value))) gauge.set({ kind, namespace, name }, Number(value));
  };

  const forgetProgress = ({ kind, metadata: { namespace, name } }: AnyObject) => {
    for (const gauge of jobGauges) gauge.remove({ kind, namespace, name });
  };

  return {
    registry,
    resources: new Gauge({
      name: 'wikigpt_resources',
      help: 'Objects by kind, namespace and state (the reason of their top-level condition).',
      labelNames: ['kind', 'namespace', 'state'],
      registers,
      collect() {
        this.reset();
        for (const labels of states.values()) this.inc(labels);
      },
    }),
    queueDepth: new Gauge({
      name: 'wikigpt_queue_depth',
      help: 'Objects that wait to be reconciled.',
      labelNames: ['kind'],
      registers,
      collect() {
        for (const [kind, depth] of queues) this.set({ kind }, depth());
      },
    }),
    reconcileSeconds: new Histogram({
      name: 'wikigpt_reconcile_seconds',
      help: 'Time of one pass over one object.',
      labelNames: ['kind'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
    reconcileErrors,
    progressReports: new Counter({
      name: 'wikigpt_progress_reports_total',
      help: 'Reports that pods sent, by the answer they got.',
      labelNames: ['status'],
      registers,
    }),
    leader: new Gauge({
      name: 'wikigpt_leader',
      help: 'Whether this replica leads: 1 or 0.',
      registers,
    }),
    apiCalls: new Counter({
      name: 'wikigpt_api_calls_total',
      help: 'Calls of the API server by verb, resource and HTTP status; a repeated attempt counts again.',
      labelNames: ['verb', 'resource', 'status'],
      registers,
    }),
    apiConnections: new Counter({
      name: 'wikigpt_api_connections_total',
      help: 'Connections to the API server that were opened.',
      registers,
    }),
    countQueue(kind: string, depth: () => number) {
      queues.set(kind, depth);
      // A series that begins with the first failure has no increase to show for it.
      reconcileErrors.inc({ kind }, 0);
    },
    setState: (object: AnyObject, state: string | undefined) => {
      const { kind, metadata } = object;
      if (state === undefined) return;
      const { namespace, uid = '' } = metadata;
      const text = `${kind}/${namespace}/${state}`;
      const labels = stateLabels.get(text) ?? { kind, namespace, state };
      stateLabels.set(text, labels);
      states.set(uid, labels);
    },
    setProgress: (job: TrainingJob, progress: NonNullable<NonNullable<TrainingJob['status']>['progress']>) => {
      set(jobStep, job, progress.step);
      set(jobTotalSteps, job, progress.totalSteps);
      set(jobLoss, job, progress.loss);
      set(jobTokensPerSecond, job, progress.tokensPerSecond);
    },
    /** A job that has ended makes no steps any more. */
    forgetProgress,
    forget: (object: AnyObject) => {
      states.delete(object.metadata.uid ?? '');
      forgetProgress(object);
    },
    /** Adds the figures of this process: memory, event loop, garbage collection. */
    collectProcess: () => collectDefaultMetrics({ register: registry }),
  };
}
