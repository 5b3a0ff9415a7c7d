import { join } from 'node:path';
import type { FineTuneTask } from '@wikigpt/schema/task.ts';
import { prepareData } from '../data/prepare.ts';
import { promptStyle } from '../data/prompt-style.ts';
import { loadModel } from '../load-model.ts';
import { planTraining } from '../train/plan-training.ts';
import { baseModel } from './base-model.ts';
import { dataReport } from './data-report.ts';
import { evaluate } from './evaluate.ts';
import { exportModel } from './export-model.ts';
import { initialState } from './initial-state.ts';
import { publishModel } from './publish-model.ts';
import { writeReport } from './report/write-report.ts';
import { runTraining } from './run-training.ts';
import type { RunEnvironment } from './run-environment.ts';
import { sampleCompletions } from './sample-prompts.ts';
import { testSets } from './test-set.ts';
import { tokenisedData } from './tokenised-data.ts';
import { trainingEstimate } from './training-estimate.ts';
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
  env.progress.report({
    data: found,
    estimate: trainingEstimate(plan, training.shape.slots, { keepsBase: spec.dpo !== undefined }),
  });

  const prompts = sampleCompletions(spec.training.sampleCompletions, data.validation, {
    style,
    tokenizer: base.tokenizer,
    length: plan.sequenceLength,
  });
  const { trainStep, result, ...ran } = await runTraining({
    task,
    plan,
    base,
    batches: training,
    validation,
    ...(spec.dpo
      ? { preference: { beta: Number(spec.dpo.beta), labelSmoothing: Number(spec.dpo.labelSmoothing) } }
      : {}),
    initial: () => initialState(spec.training.seed, base, plan, env.threads),
    samples: prompts,
    env,
  });

  env.progress.report({ phase: 'Evaluating' });
  const candidate = join(env.work, 'candidate');
  const conversations = data.train(0).some(({ kind }) => kind === 'conversation');
  await exportModel(candidate, task, base, plan, trainStep.state, style, conversations);
  const tuned = await loadModel(candidate);
  await verifyExport(tuned.inference, trainStep, training.pass(0).next().value!, env.threads);
  const sets = await testSets(task, data, { tokenizer: base.tokenizer, context: plan.context }, style, env);
  const { tokenizer } = base;
  const { status, samples } = await evaluate({
    task,
    models: {
      Tuned: { inference: tuned.inference, tokenizer, sets },
      ...(base.inference ? { Base: { inference: base.inference, tokenizer, sets } } : {}),
    },
    train: data.train(0),
    stores: env,
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
    training: { ...result, ...ran, prompts: prompts?.prompts ?? [] },
    status,
    samples,
  };
  await writeReport(candidate, report, env.date());
  // A held result is published, so that it is there when a person approves it; nobody takes it before.
  if (status.gate === 'Failed') return;

  await publishModel(candidate, base.config, task, env);
}
