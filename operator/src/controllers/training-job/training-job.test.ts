import { expect, test } from 'vitest';
import type { FineTuneJob } from '../../cluster/kinds.ts';
import type { PodStatus } from '../../cluster/objects.ts';
import { jobLabels } from '../../objects/names.ts';
import { fineTuneJob, settings } from '../manifests.suite.ts';
import { Story } from '../story.suite.ts';
import { trainingJobController } from './index.ts';
import { gateDecision } from './outcome.ts';

const controller = trainingJobController('FineTuneJob', settings);
const digest = `sha256:${'7f3a'.padEnd(64, '0')}`;
const artifact = { uri: 'pvc://wikigpt-models/default/x/1', digest, formats: ['Merged'], verified: true };
type Gate = 'Passed' | 'Failed';

class JobStory extends Story<'FineTuneJob', ReturnType<typeof controller.observe>> {
  readonly #job: string;
  readonly #child: string;

  constructor(title: string, job: FineTuneJob) {
    super(title, controller, job);
    this.#job = job.metadata.name;
    this.#child = `${job.metadata.name}-train`;
  }

  pod(name: string, status: PodStatus): void {
    const job = this.get('Job', this.#child);
    this.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace: 'default',
        name,
        labels: { [jobLabels.FineTuneJob]: this.#job },
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: this.#child, uid: job?.metadata.uid ?? '' }],
      },
      spec: { containers: [] },
      status,
    });
    if (status.phase === 'Running')
      this.setStatus('Job', this.#child, { active: 1, startTime: this.now.toISOString() });
  }

  ends(name: string, exitCode: number, message?: string, disrupted = false, reason = 'Error'): void {
    const finishedAt = this.now.toISOString();
    const terminated = {
      exitCode,
      reason,
      startedAt: finishedAt,
      finishedAt,
      ...(message ? { message } : {}),
    };
    this.pod(name, {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      conditions: disrupted ? [{ type: 'DisruptionTarget', status: 'True' }] : [],
      containerStatuses: [{ name: 'trainer', ready: false, restartCount: 0, state: { terminated } }],
    });
  }

  jobFails(reason: string, failed: number): void {
    const conditions = [{ type: 'Failed', status: 'True', reason }];
    this.setStatus('Job', this.#child, { failed, conditions });
  }

  jobCompletes(): void {
    const conditions = [{ type: 'Complete', status: 'True' }];
    this.setStatus('Job', this.#child, { completionTime: this.now.toISOString(), conditions });
  }

  reports(pod: string, reason: string, parts: object = {}): void {
    const others = this.get('FineTuneJob', this.#job)?.status?.conditions?.filter(({ type }) => type !== 'Reported');
    const reported = {
      type: 'Reported',
      status: 'True',
      reason,
      message: pod,
      lastTransitionTime: this.now.toISOString(),
    };
    this.setStatus('FineTuneJob', this.#job, { ...parts, conditions: [...(others ?? []), reported] });
  }

  edit(change: (job: FineTuneJob) => FineTuneJob): void {
    const job = this.get('FineTuneJob', this.#job);
    if (job) this.put(change(job));
  }

  /** From the start to a running pod. */
  started(): this {
    return this.after(0, 'the job is made').after(2, 'its pod runs', () => this.pod('p1', { phase: 'Running' }));
  }

  scored(gate: Gate): void {
    const reasons = gate === 'Failed' ? ['ExactMatch 0.31 is not better than Base 0.35'] : [];
    const evaluation = { scores: [], rows: [], gate, summary: 'ExactMatch 0.31', reasons };
    this.reports('p1', 'Publishing', { evaluation, artifact });
    this.ends('p1', 0);
    this.jobCompletes();
  }
}

const stories: readonly (readonly [file: string, story: JobStory])[] = [
  [
    'complete',
    new JobStory(
      'A job waits for its base and its data, trains, is scored and published',
      fineTuneJob('country-qa', {
        base: { fromJob: { name: 'wiki-gpt' } },
        method: { lora: {} },
        data: { sources: [{ uri: 'configmap://facts/qa.jsonl', format: 'qa' }] },
        ttlSecondsAfterFinished: 3600,
      }),
    ),
  ],
  [
    'failures',
    new JobStory('A job is tried again until its backoffLimit', fineTuneJob('wiki-gpt', { backoffLimit: 1 })),
  ],
  ['out-of-memory', new JobStory('A pod that is killed for its memory is not tried again', fineTuneJob('wiki-gpt'))],
  ['data-invalid', new JobStory('What would fail the same way again fails at once', fineTuneJob('wiki-gpt'))],
  [
    'eviction',
    new JobStory(
      'An evicted pod costs no retry, and the next one goes on',
      fineTuneJob('wiki-gpt', { backoffLimit: 0 }),
    ),
  ],
  ['suspend', new JobStory('A job is suspended and goes on', fineTuneJob('wiki-gpt'))],
  ['gate-failed', new JobStory('A result that does not pass its gate ends the job', fineTuneJob('wiki-gpt'))],
  [
    'gate-held',
    new JobStory(
      'A held gate waits for a person',
      fineTuneJob('wiki-gpt', {
        evaluation: {
          metrics: ['Perplexity'],
          gate: { require: [{ metric: 'Perplexity', max: '9' }], onFailure: 'Hold' },
        },
      }),
    ),
  ],
  [
    'deadlines',
    new JobStory(
      'No pod runs in time',
      fineTuneJob('wiki-gpt', { preRunningDeadlineSeconds: 60, activeDeadlineSeconds: 600 }),
    ),
  ],
  [
    'raised-deadline',
    new JobStory('A deadline is raised, and taken away', fineTuneJob('wiki-gpt', { activeDeadlineSeconds: 60 })),
  ],
  ['silent-end', new JobStory('A pod ends well but reports no artifact', fineTuneJob('wiki-gpt'))],
  [
    'queued',
    new JobStory(
      'A queue lets a job run, and a job that is suspended gives up its place',
      fineTuneJob('wiki-gpt', {
        queueName: 'team-a',
        resources: { accelerator: { type: 'nvidia.com/gpu', count: 1 } },
      }),
    ),
  ],
  ['strangers', new JobStory('Children of an older job of the same name are waited for', fineTuneJob('wiki-gpt'))],
];

const scenes: Readonly<Record<string, (story: JobStory) => void>> = {
  queued: (story) => {
    const admit = () => {
      const child = story.get('Job', 'wiki-gpt-train');
      if (child) story.put({ ...child, spec: { ...child.spec, suspend: false } });
    };
    story
      .after(0, 'the job is made')
      .after(60, 'the queue admits it', admit)
      .after(2, 'its pod runs', () => story.pod('p1', { phase: 'Running' }))
      .after(60, 'suspend: true', () => story.edit((job) => ({ ...job, spec: { ...job.spec, suspend: true } })))
      .after(1, 'suspend: false, while the pod still saves', () =>
        story.edit((job) => ({ ...job, spec: { ...job.spec, suspend: false } })),
      )
      .after(20, 'the pod has ended', () => story.ends('p1', 143))
      .after(60, 'the queue admits it again', admit);
  },
  complete: (story) => {
    story
      .after(0, 'the job is made')
      .after(5, 'wiki-gpt is made', () => story.put(fineTuneJob('wiki-gpt')))
      .after(60, 'wiki-gpt is Complete', () =>
        story.setStatus('FineTuneJob', 'wiki-gpt', {
          conditions: [{ type: 'Succeeded', status: 'True', reason: 'Complete', message: '', lastTransitionTime: '' }],
          artifact,
        }),
      )
      .after(5, 'the ConfigMap facts is made', () =>
        story.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name: 'facts' } }),
      )
      .after(1, 'its pod runs', () => story.pod('p1', { phase: 'Running' }))
      .after(1, 'the pod reads the data', () => story.reports('p1', 'ValidatingData'))
      .after(9, 'step 40 of 120', () =>
        story.reports('p1', 'Training', { progress: { step: 40, totalSteps: 120, steps: '40/120', loss: '1.83' } }),
      )
      .after(18, 'the pod scores', () => story.reports('p1', 'Evaluating'))
      .after(4, 'the pod publishes and ends', () => story.scored('Passed'))
      .after(1, 'somebody deletes the batch Job: nothing is made again', () => story.drop('Job', 'country-qa-train'))
      .after(3600, 'its time to live is over');
  },
  failures: (story) => {
    story
      .started()
      .after(3, 'the pod fails', () => {
        story.ends('p1', 70, 'TrainerFailed: the session could not be made.');
        story.setStatus('Job', 'wiki-gpt-train', { active: 0, failed: 1 });
      })
      .after(10, 'the next pod runs', () => story.pod('p2', { phase: 'Running' }))
      .after(3, 'it is killed', () => {
        story.ends('p2', 137);
        story.jobFails('BackoffLimitExceeded', 2);
      })
      .after(1, 'the batch Job reports success after all: the end does not change', () => story.jobCompletes());
  },
  'out-of-memory': (story) => {
    story.started().after(5, 'the kernel kills it', () => {
      story.ends('p1', 137, undefined, false, 'OOMKilled');
      story.setStatus('Job', 'wiki-gpt-train', { active: 0, failed: 1 });
    });
  },
  'data-invalid': (story) => {
    story.started().after(2, 'the pod finds bad records', () => {
      story.ends('p1', 65, 'DataInvalid: 14 of 120 records have no answer; at most 1 % may be bad.');
      story.jobFails('PodFailurePolicy', 1);
    });
  },
  eviction: (story) => {
    const checkpoint = { step: 200, digest, savedAt: '' };
    story
      .started()
      .after(30, 'step 200, with a checkpoint', () =>
        story.reports('p1', 'Training', { checkpoint, progress: { step: 200, totalSteps: 900 } }),
      )
      .after(1, 'the pod is evicted', () => story.ends('p1', 143, undefined, true))
      .after(2, 'the next pod runs', () => story.pod('p2', { phase: 'Running' }))
      .after(1, 'it goes on', () => story.reports('p2', 'Resuming'));
  },
  suspend: (story) => {
    const checkpoint = { step: 50, digest, savedAt: '' };
    const suspend = (value: boolean) => () => story.edit((job) => ({ ...job, spec: { ...job.spec, suspend: value } }));
    story
      .started()
      .after(9, 'step 50', () =>
        story.reports('p1', 'Training', { checkpoint, progress: { step: 50, totalSteps: 90 } }),
      )
      .after(1, 'suspend: true', suspend(true))
      .after(1, 'the pod is gone', () => story.drop('Pod', 'p1'))
      .after(600, 'suspend: false', suspend(false));
  },
  'gate-failed': (story) => {
    story.started().after(60, 'the result is worse than the base', () => story.scored('Failed'));
  },
  'gate-held': (story) => {
    story
      .started()
      .after(60, 'the gate does not pass', () => story.scored('Failed'))
      .after(600, 'a person approves', () =>
        story.edit((job) => ({ ...job, metadata: { ...job.metadata, annotations: { [gateDecision]: 'Approve' } } })),
      );
  },
  deadlines: (story) => {
    story
      .after(0, 'the job is made')
      .after(1, 'no node takes its pod', () =>
        story.pod('p1', {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes have nvidia.com/gpu' }],
        }),
      )
      .after(60, 'a minute has passed');
  },
  'raised-deadline': (story) => {
    const deadline = (activeDeadlineSeconds: number | undefined) => () =>
      story.edit((job) => ({ ...job, spec: { ...job.spec, activeDeadlineSeconds } }));
    story
      .started()
      .after(9, 'activeDeadlineSeconds: 600', deadline(600))
      .after(9, 'without a deadline', deadline(undefined));
  },
  'silent-end': (story) => {
    story
      .started()
      .after(30, 'it has reported nothing yet')
      .after(5, 'the pod ends', () => {
        story.ends('p1', 0);
        story.jobCompletes();
      })
      .after(30, 'no report has come');
  },
  strangers: (story) => {
    const old = [{ apiVersion: 'wikigpt.dev/v1alpha1', kind: 'FineTuneJob', name: 'wiki-gpt', uid: 'older' }];
    const metadata = { namespace: 'default', name: 'wiki-gpt-train-task', ownerReferences: old };
    story
      .after(0, 'the job is made while a ConfigMap of its forerunner is still there', () =>
        story.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata }),
      )
      .after(1, 'the ConfigMap is gone', () => story.drop('ConfigMap', 'wiki-gpt-train-task'));
  },
};

test.for(stories)('%s', async ([file, story]) => {
  scenes[file]?.(story);
  await expect(story.text).toMatchFileSnapshot(`stories/${file}.txt`);
});
