import { describe, expect, test } from 'vitest';
import golden from './metrics/golden/metrics.json' with { type: 'json' };
import { bleuTokenizers } from './tokenize-bleu.ts';
import { trimEnd } from './words.ts';

describe.each(Object.entries(bleuTokenizers))('tokenizer %s', (name, tokenize) => {
  test.each(Object.entries(golden.tokens[name as keyof typeof golden.tokens]))(
    'splits %j as sacrebleu does',
    (text, tokens) => {
      expect(tokenize(trimEnd(text))).toEqual(tokens);
    },
  );
});
