import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNamespace, sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

const root = path.join(import.meta.dirname, '../..');
// What git knows, so that manifests that a run left behind are nobody's examples.
const files = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', 'examples/**/*.yaml', 'crds/schema/api-examples.yaml'],
  { cwd: root, encoding: 'utf8' },
)
  .trim()
  .split('\n');

describe.skipIf(withoutControlPlane)('kubectl apply', () => {
  let namespace: string;
  beforeAll(async () => {
    namespace = await createNamespace(sharedControlPlane(), 'manifests');
  });

  it('has manifests to look at', () => {
    expect(files.length).toBeGreaterThan(2);
  });

  it.each(files)('takes %s without a complaint', async (file) => {
    const applied = await sharedControlPlane().kubectl(
      ['apply', '--server-side', '--validate=strict', '--dry-run=server', '--namespace', namespace, '-f', '-'],
      { input: readFileSync(path.join(root, file), 'utf8') },
    );
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(applied.stdout).toMatch(/ serverside-applied \(server dry run\)\n/);
  });
});
