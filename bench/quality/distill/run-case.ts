import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScoredModel } from '@wikigpt/schema/catalog.ts';
import type { ScoreRow } from '@wikigpt/schema/job-status.ts';
import { distillTask, type ProgressReport } from '@wikigpt/schema/task.ts';
import { distill } from '../../../trainer-image/src/recipes/distill.ts';
import type { BenchRequest } from '../../bench.ts';
import { recipeEnvironment } from './environment.ts';
import { testPercent } from './material.ts';
import { distillationOf, type DistillCase } from './routes.ts';

/** What came out of one case with one seed. */
export interface CaseResult {
  readonly case: string;
  readonly seed: number;
  /** Exact match on questions about places that the teacher was asked about in other words. */
  readonly asked: Scores;
  /** The same on places that no question was about, with labels or without. */
  readonly unseen: Scores;
  readonly seconds: number;
}

export interface Scores {
  readonly teacher: number;
  readonly student: number;
  readonly alone: number;
}

const steps = 80;

/**
 * Runs one case as a DistillJob. Cases with the same labels and seed share the student that learned alone, and all share
 * what the teacher answered: it is the same training, and the same answers.
 */
export async function runCase(
  root: string,
  name: string,
  one: DistillCase,
  seed: number,
  request: BenchRequest,
): Promise<CaseResult> {
  const work = `work/${name.replace('/', '-')}-${seed}`;
  await rm(join(root, work), { recursive: true, force: true });
  const reports: ProgressReport[] = [];
  const environment = await recipeEnvironment(root, work, reports, request);
  const share = async (folder: string, common: string): Promise<void> => {
    await mkdir(join(root, common), { recursive: true });
    await symlink(join(root, common), join(root, work, folder));
  };
  const alone = `${one.labels}-${seed}`;
  await share('teacher', 'shared/teacher');
  await share('checkpoints-1', `shared/alone-${alone}`);

  const [teacher, student] = [{ uri: 'pvc://models/country-qa' }, { uri: 'pvc://models/wiki-pico' }];
  const task = distillTask.parse({
    apiVersion: 'wikigpt.dev/v1alpha1',
    kind: 'DistillJob',
    metadata: { namespace: 'default', name: 'bench', uid: alone },
    output: { uri: 'pvc://models/student' },
    teacher,
    student,
    spec: {
      teacher,
      student,
      distillation: distillationOf(one),
      task: 'QA',
      data: {
        sources: [{ uri: `configmap://bench/labels-${one.labels}.jsonl`, format: 'qa' }],
        prompt: {
          templates: {
            zh: '给定问题：{{question}}，给定答案：{{answer}}',
            en: 'Given question: {{question}} Given answer:{{answer}}',
          },
        },
        split: { testPercent: testPercent[one.labels], validationPercent: 0, by: 'Entity', seed: 42 },
        clean: { deduplicate: 'None', maxTokens: 256, maxLeakagePercent: 100 },
      },
      training: {
        maxSteps: steps,
        batchTokens: 1024,
        sequenceLength: 256,
        learningRate: '3e-3',
        schedule: 'Linear',
        warmupPercent: 3,
        seed,
      },
      evaluation: {
        metrics: ['ExactMatch'],
        decoding: { maxNewTokens: 20 },
        testSets: [{ name: 'asked', sources: [{ uri: 'configmap://bench/asked.jsonl', format: 'qa' }] }],
      },
    },
  });
  const began = performance.now();
  await distill(task, environment);
  const { rows } = reports.findLast((each) => each.evaluation)!.evaluation!;
  await rm(join(root, work), { recursive: true });
  return {
    case: name,
    seed,
    asked: scoresOf(rows, 'asked'),
    unseen: scoresOf(rows, 'test'),
    seconds: Math.round((performance.now() - began) / 1000),
  };
}

function scoresOf(rows: readonly ScoreRow[], set: string): Scores {
  const of = (model: ScoredModel): number =>
    Number(rows.find((row) => row.model === model && row.set === set && row.language === undefined)!.value);
  return { teacher: of('Teacher'), student: of('Tuned'), alone: of('StudentAlone') };
}
