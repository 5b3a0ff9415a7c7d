import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DataRecord } from '../data/record.ts';
import { TrainerError } from '../errors.ts';
import { AnswerJournal } from './answer-journal.ts';
import type { RunEnvironment } from './run-environment.ts';
import type { TeacherQuestion, TeacherWriter } from './teacher-writer.ts';

/**
 * The records of each pass with the answers of the teacher in place of their own, several to a question where `samples`
 * says so; an empty answer and one that the pass has already are left out. Fails with DataInvalid when a record is no
 * question or no answer is left.
 */
export async function teacherAnswers(
  passes: readonly (readonly DataRecord[])[],
  samples: number,
  writer: TeacherWriter,
  env: Pick<RunEnvironment, 'work' | 'logger'>,
): Promise<readonly (readonly DataRecord[])[]> {
  const wanted = passes.map((records) => records.flatMap((record) => questionsOf(record, samples, writer)));
  const questions = [...new Map(wanted.flat().map((one) => [one.key, one])).values()];
  const journal = await AnswerJournal.open(join(env.work, 'teacher'), writer.about);
  try {
    env.logger.info('teacher answers', { questions: questions.length, known: journal.size });
    await writer.answer(questions, journal);
  } finally {
    await journal.close();
  }
  return wanted.map((asked) => answered(asked, journal));
}

function questionsOf(record: DataRecord, samples: number, writer: TeacherWriter): TeacherQuestion[] {
  if (record.kind !== 'question')
    throw new TrainerError(
      'DataInvalid',
      `${record.place}: a ${record.kind} has no question for the teacher to answer; use distillation.logits for such data.`,
    );
  const prompt = writer.prompt(record);
  return Array.from({ length: samples }, (_, sample) => {
    const key = createHash('sha256').update(`${prompt}#${sample}`).digest('hex');
    return { record, prompt, sample, key };
  });
}

function answered(asked: readonly TeacherQuestion[], journal: AnswerJournal): readonly DataRecord[] {
  const given = new Set<string>();
  const taught = asked.flatMap(({ record, prompt, key }) => {
    const answer = journal.get(key);
    const said = JSON.stringify([prompt, answer]);
    if (!answer || given.has(said)) return [];
    given.add(said);
    return [{ ...record, answer }];
  });
  if (taught.length > 0) return taught;
  throw new TrainerError('DataInvalid', 'The teacher answered nothing to any question; check how it is to be asked.');
}
