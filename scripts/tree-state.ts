import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Files that differ from the last commit or are new, each with a digest of what it holds now. */
export function treeState(root: string): ReadonlyMap<string, string> {
  const git = (...args: string[]): string[] =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  const changed = [
    ...git('diff', '--name-only', '--no-renames', '-z', 'HEAD'),
    ...git('ls-files', '--others', '--exclude-standard', '-z'),
  ];
  return new Map(changed.map((file) => [file, digest(path.join(root, file))]));
}

function digest(file: string): string {
  if (!existsSync(file)) return 'deleted';
  return statSync(file).isFile() ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'folder';
}

/** Files that became different between two states. */
export function changedBetween(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((file) => before.get(file) !== after.get(file))
    .sort();
}
