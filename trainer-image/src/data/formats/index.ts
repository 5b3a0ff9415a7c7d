import { alpaca } from './alpaca.ts';
import type { Formats } from './format.ts';
import { messages } from './messages.ts';
import { preference } from './preference.ts';
import { promptCompletion } from './prompt-completion.ts';
import { qa } from './qa.ts';
import { sharegpt } from './sharegpt.ts';
import { text } from './text.ts';

/** How a record of each format is read. */
export const formats = {
  text,
  qa,
  messages,
  alpaca,
  sharegpt,
  promptCompletion,
  preference,
} as const satisfies Formats;
