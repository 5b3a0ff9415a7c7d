import type { Format } from './format.ts';

/** `{text}`: prose to learn from, every token of it. */
export const text: Format = (fields) => ({ kind: 'text', text: fields.text('text') });
