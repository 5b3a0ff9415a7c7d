import type { DistillTask } from '@wikigpt/schema/task.ts';
import { preparePrompts, type PreparedData } from '../data/prepare.ts';
import type { RunEnvironment } from './run-environment.ts';
import { teacherAnswers, type SequenceRoute } from './teacher-answers.ts';
import type { Sampling, TeacherWriter } from './teacher-writer.ts';

/**
 * The data with the answers of the teacher to its training questions, and to those that are for the teacher alone. A
 * generator's passes are answered each on their own, as many as `passes` says, and then begin anew.
 */
export async function taughtData(
  { spec }: DistillTask,
  route: SequenceRoute,
  data: PreparedData,
  passes: number,
  writer: TeacherWriter,
  env: RunEnvironment,
): Promise<PreparedData> {
  const more = await preparePrompts(route.prompts, spec.data.clean, { stores: env, seed: spec.training.seed });
  const varies = data.train(1) !== data.train(0) || more(1) !== more(0);
  const asked = Array.from({ length: varies ? passes : 1 }, (_, pass) => [...data.train(pass), ...more(pass)]);
  const answered = await teacherAnswers(asked, route, samplingOf(spec, route), writer, env);
  return { ...data, train: (pass) => answered[pass % answered.length]! };
}

/** One answer is the likeliest; several are drawn as the teacher holds them likely, unless the route says otherwise. */
function samplingOf({ evaluation, training }: DistillTask['spec'], route: SequenceRoute): Sampling {
  const temperature = Number(route.temperature ?? (route.samplesPerPrompt > 1 ? 1 : 0));
  return {
    maxNewTokens: evaluation.decoding.maxNewTokens,
    temperature,
    topP: Number(route.topP),
    seed: temperature === 0 ? null : training.seed,
  };
}
