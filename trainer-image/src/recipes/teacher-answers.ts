import { createHash } from 'node:crypto';
import { mkdir, open, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { DistillTask } from '@wikigpt/schema/task.ts';
import { promptIds } from '../data/examples.ts';
import { promptStyle } from '../data/prompt-style.ts';
import type { DataRecord } from '../data/record.ts';
import { TrainerError } from '../errors.ts';
import { answerPrompts } from './answer-items.ts';
import type { BaseModel } from './base-model.ts';
import type { RunEnvironment } from './run-environment.ts';

/** Questions that are answered, and then written down, at once; what a stop cuts off is asked again. */
const atOnce = 96;

interface Answer {
  /** Digest of the prompt's tokens and the number of the sample. */
  readonly key: string;
  readonly answer: string;
}

/**
 * The records with the answers of the teacher in place of their own, several to a question where the spec says so; an
 * empty answer and one that was given before are left out. Answers are appended to a file, so that nothing is asked twice.
 * Fails with DataInvalid when a record is no question or no answer is left.
 */
export async function teacherAnswers(
  { spec }: DistillTask,
  records: readonly DataRecord[],
  teacher: BaseModel,
  env: RunEnvironment,
): Promise<readonly DataRecord[]> {
  const samples = spec.distillation.sequence?.samplesPerPrompt ?? 1;
  const { decoding } = spec.evaluation;
  const style = promptStyle(spec.data.prompt, teacher.tokenizer);
  const wanted = records.flatMap((record) => {
    if (record.kind !== 'question')
      throw new TrainerError(
        'DataInvalid',
        `${record.place}: a ${record.kind} has no question for the teacher to answer; use distillation.logits for such data.`,
      );
    const prompt = promptIds(record, style, teacher.tokenizer).slice(-(teacher.config.context - 1));
    return Array.from({ length: samples }, (_, sample) => {
      const hash = createHash('sha256').update(`${prompt.join(' ')}#${sample}`);
      return { record, prompt, key: hash.digest('hex') };
    });
  });

  const folder = join(env.work, 'teacher');
  await mkdir(folder, { recursive: true });
  const about = `${teacher.digest} ${decoding.maxNewTokens} ${samples > 1} ${spec.training.seed}`;
  const path = join(folder, `answers-${createHash('sha256').update(about).digest('hex').slice(0, 16)}.jsonl`);
  const known = await readAnswers(path);
  const questions = [...new Map(wanted.map((one) => [one.key, one])).values()];
  env.logger.info('teacher answers', { questions: questions.length, known: known.size });
  const file = await open(path, 'a');
  try {
    for (let start = 0; start < questions.length; start += atOnce) {
      // Always the same questions together, so that a run that was stopped gets the same answers.
      const asked = questions.slice(start, start + atOnce);
      if (asked.every(({ key }) => known.has(key))) continue;
      if (env.signal.aborted)
        throw new TrainerError('Cancelled', `Stopped after ${known.size} answers of the teacher; they are kept.`);
      const answers = await answerPrompts(
        teacher.inference!,
        teacher.tokenizer,
        asked.map(({ prompt }) => prompt),
        {
          maxNewTokens: decoding.maxNewTokens,
          // One answer is the likeliest; several are drawn as the teacher holds them likely.
          temperature: samples > 1 ? 1 : 0,
          seed: spec.training.seed + start,
          threads: env.threads,
          signal: env.signal,
        },
      );
      const lines = asked
        .map(({ key }, i): Answer => ({ key, answer: answers[i]! }))
        .filter(({ key }) => !known.has(key));
      await file.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      for (const { key, answer } of lines) known.set(key, answer);
    }
  } finally {
    await file.close();
  }

  const given = new Set<string>();
  const taught = wanted.flatMap(({ record, prompt, key }) => {
    const answer = known.get(key)!;
    const said = JSON.stringify([prompt, answer]);
    if (answer === '' || given.has(said)) return [];
    given.add(said);
    return [{ ...record, answer }];
  });
  if (taught.length > 0) return taught;
  throw new TrainerError('DataInvalid', 'The teacher answered nothing to any question; check how it is to be asked.');
}

/** The answers of a file; a last line that a stop cut off is removed. */
async function readAnswers(path: string): Promise<Map<string, string>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  const whole = text?.slice(0, text.lastIndexOf('\n') + 1) ?? '';
  if (text !== null && whole !== text) await truncate(path, Buffer.byteLength(whole));
  const answers = whole.split('\n').filter((line) => line !== '');
  return new Map(answers.map((line) => JSON.parse(line) as Answer).map(({ key, answer }) => [key, answer]));
}
