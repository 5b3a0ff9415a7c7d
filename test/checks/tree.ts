import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.join(import.meta.dirname, '../..');

/** Files of the tree, committed or about to be, relative to the root; `patterns` are git pathspecs. */
export function files(...patterns: string[]): string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', ...patterns],
    { cwd: root, encoding: 'utf8' },
  );
  return [...new Set(listed.split('\0'))].filter((file) => file !== '' && existsSync(path.join(root, file))).sort();
}

export function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}
