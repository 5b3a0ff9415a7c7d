import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DataRecord } from '../data/record.ts';
import { silent } from '../log.ts';
import { createRandom } from '../random.ts';
import { AnswerJournal } from './answer-journal.ts';
import { endpointWriter, type EndpointLimits } from './endpoint-writer.ts';
import { startTeacherServer, type TeacherServer } from './teacher-server.fixture.ts';
import type { TeacherQuestion } from './teacher-writer.ts';

let folder: string;
let half: TeacherServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'endpoint-'));
  const random = createRandom(3);
  half = await startTeacherServer(() => random.uniform() < 0.5);
});
afterAll(async () => {
  await half.close();
  await rm(folder, { recursive: true, force: true });
});

const sampling = { maxNewTokens: 4, temperature: 0, topP: 1, seed: null };

/** A writer whose clock goes on by its own waits alone. */
function writerOf(url: string, limits: Partial<EndpointLimits> = {}, signal = new AbortController().signal) {
  const waits: number[] = [];
  let clock = 0;
  const writer = endpointWriter(
    { url, model: 'tiny', apiKey: 'key' },
    { concurrency: 4, ...limits },
    {
      system: '',
      seed: 1,
      logger: silent,
      signal,
      now: () => clock,
      sleep: async (ms) => {
        waits.push(ms);
        clock += ms;
      },
    },
  );
  const questions = (count: number, kind: string): TeacherQuestion[] =>
    Array.from({ length: count }, (_, i) => {
      const question = `${kind} ${i}?`;
      const record = { kind: 'question', question, answer: '' } as DataRecord;
      return { key: question, record, prompt: writer.prompt(record), sample: 0 };
    });
  return { writer, waits, questions };
}

test('where half of the calls fail every question is answered, and paid once, also after a stop', async () => {
  const stop = new AbortController();
  const first = writerOf(half.url, {}, stop.signal);
  const questions = first.questions(40, 'Half');
  const journal = await AnswerJournal.open(join(folder, 'half'), first.writer.about);
  const add = journal.add.bind(journal);
  journal.add = async (answers) => {
    await add(answers);
    if (journal.size >= 15) stop.abort();
  };
  await expect(first.writer.answer(questions, sampling, journal)).rejects.toMatchObject({ code: 'Cancelled' });
  await journal.close();
  // Calls under way when it stopped were waited for.
  expect(half.paid.length).toBe(journal.size);
  expect(journal.size).toBeLessThan(25);

  const second = writerOf(half.url);
  const again = await AnswerJournal.open(join(folder, 'half'), second.writer.about);
  await second.writer.answer(questions, sampling, again);
  await again.close();
  expect(again.size).toBe(40);
  expect(half.paid.toSorted()).toEqual(questions.map(({ key }) => key).toSorted());
  expect(half.failed()).toBeGreaterThan(20);
  for (const { key } of questions) expect(again.get(key)).toMatch(/./);
});

test('waits grow twofold with a random part, and are the same for the same seed', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const waits = async () => {
    const gone = writerOf(`http://127.0.0.1:${port}/v1`, { concurrency: 1 });
    const journal = await AnswerJournal.open(join(folder, 'gone'), 'gone');
    await expect(gone.writer.answer(gone.questions(3, 'Gone'), sampling, journal)).rejects.toMatchObject({
      code: 'TrainerFailed',
      message: expect.stringMatching(/failed 24 times in a row, at last with ECONNREFUSED/),
    });
    await journal.close();
    return gone.waits;
  };
  const first = await waits();
  expect(first).toHaveLength(23);
  for (const [i, ms] of first.entries()) {
    const full = Math.min(30_000, 250 * 2 ** i);
    expect(ms).toBeGreaterThanOrEqual(full / 2);
    expect(ms).toBeLessThanOrEqual(full);
  }
  expect(await waits()).toEqual(first);
});

test('no more calls begin in a minute than allowed, and no more tokens are spent than the budget has', async () => {
  const quiet = await startTeacherServer(() => false);
  const paced = writerOf(quiet.url, { concurrency: 1, requestsPerMinute: 60 });
  const journal = await AnswerJournal.open(join(folder, 'paced'), 'paced');
  await paced.writer.answer(paced.questions(5, 'Paced'), sampling, journal);
  expect(paced.waits).toEqual([1000, 1000, 1000, 1000]);
  const each = journal.tokens / 5;
  await journal.close();

  const tokenBudget = Math.floor(each * 7);
  for (const place of ['budget', 'budget']) {
    const poor = writerOf(quiet.url, { concurrency: 3, tokenBudget });
    const spent = await AnswerJournal.open(join(folder, place), 'budget');
    await poor.writer.answer(poor.questions(20, 'Paced'), sampling, spent);
    expect(spent.tokens).toBeLessThanOrEqual(tokenBudget);
    expect(spent.size).toBeGreaterThan(1);
    await spent.close();
  }
  await quiet.close();
});

test.each([
  [401, /refuses the key.*OPENAI_API_KEY/],
  [404, /has no model tiny there/],
])('a server that answers %i is asked no more', async (code, message) => {
  let calls = 0;
  const server = createServer((request, response) => {
    calls++;
    request.resume();
    response.writeHead(code).end('no');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { writer, questions } = writerOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, {
    concurrency: 1,
  });
  const journal = await AnswerJournal.open(join(folder, `refused-${code}`), 'refused');
  const answering = writer.answer(questions(3, 'Refused'), sampling, journal);
  await expect(answering).rejects.toMatchObject({ code: 'InvalidSpec', message: expect.stringMatching(message) });
  expect([calls, journal.size]).toEqual([1, 0]);
  await journal.close();
  server.close();
});

test('a question that is refused for itself is not asked again', async () => {
  const { writer, questions } = writerOf(half.url);
  const journal = await AnswerJournal.open(join(folder, 'long'), writer.about);
  const [short] = questions(1, 'Short');
  const record = { kind: 'question', question: 'long '.repeat(400), answer: '' } as DataRecord;
  const long = { key: 'long', record, prompt: writer.prompt(record), sample: 0 };
  const before = half.paid.length;
  await writer.answer([long, short!], sampling, journal);
  await writer.answer([long, short!], sampling, journal);
  expect([journal.get('long'), half.paid.length - before]).toEqual(['', 2]);
  await journal.close();
});
