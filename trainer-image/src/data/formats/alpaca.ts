import type { Format } from './format.ts';

/** `{instruction, input?, output}`: the input goes below the instruction. */
export const alpaca: Format = (fields) => {
  const input = fields.optional('input')?.trim();
  const instruction = fields.text('instruction');
  return {
    kind: 'question',
    question: input ? `${instruction}\n${input}` : instruction,
    answer: fields.text('output'),
    verbatim: false,
    fields: fields.all(),
  };
};
