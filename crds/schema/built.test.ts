import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { unbuilt } from './built.ts';
import type { Resource } from './kinds.ts';
import { validateManifest } from './validate.ts';

function resources(url: URL): Resource[] {
  return parseAllDocuments(readFileSync(url, 'utf8')).map((document) => {
    const result = validateManifest(document.toJS());
    if (!result.ok) throw new Error(result.problems.join('\n'));
    return result.value;
  });
}

describe('unbuilt', () => {
  it('names what an example that uses every block asks for too early', () => {
    const [job] = resources(new URL('api-examples.yaml', import.meta.url));
    expect(job && unbuilt(job)).toEqual([
      'spec.evaluation.ratings is not built in this release; remove it',
      'spec.output.formats[2]: GGUF is not built in this release; write Adapter or Merged',
    ]);
  });

  it('has nothing against the quickstart', () => {
    const folder = new URL('../../examples/quickstart/', import.meta.url);
    const manifests = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    expect(manifests.length).toBeGreaterThan(0);
    expect(manifests.flatMap((name) => resources(new URL(name, folder)).flatMap(unbuilt))).toEqual([]);
  });
});
