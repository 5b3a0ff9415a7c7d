import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { files, root } from '../checks/tree.ts';

/** Makes the folder that a newcomer has after cloning what lies in the working tree and installing its packages. */
export function newcomerFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-newcomer-'));
  copyTree(folder);
  linkPackages(folder);
  return folder;
}

function copyTree(folder: string): void {
  for (const file of files()) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    cpSync(path.join(root, file), path.join(folder, file));
  }
}

/** Links this tree's installed packages into a copy; links between workspaces lead to the copy's own workspaces. */
function linkPackages(folder: string): void {
  for (const workspace of ['.', 'crds/schema', 'operator', 'trainer-image', 'examples/quickstart/generator']) {
    const from = path.join(root, workspace, 'node_modules');
    if (existsSync(from)) linkEntries(from, path.join(folder, workspace, 'node_modules'));
  }
  // The mark of scripts/install.sh: what is there is what the lock file asks for.
  cpSync(path.join(root, 'package-lock.json'), path.join(folder, 'node_modules/.installed'));
}

function linkEntries(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = path.join(to, entry.name);
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (entry.name === '.bin' || entry.name.startsWith('@')) linkEntries(source, target);
    else if (!entry.name.startsWith('.')) symlinkSync(source, target);
  }
}
