import type { Decoder } from './decoder.ts';
import type { FinishReason } from './text-generator.ts';

/** One sequence to generate; `Engine.submit` calls back as it goes. */
export interface TokenRequest {
  readonly prompt: readonly number[];
  /** At least 1; the context may end the answer sooner. */
  readonly maxNewTokens: number;
  /** Picks the next token from logits [vocabulary], which it may overwrite. */
  choose(logits: Float32Array): number;
  /** Takes a token of the answer; true ends the answer with this token. */
  token(token: number): boolean;
  end(reason: FinishReason): void;
  fail(error: unknown): void;
}

/** Generates many sequences at once; each joins and leaves at its own time. */
export interface Engine {
  readonly context: number;
  readonly slots: number;
  /** Queues a prompt of 1 to context - 1 tokens; the result takes it back, wherever it is. */
  submit(request: TokenRequest): () => void;
  load(): { readonly running: number; readonly waiting: number; readonly tokens: number };
  /** Fails what is running and frees the model. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Tokens that end an answer without belonging to it. */
  readonly endTokens: ReadonlySet<number>;
  /** Prompt tokens read between two steps of the running answers: more is faster for the new, slower for the old. */
  readonly prefillTokens: number;
  /** Largest number of tokens of prompt and answer together; the decoder's when absent. */
  readonly context?: number;
}

interface Sequence {
  readonly request: TokenRequest;
  /** Tokens in the cache. */
  past: number;
  /** Tokens not yet read: the rest of the prompt, then the latest token of the answer. */
  next: readonly number[];
  generated: number;
  cancelled: boolean;
}

/**
 * Continuous batching (Yu et al., Orca, 2022). Slots 0 … n-1 are in use: first the sequences that answer, then those
 * whose prompt is still being read, so that each kind is one batch of neighbouring slots.
 */
export function createEngine(decoder: Decoder, options: EngineOptions): Engine {
  const { endTokens, prefillTokens, context = decoder.context } = options;
  const answering: Sequence[] = [];
  const reading: Sequence[] = [];
  const waiting: Sequence[] = [];
  let turning: Promise<void> | undefined;
  let closed = false;

  const leave = (sequence: Sequence): void => {
    const hole = answering.indexOf(sequence);
    if (hole >= 0) {
      const last = answering.pop()!;
      if (last !== sequence) {
        decoder.move(answering.length, hole, last.past);
        answering[hole] = last;
      }
      // The slot behind the answering ones is free now; the last reader fills it.
      if (reading.length > 0) {
        decoder.move(answering.length + reading.length, answering.length, reading.at(-1)!.past);
        reading.unshift(reading.pop()!);
      }
      return;
    }
    const place = reading.indexOf(sequence);
    if (place < 0) return;
    const last = reading.pop()!;
    if (last === sequence) return;
    decoder.move(answering.length + reading.length, answering.length + place, last.past);
    reading[place] = last;
  };

  const take = (sequence: Sequence, logits: Float32Array): void => {
    const { request } = sequence;
    if (sequence.cancelled) return;
    let reason: FinishReason | undefined;
    try {
      const token = request.choose(logits);
      if (endTokens.has(token)) reason = 'stop';
      else {
        sequence.generated++;
        sequence.next = [token];
        if (request.token(token)) reason = 'stop';
        else if (sequence.generated >= request.maxNewTokens || sequence.past + 1 >= context) reason = 'length';
      }
    } catch (error) {
      leave(sequence);
      request.fail(error);
      return;
    }
    if (reason === undefined) return;
    leave(sequence);
    request.end(reason);
  };

  const admit = (): void => {
    while (waiting.length > 0 && answering.length + reading.length < decoder.slots) reading.push(waiting.shift()!);
  };

  /** Reads up to `prefillTokens` of the first prompts; those read to their end give their first token. */
  const read = async (): Promise<void> => {
    let left = prefillTokens;
    const spans = [];
    for (const { next, past } of reading) {
      if (left <= 0) break;
      spans.push({ tokens: next.slice(0, left), past });
      left -= next.length;
    }
    if (spans.length === 0) return;
    const readers = reading.slice(0, spans.length);
    const logits = await decoder.step(answering.length, spans);
    const complete: [Sequence, Float32Array][] = [];
    for (const [i, sequence] of readers.entries()) {
      const { length } = spans[i]!.tokens;
      sequence.past += length;
      sequence.next = sequence.next.slice(length);
      if (sequence.next.length === 0) complete.push([sequence, logits[i]!]);
    }
    // Prompts are read in order, so the complete ones stand right behind the answering ones.
    answering.push(...reading.splice(0, complete.length));
    for (const [sequence, row] of complete) take(sequence, row);
  };

  const answer = async (): Promise<void> => {
    const batch = [...answering];
    if (batch.length === 0) return;
    const logits = await decoder.step(
      0,
      batch.map(({ next, past }) => ({ tokens: next, past })),
    );
    for (const sequence of batch) sequence.past++;
    for (const [i, sequence] of batch.entries()) take(sequence, logits[i]!);
  };

  const dropCancelled = (): void => {
    for (const sequence of [...answering, ...reading]) if (sequence.cancelled) leave(sequence);
  };

  const turn = async (): Promise<void> => {
    while (answering.length + reading.length + waiting.length > 0) {
      try {
        dropCancelled();
        admit();
        decoder.trim(Math.max(0, ...[...answering, ...reading].map(({ past }) => past)));
        await answer();
        dropCancelled();
        await read();
      } catch (error) {
        failAll(error);
      }
    }
    turning = undefined;
  };

  const failAll = (error: unknown): void => {
    for (const sequence of [answering, reading, waiting].flatMap((list) => list.splice(0))) {
      if (sequence.cancelled) continue;
      // A step may still be under way with this sequence in it.
      sequence.cancelled = true;
      sequence.request.fail(error);
    }
  };

  return {
    context,
    slots: decoder.slots,
    submit(request) {
      const sequence: Sequence = { request, past: 0, next: request.prompt, generated: 0, cancelled: false };
      if (closed) throw new Error('The engine is closed.');
      waiting.push(sequence);
      turning ??= Promise.resolve().then(turn);
      return () => {
        sequence.cancelled = true;
        const place = waiting.indexOf(sequence);
        if (place >= 0) waiting.splice(place, 1);
      };
    },
    load() {
      const running = [...answering, ...reading].filter(({ cancelled }) => !cancelled);
      const tokens = running.reduce((sum, { past }) => sum + past, 0);
      return { running: running.length, waiting: waiting.length, tokens };
    },
    async close() {
      closed = true;
      failAll(new Error('The engine was closed.'));
      await turning;
      await decoder.release();
    },
  };
}
