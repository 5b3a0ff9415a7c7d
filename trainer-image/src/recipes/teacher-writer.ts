import type { DataRecord } from '../data/record.ts';
import type { AnswerJournal } from './answer-journal.ts';

/** How a teacher writes; part of what an answer is known by. */
export interface Sampling {
  readonly maxNewTokens: number;
  /** 0 takes the likeliest token. */
  readonly temperature: number;
  readonly topP: number;
  /** Null where nothing is drawn. */
  readonly seed: number | null;
}

/** One sample of one question. */
export interface TeacherQuestion {
  /** Digest of the prompt, the sampling and the number of the sample. */
  readonly key: string;
  readonly record: DataRecord;
  /** What it is to the teacher. */
  readonly prompt: string;
  /** From 0. */
  readonly sample: number;
}

/** A teacher that answers in its own words, wherever it runs. */
export interface TeacherWriter {
  /** Who it is: another text begins another journal. */
  readonly about: string;
  /** What a question is to this teacher, whatever record it stands in. */
  prompt(record: DataRecord): string;
  /**
   * Answers the questions that the journal has no answer to, and writes the answers down as they come. What stays without
   * one could not be asked.
   */
  answer(questions: readonly TeacherQuestion[], sampling: Sampling, journal: AnswerJournal): Promise<void>;
}
