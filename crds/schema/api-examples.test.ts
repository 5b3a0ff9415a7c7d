import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { validateManifest } from './validate.ts';

const examples = parseAllDocuments(readFileSync(new URL('api-examples.yaml', import.meta.url), 'utf8')).map(
  (document) => document.toJS() as { kind: string; metadata: { name: string } },
);

describe('an example that uses every block', () => {
  it.each(examples)('$kind $metadata.name is accepted', (example) => {
    const result = validateManifest(example);
    expect(result.ok ? [] : result.problems).toEqual([]);
  });

  it('exists for jobs and chat models', () => {
    expect(examples.map(({ kind }) => kind)).toEqual([
      'FineTuneJob',
      'FineTuneJob',
      'FineTuneJob',
      'DistillJob',
      'DistillJob',
      'ChatModel',
      'ChatModel',
    ]);
  });
});
