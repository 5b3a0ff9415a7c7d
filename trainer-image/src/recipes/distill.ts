import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { metricsFor } from '@wikigpt/schema/evaluation.ts';
import type { DistillTask } from '@wikigpt/schema/task.ts';
import { prepareData } from '../data/prepare.ts';
import { promptStyle } from '../data/prompt-style.ts';
import { TrainerError } from '../errors.ts';
import { loadModel } from '../load-model.ts';
import { projections } from '../train/distillation-loss.ts';
import { planTraining } from '../train/plan-training.ts';
import { TeacherCache } from '../train/teacher-cache.ts';
import { modelAt } from './base-model.ts';
import { dataReport } from './data-report.ts';
import { decodingSpeed } from './decoding-speed.ts';
import { compareModels } from './distill-report.ts';
import { hiddenRoute, logitsRoute } from './distillation-routes.ts';
import { evaluate } from './evaluate.ts';
import { exportModel } from './export-model.ts';
import { initialState } from './initial-state.ts';
import { publishModel } from './publish-model.ts';
import { writeReport } from './report/write-report.ts';
import type { RunEnvironment } from './run-environment.ts';
import { runTraining } from './run-training.ts';
import { requireSameTokens, studentModel } from './student-model.ts';
import { testSets } from './test-set.ts';
import { tokenisedData } from './tokenised-data.ts';
import { trainingEstimate } from './training-estimate.ts';
import { verifyExport } from './verify-export.ts';

/**
 * A DistillJob from its data to its published student. The student is trained twice from the same weights, on the same
 * batches, for as many steps: with the teacher, and alone for comparison.
 */
export async function distill(task: DistillTask, env: RunEnvironment): Promise<void> {
  const { spec } = task;

  env.progress.report({ phase: 'ValidatingData' });
  const data = await prepareData(spec.data, { stores: env, seed: spec.training.seed });
  env.progress.report({ phase: 'PullingModel', data: dataReport(data, 0) });
  if (!('uri' in task.teacher))
    throw new TrainerError('InvalidSpec', 'This trainer asks no server as a teacher yet; name its weights.');
  const teacher = await modelAt(task.teacher, env);
  const student = await studentModel(task, teacher, env);
  requireSameTokens(teacher, student);
  const hidden = hiddenRoute(spec.distillation, student.config, teacher.config);
  const logits = logitsRoute(spec.distillation, teacher.config);
  const distillation = { teacher: teacher.inference!, logits, hidden };

  const alonePlan = planTraining(spec, student.config);
  const plan = planTraining(spec, student.config, projections(hidden, student.config, teacher.config));
  const style = promptStyle(spec.data.prompt, student.tokenizer);
  const { training, validation, tooLong } = tokenisedData(task, data, student, plan, style);
  const found = dataReport(data, tooLong);
  env.logger.info('data', found);
  env.progress.report({ data: found, estimate: trainingEstimate(plan, training.shape.slots, teacher) });

  const conversations = data.train(0).some(({ kind }) => kind === 'conversation');
  const shared = { task, base: student, batches: training, validation, env };
  const seed = spec.training.seed;
  const cache =
    logits && logits.topK > 0
      ? await TeacherCache.open({
          teacher: teacher.inference!,
          digest: teacher.digest!,
          route: logits,
          folder: join(env.work, 'teacher'),
          threads: env.threads,
        })
      : null;
  const { trainStep, result, seconds, tokens } = await runTraining({
    ...shared,
    plan,
    distillation,
    initial: () => initialState(seed, student, plan),
    turn: { index: 0, count: 2 },
    ...(cache ? { complete: (batch) => cache.complete(batch) } : {}),
  }).finally(() => cache?.close());
  const candidate = join(env.work, 'candidate');
  await exportModel(candidate, task, student, plan, trainStep.state, style, conversations);
  const tuned = await loadModel(candidate);
  await verifyExport(tuned.inference, trainStep, training.pass(0).next().value!, env.threads);
  await trainStep.release();

  const alone = await runTraining({
    ...shared,
    plan: alonePlan,
    initial: () => initialState(seed, student, alonePlan),
    turn: { index: 1, count: 2 },
    exactSteps: trainStep.state.step,
  });
  const aloneFolder = join(env.work, 'student-alone');
  await exportModel(aloneFolder, task, student, alonePlan, alone.trainStep.state, style, conversations);
  await alone.trainStep.release();

  env.progress.report({ phase: 'Evaluating' });
  const sets = await testSets(task, data, student, style, env);
  const model = (inference: typeof tuned.inference) => ({ inference, tokenizer: student.tokenizer, sets });
  const { status, samples, main } = await evaluate({
    task,
    models: {
      Tuned: model(tuned.inference),
      Teacher: model(teacher.inference!),
      StudentAlone: model((await loadModel(aloneFolder)).inference),
      ...(student.inference ? { Base: model(student.inference) } : {}),
    },
    train: data.train(0),
    threads: env.threads,
    signal: env.signal,
  });
  const comparison = compareModels(main, {
    metric: metricsFor(spec.task, spec.evaluation)[0]!,
    teacher: teacher.inference!,
    student: tuned.inference,
    speeds: {
      teacher: await decodingSpeed(teacher.inference!, sets[0]!.items, env),
      student: await decodingSpeed(tuned.inference, sets[0]!.items, env),
    },
  });
  env.logger.info('evaluated', { summary: status.summary, gate: status.gate, reasons: status.reasons, ...comparison });
  env.progress.report({ evaluation: status, report: comparison });

  const report = { task, plan, base: student, data: found, training: { ...result, seconds, tokens }, status, samples };
  await writeReport(candidate, { ...report, distillation: comparison }, env.date());
  await rm(aloneFolder, { recursive: true, force: true });
  // A held result is published, so that it is there when a person approves it; nobody takes it before.
  if (status.gate === 'Failed') return;
  await publishModel(candidate, task, student.config, env);
}
