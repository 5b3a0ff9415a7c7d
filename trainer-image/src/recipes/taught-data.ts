import type { DistillTask } from '@wikigpt/schema/task.ts';
import { preparePrompts, type PreparedData } from '../data/prepare.ts';
import type { RunEnvironment } from './run-environment.ts';
import { teacherAnswers } from './teacher-answers.ts';
import type { TeacherWriter } from './teacher-writer.ts';

/**
 * The data with the answers of the teacher to its training questions, and to those that are for the teacher alone. A
 * generator's passes are answered each on their own, as many as `passes` says, and then begin anew.
 */
export async function taughtData(
  { spec }: DistillTask,
  data: PreparedData,
  passes: number,
  writer: TeacherWriter,
  env: RunEnvironment,
): Promise<PreparedData> {
  const { prompts = [], samplesPerPrompt = 1 } = spec.distillation.sequence ?? {};
  const more = await preparePrompts(prompts, spec.data.clean, { stores: env, seed: spec.training.seed });
  const varies = data.train(1) !== data.train(0) || more(1) !== more(0);
  const asked = Array.from({ length: varies ? passes : 1 }, (_, pass) => [...data.train(pass), ...more(pass)]);
  const answered = await teacherAnswers(asked, samplesPerPrompt, writer, env);
  return { ...data, train: (pass) => answered[pass % answered.length]! };
}
