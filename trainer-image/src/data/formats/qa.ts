import type { Format } from './format.ts';

/** `{question, answer, entity?, language?, wording?}`. */
export const qa: Format = (fields) => ({
  kind: 'question',
  question: fields.text('question'),
  answer: fields.text('answer'),
  verbatim: false,
  fields: fields.all(),
});
