import type { Training } from '@wikigpt/schema/training.ts';
import { exampleOf, promptIds } from '../data/examples.ts';
import type { PromptStyle } from '../data/prompt-style.ts';
import type { DataRecord } from '../data/record.ts';
import { expectedAnswer } from '../data/render.ts';
import { lengthBuckets } from '../data/supervised-slots.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { completePrompts } from '../train/complete-prompts.ts';
import type { TrainStep } from '../train/train-step.ts';

/** A prompt that is completed again and again while a model learns. */
interface SamplePrompt {
  readonly prompt: string;
  readonly reference: string;
  readonly tokens: readonly number[];
}

/** Fixed prompts, and what a model makes of them. */
export interface SampleCompletions {
  readonly everySteps: number;
  readonly prompts: readonly Pick<SamplePrompt, 'prompt' | 'reference'>[];
  readonly complete: (trainStep: TrainStep) => Promise<string[]>;
}

/** The first prompts of the validation part that leave room for an answer, or null where none is asked for or fits. */
export function sampleCompletions(
  asked: Training['sampleCompletions'],
  records: readonly DataRecord[],
  { style, tokenizer, length }: { readonly style: PromptStyle; readonly tokenizer: Tokenizer; readonly length: number },
): SampleCompletions | null {
  if (!asked) return null;
  const { everySteps, maxNewTokens } = asked;
  const prompts: SamplePrompt[] = [];
  for (const record of records) {
    const sample = samplePrompt(record, style, tokenizer);
    if (sample.tokens.length + maxNewTokens <= length) prompts.push(sample);
    if (prompts.length === asked.prompts) break;
  }
  if (prompts.length === 0) return null;
  const longest = Math.max(...prompts.map(({ tokens }) => tokens.length)) + maxNewTokens;
  const options = {
    maxNewTokens,
    length: lengthBuckets(length).find((size) => size >= longest) ?? length,
    eos: tokenizer.eos,
    pad: tokenizer.pad ?? tokenizer.eos,
  };
  return {
    everySteps,
    prompts: prompts.map(({ prompt, reference }) => ({ prompt, reference })),
    async complete(trainStep) {
      const ids = await completePrompts(
        trainStep,
        prompts.map(({ tokens }) => tokens),
        options,
      );
      return ids.map((answer) => tokenizer.decode(answer).trim());
    },
  };
}

/** A question up to its answer; of a text its first half. */
function samplePrompt(record: DataRecord, style: PromptStyle, tokenizer: Tokenizer): SamplePrompt {
  if (record.kind !== 'text') {
    const tokens = promptIds(record, style, tokenizer);
    return { tokens, prompt: tokenizer.decode(tokens), reference: expectedAnswer(record) };
  }
  const all = [...exampleOf(record, style, tokenizer).tokens];
  const half = Math.max(1, Math.floor(all.length / 2));
  return {
    tokens: all.slice(0, half),
    prompt: tokenizer.decode(all.slice(0, half)),
    reference: tokenizer.decode(all.slice(half)).trim(),
  };
}
