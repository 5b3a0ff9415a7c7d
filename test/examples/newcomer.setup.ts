import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { copyTree, linkPackages } from './clone.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A copy of the tree with its packages, shared by every test of a run: what one trained, the next one finds. */
    newcomerFolder: string;
  }
}

/** Makes the folder that a newcomer would have after `git clone` and the first installation. */
export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-newcomer-'));
  copyTree(folder);
  linkPackages(folder);
  project.provide('newcomerFolder', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
