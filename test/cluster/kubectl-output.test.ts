import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { kinds } from '@wikigpt/schema/kinds.ts';
import type { Resource } from '@wikigpt/schema/kinds.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { consoleBlocks, namedFiles, withOutputs } from './console-blocks.ts';
import { mustCall } from './control-plane/api-request.ts';
import { createNamespace, sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

const page = path.join(import.meta.dirname, '../../docs/cli-kubernetes.md');
const markdown = readFileSync(page, 'utf8');
const objects = parseAllDocuments(readFileSync(path.join(import.meta.dirname, 'printed-objects.yaml'), 'utf8')).map(
  (document) => document.toJS() as Resource,
);

// What a test cannot choose: how old an object is.
const ages: Readonly<Record<string, string>> = {
  'country-qa': '7m',
  'country-q0': '2h',
  'country-s0': '5m',
  country: '1h',
};

describe.skipIf(withoutControlPlane)('docs/cli-kubernetes.md', () => {
  let run: (command: string) => Promise<string>;

  beforeAll(async () => {
    const access = sharedControlPlane();
    const namespace = await createNamespace(access, 'printed');
    for (const object of objects) {
      const folder = `/apis/wikigpt.dev/v1alpha1/namespaces/${namespace}/${kinds[object.kind].plural}`;
      const { metadata } = await mustCall<Resource>(access.admin, folder, { method: 'POST', body: object });
      const body = { ...object, metadata };
      await mustCall(access.admin, `${folder}/${metadata.name}/status`, { method: 'PUT', body });
    }
    const { address } = access;
    const home = mkdtempSync(path.join(address.folder, 'reader-'));
    for (const [name, content] of namedFiles(markdown)) writeFileSync(path.join(home, name), content);
    const environment = {
      HOME: home,
      KUBECONFIG: access.kubeconfig(address.admin, { namespace }),
      PATH: `${path.dirname(address.kubectl)}:${process.env['PATH']}`,
    };
    run = (command) =>
      new Promise((resolve) => {
        const options = { cwd: home, env: environment, timeout: 60_000 };
        execFile('sh', ['-c', `{ ${command}; } 2>&1`], options, (_error, stdout) => resolve(stdout));
      });
  });

  it('shows what kubectl prints', async () => {
    const outputs = new Map<string, string>();
    for (const { command } of consoleBlocks(markdown)) outputs.set(command, steady(await run(command)));
    expect(outputs.size).toBeGreaterThan(8);
    // `npm run test:cluster -- -u` writes the page anew.
    await expect(withOutputs(markdown, outputs)).toMatchFileSnapshot(page);
  });
});

/**
 * Output with chosen ages and with problems in order, since the API server has none; without the spaces and empty lines
 * that kubectl puts at ends.
 */
function steady(output: string): string {
  let ageColumn = -1;
  const lines = output.split('\n').map((line) => {
    if (/^NAME\s/.test(line)) ageColumn = line.search(/\bAGE\b/);
    const name = /^(?:\S+\/)?(\S+)/.exec(line)?.[1] ?? '';
    const age = ages[name];
    if (ageColumn < 0 || age === undefined) return line.trimEnd();
    const after = line.slice(ageColumn);
    return line.slice(0, ageColumn) + after.replace(/^\S+/, (was) => age.padEnd(was.length)).trimEnd();
  });
  const inOrder = lines.join('\n').replace(/(^\* .*\n?)+/gm, (problems) =>
    problems
      .split('\n')
      .sort((a, b) => Number(a === '') - Number(b === '') || (a < b ? -1 : 1))
      .join('\n'),
  );
  return `${inOrder.trimEnd()}\n`;
}
