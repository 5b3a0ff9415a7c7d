import type { DataRecord } from '../data/record.ts';
import type { AnswerJournal } from './answer-journal.ts';

/** One sample of one question. */
export interface TeacherQuestion {
  readonly key: string;
  readonly record: DataRecord;
  /** What it is to the teacher. */
  readonly prompt: string;
  /** From 0. */
  readonly sample: number;
}

/** A teacher that answers in its own words, wherever it runs. */
export interface TeacherWriter {
  /** What its answers depend on beside the question: another text begins another journal. */
  readonly about: string;
  /** What a question is to this teacher, whatever record it stands in. */
  prompt(record: DataRecord): string;
  /** Answers every question that the journal has no answer to, and writes the answers down as they come. */
  answer(questions: readonly TeacherQuestion[], journal: AnswerJournal): Promise<void>;
}
