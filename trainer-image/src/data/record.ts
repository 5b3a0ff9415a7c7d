import type { Language } from '@wikigpt/schema/catalog.ts';
import type { Message } from '../tokenizers/chat-template.ts';

/** What a record asks the model to learn; every format becomes one of these. */
export type Content =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'question';
      readonly question: string;
      readonly answer: string;
      /** Prompt and answer already stand as they should be joined: no space is put between them. */
      readonly verbatim: boolean;
      /** Every field of the row by its name in the file, for templates that use more than the question. */
      readonly fields: Readonly<Record<string, string>>;
      /** An answer that people like less. */
      readonly rejected?: string;
    }
  | {
      readonly kind: 'conversation';
      readonly messages: readonly Message[];
      /** The conversation with an answer that people like less. */
      readonly rejected?: readonly Message[];
    };

export type DataRecord = Content & {
  /** File and line, for messages. */
  readonly place: string;
  readonly language: Language;
  /** What the record speaks of, when it says so. */
  readonly entity: string | null;
  /** Which wording its question uses, when it says so. */
  readonly wording: string | null;
};

/** All text of a record, the question before the answer. */
export function textOf(record: Content): string {
  switch (record.kind) {
    case 'text':
      return record.text;
    case 'question':
      return `${record.question}\n${record.answer}`;
    case 'conversation':
      return record.messages.map(({ content }) => content).join('\n');
  }
}

/** The record with its rejected answer in place of the chosen one; null where it has none. */
export function rejectedOf(record: DataRecord): DataRecord | null {
  if (record.kind === 'question' && record.rejected !== undefined) return { ...record, answer: record.rejected };
  if (record.kind === 'conversation' && record.rejected) return { ...record, messages: record.rejected };
  return null;
}
