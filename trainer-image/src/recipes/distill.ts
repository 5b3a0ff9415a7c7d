import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { metricsFor } from '@wikigpt/schema/evaluation.ts';
import type { DistillTask } from '@wikigpt/schema/task.ts';
import { prepareData } from '../data/prepare.ts';
import { promptStyle } from '../data/prompt-style.ts';
import type { InferenceModel } from '../generate/decode-graph.ts';
import { loadModel } from '../load-model.ts';
import { projections, type LogitsRoute } from '../train/distillation-loss.ts';
import { planTraining, type TrainingPlan } from '../train/plan-training.ts';
import { TeacherCache } from '../train/teacher-cache.ts';
import type { BaseModel } from './base-model.ts';
import { dataReport } from './data-report.ts';
import { speedup } from './decoding-speed.ts';
import { compareModels } from './distill-report.ts';
import { distillationOf } from './distillation-routes.ts';
import { evaluate } from './evaluate.ts';
import { exportModel } from './export-model.ts';
import { initialState } from './initial-state.ts';
import { openTeacher } from './open-teacher.ts';
import { publishModel } from './publish-model.ts';
import { writeReport } from './report/write-report.ts';
import type { RunEnvironment } from './run-environment.ts';
import { runTraining, type TrainingParts } from './run-training.ts';
import { sampleCompletions } from './sample-prompts.ts';
import { scoredTeacher } from './scored-teacher.ts';
import { studentModel } from './student-model.ts';
import { studentWriter } from './student-writer.ts';
import { taughtData } from './taught-data.ts';
import { testSets, type TestSetItems } from './test-set.ts';
import { tokenisedData, type TokenisedData } from './tokenised-data.ts';
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
  const { model: teacher, writer } = await openTeacher(task, env);
  const student = await studentModel(task, teacher, env);
  const distillation = teacher && distillationOf(spec.distillation, student, teacher);

  const alonePlan = planTraining(spec, student.config);
  const beside = distillation && projections(distillation.hidden, student.config, distillation.teacher.config);
  const plan = planTraining(spec, student.config, beside ?? []);
  const style = promptStyle(spec.data.prompt, student.tokenizer);
  const alone = tokenisedData(task, data, student, alonePlan, style);
  const { sequence } = spec.distillation;
  const taught = sequence
    ? await taughtData(task, sequence, data, passesOf(task, alone, alonePlan), writer, env)
    : data;
  const withTeacher = taught === data ? alone : tokenisedData(task, taught, student, plan, style);
  const found = dataReport(data, alone.tooLong);
  env.logger.info('data', found);
  env.progress.report({
    data: found,
    estimate: trainingEstimate(plan, withTeacher.training.shape.slots, {
      teacher,
      writes: spec.distillation.onPolicy !== undefined,
    }),
  });

  const conversations = data.train(0).some(({ kind }) => kind === 'conversation');
  /** Trains the student from its beginning, writes it into a folder and reads it back. */
  const learn = async (
    folder: string,
    { training, validation }: TokenisedData,
    parts: Pick<TrainingParts, 'plan' | 'turn' | 'distillation' | 'complete' | 'exactSteps' | 'samples'>,
  ) => {
    const initial = () => initialState(spec.training.seed, student, parts.plan, env.threads);
    const shared = { task, base: student, batches: training, validation, env };
    const { trainStep, result, ...ran } = await runTraining({ ...shared, ...parts, initial });
    await exportModel(folder, task, student, parts.plan, trainStep.state, style, conversations);
    const { inference } = await loadModel(folder);
    await verifyExport(inference, trainStep, training.pass(0).next().value!, env.threads);
    return {
      inference,
      steps: trainStep.state.step,
      training: { ...result, ...ran, prompts: parts.samples?.prompts ?? [] },
    };
  };
  const candidate = join(env.work, 'candidate');
  const learnFromTeacher = async () => {
    const { onPolicy } = spec.distillation;
    const write =
      onPolicy &&
      studentWriter({
        base: student,
        plan,
        fraction: Number(onPolicy.fraction),
        maxNewTokens: spec.evaluation.decoding.maxNewTokens,
        seed: spec.training.seed,
        threads: env.threads,
        signal: env.signal,
      });
    const route = distillation?.logits;
    const cache = teacher && route && route.topK > 0 ? await openCache(teacher, route, env) : null;
    try {
      return await learn(candidate, withTeacher, {
        plan,
        turn: { index: 0, count: 2 },
        // The student alone is there to be compared with; nobody reads how it comes to write.
        samples: sampleCompletions(spec.training.sampleCompletions, data.validation, {
          style,
          tokenizer: student.tokenizer,
          length: plan.sequenceLength,
        }),
        ...(distillation ? { distillation } : {}),
        ...(write || cache
          ? {
              async complete(batch, state) {
                const written = write ? await write(batch, state) : batch;
                return cache ? cache.complete(written) : written;
              },
            }
          : {}),
      });
    } finally {
      await cache?.close();
    }
  };
  const tuned = await learnFromTeacher();
  const aloneFolder = join(env.work, 'student-alone');
  const turn = { index: 1, count: 2 };
  const onItsOwn = await learn(aloneFolder, alone, { plan: alonePlan, turn, exactSteps: tuned.steps });

  env.progress.report({ phase: 'Evaluating' });
  const sets = await testSets(task, data, { tokenizer: student.tokenizer, context: plan.context }, style, env);
  const teaching = await scoredTeacher(task, data, { model: teacher, writer }, sets, env);
  const model = (inference: InferenceModel) => ({ inference, tokenizer: student.tokenizer, sets });
  const { status, samples, main } = await evaluate({
    task,
    models: {
      Tuned: model(tuned.inference),
      Teacher: teaching,
      StudentAlone: model(onItsOwn.inference),
      ...(student.inference ? { Base: model(student.inference) } : {}),
    },
    train: data.train(0),
    stores: env,
    threads: env.threads,
    signal: env.signal,
  });
  const itemsOf = ({ sets: [first] }: { readonly sets: readonly TestSetItems[] }) => first!.items;
  const comparison = compareModels(main, {
    metric: metricsFor(spec.task, spec.evaluation)[0]!,
    teacher: teacher?.inference ?? null,
    student: tuned.inference,
    speedup:
      'inference' in teaching
        ? await speedup(
            { inference: teaching.inference, items: itemsOf(teaching) },
            { inference: tuned.inference, items: itemsOf({ sets }) },
            env,
          )
        : null,
  });
  env.logger.info('evaluated', { summary: status.summary, gate: status.gate, reasons: status.reasons, ...comparison });
  env.progress.report({ evaluation: status, report: comparison });

  const report = { task, plan, base: student, data: found, training: tuned.training, status, samples };
  await writeReport(candidate, { ...report, distillation: comparison }, env.date());
  await rm(aloneFolder, { recursive: true, force: true });
  // A held result is published, so that it is there when a person approves it; nobody takes it before.
  if (status.gate === 'Failed') return;
  await publishModel(candidate, student.config, task, env);
}

/** Passes over the labelled data that the training begins. */
const passesOf = ({ spec }: DistillTask, { training }: TokenisedData, { accumulation }: TrainingPlan): number => {
  const { maxSteps, epochs } = spec.training;
  return Math.ceil(maxSteps === undefined ? Number(epochs) : (maxSteps * accumulation) / training.countOf(0));
};

const openCache = (teacher: BaseModel, route: LogitsRoute, { work, threads }: RunEnvironment): Promise<TeacherCache> =>
  TeacherCache.open({
    teacher: teacher.inference!,
    digest: teacher.digest!,
    route,
    folder: join(work, 'teacher'),
    threads,
  });
