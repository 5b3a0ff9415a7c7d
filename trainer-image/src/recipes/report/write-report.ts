import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataReport, DistillReport, EvaluationStatus } from '@wikigpt/schema/job-status.ts';
import { methodName } from '@wikigpt/schema/method.ts';
import type { Task } from '@wikigpt/schema/task.ts';
import { parameterCount } from '../../models/parameter-count.ts';
import type { LoopResult } from '../../train/train-loop.ts';
import type { TrainingPlan } from '../../train/plan-training.ts';
import type { BaseModel } from '../base-model.ts';
import type { TrainingOutcome } from '../run-training.ts';
import type { SampleCompletions } from '../sample-prompts.ts';
import { reportPage } from './report-page.ts';
import type { Report, Sample } from './report.ts';

export interface ReportParts {
  readonly task: Task;
  readonly plan: TrainingPlan;
  readonly base: BaseModel;
  readonly data: DataReport;
  readonly training: LoopResult &
    Pick<TrainingOutcome, 'seconds' | 'tokens' | 'tries' | 'publishedStep'> & {
      readonly prompts: SampleCompletions['prompts'];
    };
  readonly status: EvaluationStatus;
  readonly samples: readonly Sample[];
  /** Of a DistillJob alone. */
  readonly distillation?: DistillReport;
}

/** Writes report.json and report.html of a run into its model folder. */
export async function writeReport(folder: string, parts: ReportParts, at: Date): Promise<void> {
  const { task, plan, base, training } = parts;
  const report: Report = {
    job: `${task.metadata.namespace}/${task.metadata.name}`,
    createdAt: at.toISOString(),
    versions: { trainer: await trainerVersion(), node: process.version },
    model: {
      family: plan.family.modelType,
      parameters: parameterCount(plan.parameters),
      trainableParameters: plan.layout.total,
      method: methodName(task.spec.method),
      baseDigest: base.digest,
    },
    data: parts.data,
    training: {
      steps: training.losses.at(-1)?.step ?? 0,
      tokens: training.tokens,
      seconds: training.seconds,
      validationLoss: training.validationLoss,
      stoppedEarly: training.stoppedEarly,
      publishedStep: training.publishedStep,
      rollbacks: training.progress.rollbacks,
      ...(training.tries ? { learningRates: training.tries } : {}),
      completions: training.progress.completions.flatMap(({ step, answers }) =>
        answers.map((answer, i) => ({ step, ...training.prompts[i]!, answer })),
      ),
      losses: training.losses,
    },
    evaluation: parts.status,
    ...(parts.distillation ? { distillation: parts.distillation } : {}),
    samples: parts.samples,
    spec: task.spec,
  };
  await writeFile(join(folder, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
  await writeFile(join(folder, 'report.html'), reportPage(report));
}

async function trainerVersion(): Promise<string> {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
