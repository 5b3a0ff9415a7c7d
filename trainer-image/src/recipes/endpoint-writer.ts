import type { DataRecord } from '../data/record.ts';
import { TrainerError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { createRandom } from '../random.ts';
import type { AnswerJournal } from './answer-journal.ts';
import { askEndpoint, type ChatEndpoint } from './chat-endpoint.ts';
import type { Sampling, TeacherQuestion, TeacherWriter } from './teacher-writer.ts';

export interface EndpointLimits {
  readonly concurrency: number;
  /** Undefined = as many as the server takes. */
  readonly requestsPerMinute?: number | undefined;
  /** Tokens of questions and answers that may be paid for in all; undefined = no limit. */
  readonly tokenBudget?: number | undefined;
}

export interface EndpointSurroundings {
  /** System message; none when empty. */
  readonly system: string;
  /** Seed of the waiting times. */
  readonly seed: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Waits, at most until the run is stopped. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** Failures in a row, over all questions, after which the server counts as gone. */
const patience = 24;
const firstBackoffMs = 250;
const longestBackoffMs = 30_000;

/**
 * A teacher on a server that speaks the OpenAI API. Failed calls are tried again, each after twice the time and a random
 * part of it; a call that is under way when the run stops is waited for, since it is paid for.
 */
export function endpointWriter(
  endpoint: ChatEndpoint,
  limits: EndpointLimits,
  surroundings: EndpointSurroundings,
): TeacherWriter {
  const { system, seed, logger, signal, now, sleep } = surroundings;
  const random = createRandom(seed);
  const interval = limits.requestsPerMinute === undefined ? 0 : 60_000 / limits.requestsPerMinute;
  let nextStart = 0;
  let failures = 0;

  const pace = async (): Promise<void> => {
    const start = Math.max(now(), nextStart);
    nextStart = start + interval;
    if (start > now()) await sleep(start - now());
  };
  const messagesOf = (record: DataRecord) => [
    ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
    { role: 'user' as const, content: questionOf(record) },
  ];

  /** Asks until there is an answer or a refusal; null when the run was stopped. */
  const ask = async ({ record, key, sample }: TeacherQuestion, { maxNewTokens, ...sampling }: Sampling) => {
    const drawn = sampling.seed === null ? null : sampling.seed + sample;
    const request = { messages: messagesOf(record), maxTokens: maxNewTokens, ...sampling, seed: drawn, key };
    for (let attempt = 0; !signal.aborted; attempt++) {
      await pace();
      if (signal.aborted) break;
      const reply = await askEndpoint(endpoint, request);
      if (reply.kind !== 'later') {
        failures = 0;
        return reply;
      }
      logger.info('teacher call failed', { reason: reply.reason, attempt });
      if (++failures >= patience)
        throw new TrainerError(
          'TrainerFailed',
          `The teacher at ${endpoint.url} failed ${failures} times in a row, at last with ${reply.reason}; its answers so far are kept.`,
        );
      const backoff = Math.min(longestBackoffMs, firstBackoffMs * 2 ** attempt) * (0.5 + random.uniform() / 2);
      await sleep(Math.max(reply.afterMs, backoff));
    }
    return null;
  };

  return {
    about: endpoint.model,
    prompt: (record) => JSON.stringify(messagesOf(record)),
    async answer(questions, sampling, journal) {
      const waiting = questions.filter(({ key }) => !journal.has(key));
      const budget = createBudget(limits.tokenBudget, journal);
      let refused: string | undefined;
      const work = async (): Promise<void> => {
        for (let question = waiting.shift(); question && !signal.aborted; question = waiting.shift()) {
          const most = Buffer.byteLength(question.prompt) + sampling.maxNewTokens;
          if (!budget.reserve(most)) return;
          const reply = await ask(question, sampling);
          const tokens = reply?.kind === 'answer' ? (reply.tokens ?? most) : 0;
          budget.settle(most, tokens);
          if (reply?.kind === 'never') refused = reply.reason;
          // A question that is refused once would be refused again.
          if (reply)
            await journal.add([{ key: question.key, answer: reply.kind === 'answer' ? reply.text : '', tokens }]);
        }
      };
      const ends = await Promise.allSettled(Array.from({ length: limits.concurrency }, work));
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed) throw failed.reason;
      if (signal.aborted)
        throw new TrainerError('Cancelled', `Stopped after ${journal.size} answers of the teacher; they are kept.`);
      if (refused !== undefined) logger.warn('teacher refused questions', { reason: refused });
      const unasked = questions.filter(({ key }) => !journal.has(key)).length;
      if (unasked > 0) logger.warn('token budget of the teacher is spent', { unasked, tokens: journal.tokens });
    },
  };
}

function questionOf(record: DataRecord): string {
  return record.kind === 'question' ? record.question : '';
}

/** What may still be spent, with what calls under way may cost at most taken off. */
function createBudget(limit: number | undefined, journal: AnswerJournal) {
  let left = limit === undefined ? Infinity : limit - journal.tokens;
  return {
    reserve(most: number): boolean {
      if (most > left) return false;
      left -= most;
      return true;
    },
    settle(most: number, spent: number): void {
      left += most - spent;
    },
  };
}
