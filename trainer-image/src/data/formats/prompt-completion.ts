import type { Format } from './format.ts';

/** `{prompt, completion}`: joined as they are written. */
export const promptCompletion: Format = (fields) => ({
  kind: 'question',
  question: fields.text('prompt'),
  answer: fields.text('completion'),
  verbatim: true,
  fields: fields.all(),
});
