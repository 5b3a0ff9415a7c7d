import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { loadGenerator } from './generator.ts';

let from: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'generator-'));
  from = join(folder, 'trainer.js');
  const install = async (name: string, manifest: object) => {
    const path = join(folder, 'node_modules', name);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'package.json'), JSON.stringify({ name, type: 'module', ...manifest }));
    await writeFile(
      join(path, 'index.js'),
      `globalThis.wikigptTestRan = true;
      export function* facts({ pass, seed }) { yield { text: pass + '/' + seed }; yield 'stray'; }
      export const broken = () => 7;
      export const constant = 1;`,
    );
  };
  await install('@acme/facts', { exports: './index.js', wikigpt: { generator: true } });
  await install('library', { exports: './index.js' });
});

test('rows are written afresh for each pass, and odd ones are bad rows', async () => {
  const generate = await loadGenerator('npm://@acme/facts/facts', from);
  expect(generate({ pass: 3, seed: 7 })).toEqual([
    { place: 'npm://@acme/facts/facts[0]', fields: { text: '3/7' } },
    { place: 'npm://@acme/facts/facts[1]', problem: 'is not an object' },
  ]);
});

test('a package that does not declare itself a generator is refused unrun', async () => {
  delete (globalThis as Record<string, unknown>)['wikigptTestRan'];
  await expect(loadGenerator('npm://library/facts', from)).rejects.toMatchObject({
    code: 'InvalidSpec',
    message: expect.stringMatching(/library is no data generator/) as string,
  });
  expect(globalThis).not.toHaveProperty('wikigptTestRan');
});

test.each([
  ['npm://@acme/facts/constant', /exports no generator constant; it has broken, constant, facts/],
  ['npm://@acme/facts/toString', /exports no generator toString/],
  ['npm://missing/facts', /needs the npm package missing, which is not installed/],
  ['npm://../../etc/facts', /not of the form npm:\/\/package\/export/],
  ['npm://@acme/../library/facts', /not of the form/],
  ['npm://@acme/facts/a/b', /not of the form/],
  ['npm://library', /not of the form/],
])('%s is refused', async (uri, message) => {
  await expect(loadGenerator(uri, from)).rejects.toThrow(message);
});

test('a generator that returns no records is refused', async () => {
  const generate = await loadGenerator('npm://@acme/facts/broken', from);
  expect(() => generate({ pass: 0, seed: 1 })).toThrow(/returned no iterable/);
});
