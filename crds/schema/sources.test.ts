import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';

const folder = new URL('./', import.meta.url);
const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));

// These run in JavaScript alone: the API server would accept what they refuse. CEL rules hold in both places.
const hidden =
  /\.(refine|superRefine|check|overwrite|transform|pipe|trim|toLowerCase|toUpperCase)\(|z\.(preprocess|coerce|custom|codec|stringbool)\b/;

it('schemas say nothing that does not reach the CRD', () => {
  const schemas = sources
    .map((name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const)
    .filter(([, text]) => text.includes("from 'zod'"));
  expect(schemas.length).toBeGreaterThan(10);
  expect(schemas.filter(([, text]) => hidden.test(text)).map(([name]) => name)).toEqual([]);
});
