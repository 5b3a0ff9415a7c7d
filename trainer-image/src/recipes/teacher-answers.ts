import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DistillJobSpec } from '@wikigpt/schema/distill-job.ts';
import type { DataRecord } from '../data/record.ts';
import { TrainerError } from '../errors.ts';
import { measureTexts } from '../evaluate/measure.ts';
import { AnswerJournal } from './answer-journal.ts';
import type { RunEnvironment } from './run-environment.ts';
import type { Sampling, TeacherQuestion, TeacherWriter } from './teacher-writer.ts';

export type SequenceRoute = NonNullable<DistillJobSpec['distillation']['sequence']>;

/** What a teacher answered, and to what. */
interface Answered extends TeacherQuestion {
  /** Undefined where it could not be asked. */
  readonly answer: string | undefined;
}

/**
 * The records of each pass with the answers of the teacher in place of their own, as many to a question as the route says.
 * Left out are empty answers, those that the filter drops, and those that the pass has already. Fails with DataInvalid
 * when a record is no question, the answers are worse than the route's gate allows, or none is left.
 */
export async function teacherAnswers(
  passes: readonly (readonly DataRecord[])[],
  route: SequenceRoute,
  sampling: Sampling,
  writer: TeacherWriter,
  env: Pick<RunEnvironment, 'work' | 'logger'>,
): Promise<readonly (readonly DataRecord[])[]> {
  const answered = await askTeacher(passes, route.samplesPerPrompt, sampling, writer, env);
  requireGood(answered.flat(), route);
  return answered.map((pass) => keptAnswers(pass, route));
}

/** The answer of the teacher to each record. */
export async function firstAnswers(
  records: readonly DataRecord[],
  sampling: Sampling,
  writer: TeacherWriter,
  env: Pick<RunEnvironment, 'work' | 'logger'>,
): Promise<readonly string[]> {
  const [answered] = await askTeacher([records], 1, sampling, writer, env);
  return answered!.map(({ answer }) => answer ?? '');
}

async function askTeacher(
  passes: readonly (readonly DataRecord[])[],
  samples: number,
  sampling: Sampling,
  writer: TeacherWriter,
  env: Pick<RunEnvironment, 'work' | 'logger'>,
): Promise<readonly (readonly Answered[])[]> {
  const wanted = passes.map((records) => records.flatMap((record) => questionsOf(record, samples, sampling, writer)));
  const questions = [...new Map(wanted.flat().map((one) => [one.key, one])).values()];
  const journal = await AnswerJournal.open(join(env.work, 'teacher'), writer.about);
  try {
    env.logger.info('teacher answers', { questions: questions.length, known: journal.size });
    await writer.answer(questions, sampling, journal);
  } finally {
    await journal.close();
  }
  return wanted.map((asked) => asked.map((one) => ({ ...one, answer: journal.get(one.key) })));
}

function questionsOf(record: DataRecord, samples: number, sampling: Sampling, writer: TeacherWriter) {
  if (record.kind !== 'question')
    throw new TrainerError(
      'DataInvalid',
      `${record.place}: a ${record.kind} has no question for the teacher to answer; use distillation.logits for such data.`,
    );
  const prompt = writer.prompt(record);
  return Array.from({ length: samples }, (_, sample): TeacherQuestion => {
    const key = createHash('sha256')
      .update(JSON.stringify([sampling, prompt, sample]))
      .digest('hex');
    return { record, prompt, sample, key };
  });
}

/** What the data has answers to itself tells how good the teacher is. */
function requireGood(answered: readonly Answered[], { gate }: SequenceRoute): void {
  if (!gate) return;
  const examples = answered.flatMap(({ record, answer }) =>
    record.kind === 'question' && record.answer !== '' && answer !== undefined
      ? [{ prediction: answer, references: [record.answer], language: record.language }]
      : [],
  );
  const { value } = measureTexts(gate.metric, examples, { language: 'en', resamples: 1 }).score;
  if (value >= Number(gate.min)) return;
  throw new TrainerError(
    'DataInvalid',
    `The answers of the teacher score ${gate.metric} ${value.toFixed(3)} against those of the data, and distillation.sequence.gate asks for ${gate.min}; ask another teacher, ask it in another way (data.prompt), or lower the gate.`,
  );
}

function keptAnswers(asked: readonly Answered[], { filter }: SequenceRoute): readonly DataRecord[] {
  const given = new Map<string, number>();
  const said = ({ prompt, answer }: Answered): string => JSON.stringify([prompt, answer]);
  const samples = new Map<string, number>();
  for (const one of asked) {
    if (one.answer !== undefined) samples.set(one.prompt, (samples.get(one.prompt) ?? 0) + 1);
    given.set(said(one), (given.get(said(one)) ?? 0) + 1);
  }
  const fits = (one: Answered): boolean => {
    const { length } = Array.from(one.answer ?? '');
    if (length === 0 || !filter) return length > 0;
    const { minCharacters = 1, maxCharacters = Infinity, minAgreement = '0' } = filter;
    const agreed = given.get(said(one))! / samples.get(one.prompt)!;
    return length >= minCharacters && length <= maxCharacters && agreed >= Number(minAgreement);
  };
  const kept = [...new Map(asked.filter(fits).map((one) => [said(one), one])).values()];
  if (kept.length > 0) return kept.map(({ record, answer }) => ({ ...record, answer: answer! }) as DataRecord);
  throw new TrainerError(
    'DataInvalid',
    `Of ${asked.length} answers of the teacher none is left; check how it is to be asked (data.prompt), its filter (distillation.sequence.filter) and its budget.`,
  );
}
