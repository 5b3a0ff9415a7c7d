import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { changedBetween, treeState } from './tree-state.ts';

function repository(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-tree-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: folder });
  git('init', '--quiet');
  writeFileSync(path.join(folder, 'kept.yaml'), 'a: 1\n');
  writeFileSync(path.join(folder, 'other.yaml'), 'b: 1\n');
  git('add', '.');
  git('commit', '--quiet', '-m', 'First');
  return folder;
}

test('a fresh commit has nothing changed', () => {
  expect([...treeState(repository()).keys()]).toEqual([]);
});

test('work that was there before is no change; what a generator does to it is', () => {
  const folder = repository();
  writeFileSync(path.join(folder, 'kept.yaml'), 'a: 2\n');
  const before = treeState(folder);
  expect(changedBetween(before, treeState(folder))).toEqual([]);
  writeFileSync(path.join(folder, 'kept.yaml'), 'a: 3\n');
  expect(changedBetween(before, treeState(folder))).toEqual(['kept.yaml']);
});

test('a new file, a deleted one and one put back to the commit are changes', () => {
  const folder = repository();
  writeFileSync(path.join(folder, 'kept.yaml'), 'a: 2\n');
  const before = treeState(folder);
  writeFileSync(path.join(folder, 'kept.yaml'), 'a: 1\n');
  writeFileSync(path.join(folder, 'new.yaml'), 'c: 1\n');
  rmSync(path.join(folder, 'other.yaml'));
  expect(changedBetween(before, treeState(folder))).toEqual(['kept.yaml', 'new.yaml', 'other.yaml']);
});
