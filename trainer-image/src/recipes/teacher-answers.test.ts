import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DataRecord } from '../data/record.ts';
import { silent } from '../log.ts';
import { teacherAnswers, type SequenceRoute } from './teacher-answers.ts';
import type { TeacherWriter } from './teacher-writer.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'answers-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sampling = { maxNewTokens: 4, temperature: 1, topP: 1, seed: 1 };
const record = (question: string, answer = '') =>
  ({ kind: 'question', question, answer, language: 'en' }) as DataRecord;

/** A teacher that says to each question what the list has for the sample; nothing where the list ends. */
const saying = (answers: Readonly<Record<string, readonly string[]>>): TeacherWriter => ({
  about: JSON.stringify(answers),
  prompt: (asked) => (asked.kind === 'question' ? asked.question : ''),
  async answer(questions, _sampling, journal) {
    for (const { key, prompt, sample } of questions) {
      const answer = answers[prompt]![sample];
      if (answer !== undefined) await journal.add([{ key, answer, tokens: 0 }]);
    }
  },
});

async function kept(answers: Readonly<Record<string, readonly string[]>>, route: Partial<SequenceRoute>) {
  const asked = Object.keys(answers).map((question) => record(question, route.gate ? 'a' : ''));
  const full = { samplesPerPrompt: 4, prompts: [], topP: '1', ...route };
  const [pass] = await teacherAnswers([asked], full, sampling, saying(answers), { work: folder, logger: silent });
  return pass!.map((one) => (one.kind === 'question' ? `${one.question} ${one.answer}` : ''));
}

test('empty answers, copies and what was not asked are left out', async () => {
  expect(await kept({ q1: ['a', '', 'a', 'b'], q2: ['a'] }, {})).toEqual(['q1 a', 'q1 b', 'q2 a']);
});

test('a filter keeps answers of a length, on which enough samples agree', async () => {
  const answers = { q1: ['a', 'a', 'a', 'b'], q2: ['中文', 'c', 'long one', '中文'] };
  expect(await kept(answers, { filter: { minAgreement: '0.5' } })).toEqual(['q1 a', 'q2 中文']);
  expect(await kept(answers, { filter: { minCharacters: 2, maxCharacters: 5 } })).toEqual(['q2 中文']);
  await expect(kept(answers, { filter: { minCharacters: 20 } })).rejects.toThrow(
    /Of 8 answers of the teacher none is left/,
  );
});

test('a teacher that is worse than its gate teaches nothing', async () => {
  const answers = { q1: ['a', 'a', 'x', 'x'] };
  expect(await kept(answers, { gate: { metric: 'ExactMatch', min: '0.5' } })).toEqual(['q1 a', 'q1 x']);
  await expect(kept(answers, { gate: { metric: 'ExactMatch', min: '0.6' } })).rejects.toMatchObject({
    code: 'DataInvalid',
    message: expect.stringMatching(/score ExactMatch 0.500 against those of the data, and .*gate asks for 0.6/),
  });
});
