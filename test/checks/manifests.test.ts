import { validateManifest } from '@wikigpt/schema/validate.ts';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { files, read } from './tree.ts';

const manifests = files('examples/*.yaml', 'examples/**/*.yaml', 'helm/**/examples/*.yaml').flatMap((file) =>
  parseAllDocuments(read(file)).map((document, index) => ({
    place: `${file}#${index + 1}`,
    errors: document.errors.map(({ message }) => message),
    value: document.toJS() as { apiVersion?: string; kind?: string },
  })),
);

test('there are examples', () => {
  const kinds = new Set(manifests.map(({ value }) => value.kind));
  expect([...kinds]).toEqual(expect.arrayContaining(['FineTuneJob', 'ChatModel']));
});

test.each(manifests)('$place is what the schema allows', ({ errors, value }) => {
  expect(errors).toEqual([]);
  // Core objects, such as a ConfigMap with data, are not ours to judge.
  const problems = value.apiVersion?.startsWith('wikigpt.dev/') ? validateManifest(value) : { ok: true };
  expect(problems).toMatchObject({ ok: true });
});
