import type { DistillTask } from '@wikigpt/schema/task.ts';
import type { PreparedData } from '../data/prepare.ts';
import { promptStyle } from '../data/prompt-style.ts';
import type { EvaluatedModel, EvaluatedWriter } from './evaluate.ts';
import type { OpenTeacher } from './open-teacher.ts';
import type { RunEnvironment } from './run-environment.ts';
import { firstAnswers } from './teacher-answers.ts';
import { testSets, type TestSetItems } from './test-set.ts';

/** A teacher as it is scored: by its files on test sets in its own tokens, or by what it answers to those of the student. */
export async function scoredTeacher(
  task: DistillTask,
  data: PreparedData,
  { model, writer }: OpenTeacher,
  ofStudent: readonly TestSetItems[],
  env: RunEnvironment,
): Promise<EvaluatedModel | EvaluatedWriter> {
  const { training, evaluation, data: spec } = task.spec;
  if (model) {
    const { tokenizer, config, inference } = model;
    const style = promptStyle(spec.prompt, tokenizer);
    const sets = await testSets(task, data, { tokenizer, context: config.context }, style, env);
    return { inference: inference!, tokenizer, sets };
  }
  const { maxNewTokens } = evaluation.decoding;
  const temperature = Number(evaluation.decoding.temperature);
  const sampling = { maxNewTokens, temperature, topP: 1, seed: temperature === 0 ? null : training.seed };
  return {
    sets: ofStudent,
    write: (items) =>
      firstAnswers(
        items.map(({ record }) => record),
        sampling,
        writer,
        env,
      ),
  };
}
