import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { memoryQuantity } from '@wikigpt/schema/memory-estimate.ts';
import type { FineTuneTask } from '@wikigpt/schema/task.ts';
import { publishFolder } from '../artifacts/publish-folder.ts';
import type { Stores } from '../artifacts/stores.ts';
import { prepareData, prepareTestSet, type PreparedData } from '../data/prepare.ts';
import type { DataRecord } from '../data/record.ts';
import { promptStyle, type PromptStyle } from '../data/prompt-style.ts';
import { TrainerError } from '../errors.ts';
import { initialWeights } from '../initial-weights.ts';
import { loadModel } from '../load-model.ts';
import { modelSizes } from '../models/model-sizes.ts';
import { viewOf } from '../optim/flat-layout.ts';
import { createRandom } from '../random.ts';
import { estimatePlan } from '../train/memory-estimate.ts';
import { planTraining, type TrainingPlan } from '../train/plan-training.ts';
import type { TrainState } from '../train/train-step.ts';
import { baseModel, type BaseModel } from './base-model.ts';
import { evaluate } from './evaluate.ts';
import { exportModel } from './export-model.ts';
import { writeReport } from './report/write-report.ts';
import { runTraining } from './run-training.ts';
import type { RunEnvironment } from './run-environment.ts';
import { testSetItems, type TestSetItems } from './test-set.ts';
import { tokenisedData } from './tokenised-data.ts';
import { verifyExport } from './verify-export.ts';

/** A FineTuneJob from its data to its published, scored model; reports every stage and fails with a coded error. */
export async function fineTune(task: FineTuneTask, env: RunEnvironment): Promise<void> {
  const { spec } = task;
  const place = { stores: env, seed: spec.training.seed };

  env.progress.report({ phase: 'ValidatingData' });
  const data = await prepareData(spec.data, place);
  env.progress.report({ phase: 'PullingModel', data: dataReport(data, 0) });
  const base = await baseModel(task, data, env);
  const plan = planTraining(spec, base.config);
  const style = promptStyle(spec.data.prompt, base.tokenizer);
  const { training, validation, tooLong } = tokenisedData(task, data, base, plan, style);
  const found = dataReport(data, tooLong);
  env.logger.info('data', found);
  env.progress.report({ data: found, estimate: estimate(plan, training.shape.slots) });

  const { trainStep, result, seconds, tokens } = await runTraining({
    task,
    plan,
    base,
    batches: training,
    validation,
    initial: () => initialState(task, base, plan),
    env,
  });

  env.progress.report({ phase: 'Evaluating' });
  const candidate = join(env.work, 'candidate');
  const conversations = data.train(0).some(({ kind }) => kind === 'conversation');
  await exportModel(candidate, task, base, plan, trainStep.state, style, conversations);
  const tuned = await loadModel(candidate);
  await verifyExport(tuned.inference, trainStep, training.pass(0).next().value!, env.threads);
  await trainStep.release();
  const { status, samples } = await evaluate({
    task,
    tuned: tuned.inference,
    base: base.inference,
    tokenizer: base.tokenizer,
    sets: await testSets(task, data, base, style, env),
    train: data.train(0),
    threads: env.threads,
    signal: env.signal,
  });
  env.logger.info('evaluated', { summary: status.summary, gate: status.gate, reasons: status.reasons });
  env.progress.report({ evaluation: status });

  const report = {
    task,
    plan,
    base,
    data: found,
    training: { ...result, seconds, tokens },
    status,
    samples,
  };
  await writeReport(candidate, report, env.date());
  // A held result is published, so that it is there when a person approves it; nobody takes it before.
  if (status.gate === 'Failed') return;

  env.progress.report({ phase: 'Publishing' });
  const digest = await publishFolder(task.output, env, candidate);
  env.logger.info('published', { uri: task.output.uri, digest });
  env.progress.report({
    artifact: {
      uri: task.output.uri,
      digest,
      formats: [...spec.output.formats],
      verified: true,
      model: modelSizes(base.config),
    },
  });
  await rm(candidate, { recursive: true, force: true });
}

function dataReport({ summary }: PreparedData, tooLong: number) {
  const dropped = Object.values(summary.dropped).reduce((sum, count) => sum + count, tooLong);
  const { train, validation, test, digest } = summary;
  return {
    records: summary.records - tooLong,
    dropped,
    train,
    validation,
    test,
    leakagePercent: summary.leakagePercent.toFixed(1),
    digest,
  };
}

function estimate(plan: TrainingPlan, slots: number) {
  const { bytes, basis } = estimatePlan(plan, slots);
  return { memory: memoryQuantity(bytes), basis };
}

/** The weights that training starts from: the base's own where they are trained, else drawn from the seed. */
async function initialState(
  { spec }: FineTuneTask,
  base: BaseModel,
  { layout, parameters, config }: TrainingPlan,
): Promise<TrainState> {
  const random = createRandom(spec.training.seed);
  const weights = new Float32Array(layout.total);
  const ofBase = new Set(parameters.map(({ name }) => name));
  for (const entry of layout.entries) {
    const { parameter } = entry;
    const given = base.tensor && ofBase.has(parameter.name) ? await base.tensor(parameter) : null;
    viewOf(weights, entry).set(given ?? initialWeights(parameter, config.layers, random));
  }
  return { weights, first: new Float32Array(layout.total), second: new Float32Array(layout.total), step: 0 };
}

async function testSets(
  { spec }: FineTuneTask,
  data: PreparedData,
  base: BaseModel,
  style: PromptStyle,
  stores: Stores,
): Promise<TestSetItems[]> {
  if (data.test.length === 0)
    throw new TrainerError(
      'DataInvalid',
      'No record is left for the test, so nothing could be scored; raise data.split.testPercent.',
    );
  const place = { stores, seed: spec.training.seed };
  const { tokenizer, config } = base;
  const options = {
    style,
    tokenizer,
    fewShot: spec.data.prompt.fewShot,
    baselineShots: Math.max(3, spec.data.prompt.fewShot),
    pool: data.train(0),
    context: config.context,
    seed: spec.data.split.seed,
  };
  const further: { readonly name: string; readonly records: readonly DataRecord[] }[] = [];
  for (const set of spec.evaluation.testSets)
    further.push({ name: set.name, records: await prepareTestSet(set, spec.data.clean, data.partOf, place) });
  return [{ name: 'test', records: data.test }, ...further].map(({ name, records }) =>
    testSetItems(name, records, options),
  );
}
