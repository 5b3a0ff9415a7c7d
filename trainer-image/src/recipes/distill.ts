import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { metricsFor } from '@wikigpt/schema/evaluation.ts';
import type { DistillTask } from '@wikigpt/schema/task.ts';
import { prepareData, type PreparedData } from '../data/prepare.ts';
import { promptStyle } from '../data/prompt-style.ts';
import { TrainerError } from '../errors.ts';
import type { InferenceModel } from '../generate/decode-graph.ts';
import { loadModel } from '../load-model.ts';
import { projections, type LogitsRoute } from '../train/distillation-loss.ts';
import { planTraining } from '../train/plan-training.ts';
import { TeacherCache } from '../train/teacher-cache.ts';
import { modelAt, type BaseModel } from './base-model.ts';
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
import { runTraining, type TrainingParts } from './run-training.ts';
import { requireSameTokens, studentModel } from './student-model.ts';
import { sampleCompletions } from './sample-prompts.ts';
import { testSets } from './test-set.ts';
import { teacherAnswers } from './teacher-answers.ts';
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
  if (!('uri' in task.teacher))
    throw new TrainerError('InvalidSpec', 'This trainer asks no server as a teacher yet; name its weights.');
  const teacher = await modelAt(task.teacher, env);
  const student = await studentModel(task, teacher, env);
  const hidden = hiddenRoute(spec.distillation, student.config, teacher.config);
  const logits = logitsRoute(spec.distillation, teacher.config);
  if (hidden || logits) requireSameTokens(teacher, student);
  const taught = spec.distillation.sequence ? await taughtData(task, data, teacher, env) : data;

  const alonePlan = planTraining(spec, student.config);
  const plan = planTraining(spec, student.config, projections(hidden, student.config, teacher.config));
  const style = promptStyle(spec.data.prompt, student.tokenizer);
  const alone = tokenisedData(task, data, student, alonePlan, style);
  const withTeacher = taught === data ? alone : tokenisedData(task, taught, student, plan, style);
  const found = dataReport(data, alone.tooLong);
  env.logger.info('data', found);
  env.progress.report({ data: found, estimate: trainingEstimate(plan, withTeacher.training.shape.slots, teacher) });

  const conversations = data.train(0).some(({ kind }) => kind === 'conversation');
  /** Trains the student from its beginning, writes it into a folder and reads it back. */
  const learn = async (
    folder: string,
    { training, validation }: TokenisedData,
    parts: Pick<TrainingParts, 'plan' | 'turn' | 'distillation' | 'complete' | 'exactSteps'>,
  ) => {
    const initial = () => initialState(spec.training.seed, student, parts.plan, env.threads);
    const samples = sampleCompletions(spec.training.sampleCompletions, data.validation, {
      style,
      tokenizer: student.tokenizer,
      length: parts.plan.sequenceLength,
    });
    const shared = { task, base: student, batches: training, validation, samples, env };
    const { trainStep, result, ...ran } = await runTraining({ ...shared, ...parts, initial });
    await exportModel(folder, task, student, parts.plan, trainStep.state, style, conversations);
    const { inference } = await loadModel(folder);
    await verifyExport(inference, trainStep, training.pass(0).next().value!, env.threads);
    return { inference, steps: trainStep.state.step, training: { ...result, ...ran, prompts: samples?.prompts ?? [] } };
  };
  const candidate = join(env.work, 'candidate');
  const learnFromTeacher = async () => {
    const cache = logits && logits.topK > 0 ? await openCache(teacher, logits, env) : null;
    try {
      return await learn(candidate, withTeacher, {
        plan,
        turn: { index: 0, count: 2 },
        ...(hidden || logits ? { distillation: { teacher: teacher.inference!, logits, hidden } } : {}),
        ...(cache ? { complete: (batch) => cache.complete(batch) } : {}),
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
  const teacherStyle = promptStyle(spec.data.prompt, teacher.tokenizer);
  const teacherSets = await testSets(
    task,
    data,
    { tokenizer: teacher.tokenizer, context: teacher.config.context },
    teacherStyle,
    env,
  );
  const model = (inference: InferenceModel) => ({ inference, tokenizer: student.tokenizer, sets });
  const { status, samples, main } = await evaluate({
    task,
    models: {
      Tuned: model(tuned.inference),
      Teacher: { inference: teacher.inference!, tokenizer: teacher.tokenizer, sets: teacherSets },
      StudentAlone: model(onItsOwn.inference),
      ...(student.inference ? { Base: model(student.inference) } : {}),
    },
    train: data.train(0),
    stores: env,
    threads: env.threads,
    signal: env.signal,
  });
  const comparison = compareModels(main, {
    metric: metricsFor(spec.task, spec.evaluation)[0]!,
    teacher: teacher.inference!,
    student: tuned.inference,
    speeds: {
      teacher: await decodingSpeed(teacher.inference!, teacherSets[0]!.items, env),
      student: await decodingSpeed(tuned.inference, sets[0]!.items, env),
    },
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

/** The data with the teacher's answers to the questions of the first pass, in every pass. */
async function taughtData(
  task: DistillTask,
  data: PreparedData,
  teacher: BaseModel,
  env: RunEnvironment,
): Promise<PreparedData> {
  const answered = await teacherAnswers(task, data.train(0), teacher, env);
  return { ...data, train: () => answered };
}

const openCache = (teacher: BaseModel, route: LogitsRoute, { work, threads }: RunEnvironment): Promise<TeacherCache> =>
  TeacherCache.open({
    teacher: teacher.inference!,
    digest: teacher.digest!,
    route,
    folder: join(work, 'teacher'),
    threads,
  });
