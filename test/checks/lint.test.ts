import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { root } from './tree.ts';

// A linter that sees nothing is as green as one that finds nothing, so each of these must be found where it is planted.
const planted = [
  { file: 'trainer-image/src/nn/clock.ts', source: 'export const now = Date.now();', code: 'no-restricted-properties' },
  { file: 'trainer-image/src/losses/date.ts', source: 'export const now = new Date();', code: 'no-restricted-globals' },
  {
    file: 'trainer-image/src/optim/dice.ts',
    source: 'export const dice = Math.random();',
    code: 'no-restricted-properties',
  },
  { file: 'trainer-image/src/evaluate/word.ts', source: "console.log('scored');", code: 'no-restricted-globals' },
  {
    file: 'operator/src/controllers/env.ts',
    source: "export const home = process.env['HOME'];",
    code: 'no-process-env',
  },
  { file: 'operator/src/objects/wait.ts', source: 'setTimeout(() => {}, 1000);', code: 'no-restricted-globals' },
  {
    file: 'operator/src/any.ts',
    source: 'export const anything = (given: any): string => String(given);',
    code: 'no-explicit-any',
  },
  {
    file: 'operator/src/floating.ts',
    source: 'export function start(): void {\n  Promise.reject(new Error());\n}',
    code: 'no-floating-promises',
  },
  {
    file: 'crds/schema/switch.ts',
    source:
      "export function of(name: 'a' | 'b'): number {\n  switch (name) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n}",
    code: 'switch-exhaustiveness-check',
  },
  {
    file: 'operator/src/seen.test.ts',
    source: "import { test } from 'vitest';\ntest.only('one', () => {});",
    code: 'no-focused-tests',
  },
] as const;

interface Report {
  readonly diagnostics: readonly { readonly code: string; readonly filename: string }[];
}

test('the linter finds what is planted for it', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-lint-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json'])
    copyFileSync(path.join(root, name), path.join(folder, name));
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  for (const { file, source } of planted) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), `${source}\n`);
  }
  const { stdout } = spawnSync(path.join(root, 'node_modules/.bin/oxlint'), ['--type-aware', '--format', 'json'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const { diagnostics } = JSON.parse(stdout) as Report;
  const unseen = planted.filter(
    ({ file, code }) => !diagnostics.some((found) => found.filename === file && found.code.includes(`(${code})`)),
  );
  expect(unseen).toEqual([]);
});
