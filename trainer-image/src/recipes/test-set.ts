import type { Language } from '@wikigpt/schema/catalog.ts';
import type { Task } from '@wikigpt/schema/task.ts';
import { exampleOf, promptIds } from '../data/examples.ts';
import { pickShots } from '../data/few-shot.ts';
import type { Stores } from '../artifacts/stores.ts';
import { prepareTestSet, type PreparedData } from '../data/prepare.ts';
import type { PromptStyle } from '../data/prompt-style.ts';
import type { DataRecord } from '../data/record.ts';
import { expectedAnswer } from '../data/render.ts';
import { TrainerError } from '../errors.ts';
import type { ScoredText } from '../generate/score-tokens.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** One record as evaluation needs it. */
export interface TestItem {
  readonly record: DataRecord;
  readonly language: Language;
  /** What a written answer is compared with; empty for a text. */
  readonly reference: string;
  /** Tokens before the answer; empty for a text. */
  readonly prompt: readonly number[];
  /** The same with solved examples in front. */
  readonly fewShotPrompt: readonly number[];
  /** The whole record with its first scored token, for likelihoods. */
  readonly scored: ScoredText;
  /** UTF-8 bytes of what is scored. */
  readonly bytes: number;
}

export interface TestSetItems {
  readonly name: string;
  readonly items: readonly TestItem[];
}

export interface TestSetOptions {
  readonly style: PromptStyle;
  readonly tokenizer: Tokenizer;
  /** Solved examples that every prompt carries. */
  readonly fewShot: number;
  /** Solved examples of the FewShot baseline. */
  readonly baselineShots: number;
  /** Records that solved examples are taken from. */
  readonly pool: readonly DataRecord[];
  /** Longest prompt in tokens. */
  readonly context: number;
  readonly seed: number;
}

/** Renders the records of one test set for every way of scoring them. */
function testSetItems(name: string, records: readonly DataRecord[], options: TestSetOptions): TestSetItems {
  const { style, tokenizer, pool, seed } = options;
  const items = records.map((record): TestItem => {
    const shots = (count: number): readonly DataRecord[] => pickShots(record, pool, count, seed);
    const asked = (count: number): readonly number[] =>
      record.kind === 'text' ? [] : fittingPrompt(record, shots(count), options);
    const { tokens, supervised } = exampleOf(record, style, tokenizer, shots(options.fewShot));
    const ids = [...tokens].slice(0, options.context);
    const from = Math.max(1, supervised.indexOf(1));
    return {
      record,
      language: record.language,
      reference: expectedAnswer(record),
      prompt: asked(options.fewShot),
      fewShotPrompt: asked(options.baselineShots),
      scored: { tokens: ids, from },
      bytes: ids.slice(from).reduce((sum, id) => sum + tokenizer.tokenBytes(id).length, 0),
    };
  });
  return { name, items };
}

/** The prompt with as many solved examples as leave half of the context to the answer. */
function fittingPrompt(
  record: DataRecord,
  shots: readonly DataRecord[],
  { style, tokenizer, context }: TestSetOptions,
): readonly number[] {
  for (let count = shots.length; count > 0; count--) {
    const ids = promptIds(record, style, tokenizer, shots.slice(0, count));
    if (ids.length <= context / 2) return ids;
  }
  return promptIds(record, style, tokenizer).slice(-(context - 1));
}

/** Every test set of a task, the main one first; fails with DataInvalid when the main one is empty. */
export async function testSets(
  { spec }: Task,
  data: PreparedData,
  { tokenizer, context }: Pick<TestSetOptions, 'tokenizer' | 'context'>,
  style: PromptStyle,
  stores: Stores,
): Promise<TestSetItems[]> {
  if (data.test.length === 0)
    throw new TrainerError(
      'DataInvalid',
      'No record is left for the test, so nothing could be scored; raise data.split.testPercent.',
    );
  const place = { stores, seed: spec.training.seed };
  const options = {
    style,
    tokenizer,
    fewShot: spec.data.prompt.fewShot,
    baselineShots: Math.max(3, spec.data.prompt.fewShot),
    pool: data.train(0),
    context,
    seed: spec.data.split.seed,
  };
  const further: { readonly name: string; readonly records: readonly DataRecord[] }[] = [];
  for (const set of spec.evaluation.testSets)
    further.push({ name: set.name, records: await prepareTestSet(set, spec.data.clean, data.partOf, place) });
  return [{ name: 'test', records: data.test }, ...further].map(({ name, records }) =>
    testSetItems(name, records, options),
  );
}
