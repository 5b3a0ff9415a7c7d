import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Example } from './example.ts';
import type { PromptStyle } from './prompt-style.ts';
import { rejectedOf, type DataRecord } from './record.ts';
import { renderPrompt, renderRecord, type Segment } from './render.ts';

/**
 * Token ids of a prompt, ready for the model to go on from. A plain prompt begins like every document; a chat template
 * brings its own beginning.
 */
function encodePrompt(segments: readonly Segment[], tokenizer: Tokenizer): number[] {
  const ids = segments.flatMap(({ text, special }) => (special ? tokenizer.encode(text) : tokenizer.encodeText(text)));
  return segments.some(({ special }) => special) ? ids : [tokenizer.documentStart, ...ids];
}

/** The prompt that evaluation and chat give the model for a record. */
export const promptIds = (
  record: DataRecord,
  style: PromptStyle,
  tokenizer: Tokenizer,
  shots: readonly DataRecord[] = [],
): number[] => encodePrompt(renderPrompt(record, style, shots), tokenizer);

/** A record as tokens and targets. The end of an answer or a text is always a target, or the model would never stop. */
export function exampleOf(
  record: DataRecord,
  style: PromptStyle,
  tokenizer: Tokenizer,
  shots: readonly DataRecord[] = [],
): Example {
  const segments = renderRecord(record, style, shots);
  const chat = segments.some(({ special }) => special);
  const tokens: number[] = chat ? [] : [tokenizer.documentStart];
  const supervised: number[] = chat ? [] : [0];
  for (const segment of segments) {
    for (const id of segment.special ? tokenizer.encode(segment.text) : tokenizer.encodeText(segment.text)) {
      tokens.push(id);
      supervised.push(segment.supervised ? 1 : 0);
    }
  }
  if (segments.at(-1)?.supervised && !endsWithSpecial(tokens, tokenizer)) {
    tokens.push(tokenizer.eos);
    supervised.push(1);
  }
  supervised[0] = 0;
  return { tokens: Int32Array.from(tokens), supervised: Uint8Array.from(supervised) };
}

/** A chat template ends an answer by a special token of its own, perhaps with a line break behind it. */
const endsWithSpecial = (tokens: readonly number[], tokenizer: Tokenizer): boolean =>
  tokens.slice(-2).some((id) => tokenizer.tokenBytes(id).length === 0);

/** Consecutive pieces of at most `length` tokens; each begins with the last token of the one before, so that none loses its target. */
export function cutExample({ tokens, supervised }: Example, length: number): readonly Example[] {
  if (tokens.length <= length) return [{ tokens, supervised }];
  const pieces: Example[] = [];
  for (let start = 0; start < tokens.length - 1; start += length - 1) {
    const piece = supervised.slice(start, start + length);
    piece[0] = 0;
    pieces.push({ tokens: tokens.slice(start, start + length), supervised: piece });
  }
  return pieces;
}

/** Examples of records that fit rows of `length` tokens: longer texts are cut, longer questions and conversations left out. */
export function examplesOf(
  records: readonly DataRecord[],
  options: {
    readonly style: PromptStyle;
    readonly tokenizer: Tokenizer;
    /** Longest example in tokens. */
    readonly length: number;
    /** Longest pair of examples in tokens; `length` when absent. */
    readonly pairLength?: number;
    readonly shots?: (record: DataRecord) => readonly DataRecord[];
  },
): { readonly examples: readonly Example[]; readonly tooLong: number } {
  const { style, tokenizer, length, pairLength = length, shots = () => [] } = options;
  const examples: Example[] = [];
  let tooLong = 0;
  for (const record of records) {
    const example = exampleOf(record, style, tokenizer, shots(record));
    const other = rejectedOf(record);
    if (other) {
      const pair = joined(example, exampleOf(other, style, tokenizer, shots(record)));
      if (pair.tokens.length <= pairLength) examples.push(pair);
      else tooLong += 1;
    } else if (record.kind === 'text') examples.push(...cutExample(example, length));
    else if (example.tokens.length <= length) examples.push(example);
    else tooLong += 1;
  }
  return { examples, tooLong };
}

/** Two answers to one prompt, as one example, so that they never part. */
function joined(chosen: Example, rejected: Example): Example {
  return {
    tokens: Int32Array.from([...chosen.tokens, ...rejected.tokens]),
    supervised: Uint8Array.from([...chosen.supervised, ...rejected.supervised]),
    rejectedFrom: chosen.tokens.length,
  };
}
