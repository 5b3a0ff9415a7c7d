import { expect, test } from 'vitest';
import golden from './metrics/golden/metrics.json' with { type: 'json' };
import { stem } from './stemmer.ts';

test("every word gets the stem that NLTK's default mode gives it", () => {
  const stems = Object.fromEntries(Object.keys(golden.stems).map((word) => [word, stem(word)]));
  expect(stems).toEqual(golden.stems);
});
