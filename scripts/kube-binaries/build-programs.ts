import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ProgramSet } from './program-sets.ts';

export interface BuildOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Is told what happens, a line at a time: a first build takes minutes. */
  readonly print: (line: string) => void;
}

const unfinishedMark = '.unfinished-';

/** Builds every program of a set and puts the whole folder in place at once; throws with what Go printed. */
export async function buildPrograms(
  set: ProgramSet,
  folder: string,
  { environment, print }: BuildOptions,
): Promise<void> {
  await removeUnfinished(folder);
  const unfinished = await mkdtemp(`${folder}${unfinishedMark}`);
  try {
    for (const [name, target] of Object.entries(set.packages)) {
      const started = performance.now();
      const args = ['build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', set.linkerFlags];
      await go([...args, '-o', path.join(unfinished, name), target], { cwd: set.moduleFolder, environment });
      print(`built ${name} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
    // A folder that is there already lacks a program; nobody else writes here, since the caller holds the lock.
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Removes what builds left that were killed; the caller holds the lock, so none goes on. */
async function removeUnfinished(folder: string): Promise<void> {
  const parent = path.dirname(folder);
  const start = `${path.basename(folder)}${unfinishedMark}`;
  const left = (await readdir(parent)).filter((name) => name.startsWith(start));
  await Promise.all(left.map((name) => rm(path.join(parent, name), { recursive: true, force: true })));
}

/** Says why Go cannot be used here; undefined when it can. */
export async function goMissing(options: BuildOptions): Promise<string | undefined> {
  return go(['version'], { cwd: '.', environment: options.environment }).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

function go(
  args: readonly string[],
  { cwd, environment }: { readonly cwd: string; readonly environment: NodeJS.ProcessEnv },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, {
      cwd,
      // Without C the same programs run on every Linux; flags from outside could make other programs of the same name.
      env: { ...environment, CGO_ENABLED: '0', GOFLAGS: '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const printed: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => printed.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve();
      const lines = Buffer.concat(printed).toString().trim().split('\n').slice(-8).join('\n');
      reject(new Error(`go ${args[0]} ended with ${code}: ${lines}`));
    });
  });
}
