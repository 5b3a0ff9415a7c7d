import type { DistillTask } from '@wikigpt/schema/task.ts';
import { promptIds } from '../data/examples.ts';
import { promptStyle } from '../data/prompt-style.ts';
import type { DataRecord } from '../data/record.ts';
import { TrainerError } from '../errors.ts';
import { contextOf } from '../generate/decode-graph.ts';
import { answerPrompts } from './answer-items.ts';
import type { BaseModel } from './base-model.ts';
import type { RunEnvironment } from './run-environment.ts';
import type { TeacherWriter } from './teacher-writer.ts';

/** Questions that are answered, and then written down, at once; what a stop cuts off is asked again. */
const atOnce = 96;

/** A teacher whose files are here. */
export function localWriter({ spec }: DistillTask, teacher: BaseModel, env: RunEnvironment): TeacherWriter {
  const style = promptStyle(spec.data.prompt, teacher.tokenizer);
  const ids = (record: DataRecord): readonly number[] =>
    promptIds(record, style, teacher.tokenizer).slice(-(contextOf(teacher.inference!) - 1));
  return {
    about: teacher.digest!,
    prompt: (record) => ids(record).join(' '),
    async answer(questions, { seed, ...sampling }, journal) {
      for (let start = 0; start < questions.length; start += atOnce) {
        // Always the same questions together, so that a run that was stopped gets the same answers.
        const asked = questions.slice(start, start + atOnce);
        if (asked.every(({ key }) => journal.has(key))) continue;
        if (env.signal.aborted)
          throw new TrainerError('Cancelled', `Stopped after ${journal.size} answers of the teacher; they are kept.`);
        const answers = await answerPrompts(
          teacher.inference!,
          teacher.tokenizer,
          asked.map(({ record }) => ids(record)),
          { ...sampling, seed: (seed ?? 0) + start, threads: env.threads, signal: env.signal },
        );
        await journal.add(asked.map(({ key }, i) => ({ key, answer: answers[i]!, tokens: 0 })));
      }
    },
  };
}
