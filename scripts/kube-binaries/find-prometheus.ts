import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BuildOptions } from './build-programs.ts';
import { programCache, type Missing, type Programs } from './find-programs.ts';
import { withFolderLock } from './folder-lock.ts';

export type PrometheusProgram = 'prometheus' | 'promtool';

const run = promisify(execFile);

/** Finds Prometheus and promtool: in the cache, else in Debian's package, which is unpacked there and not installed. */
export async function findPrometheus({
  environment,
  print,
}: BuildOptions): Promise<Programs<PrometheusProgram> | Missing> {
  const folder = path.join(programCache(environment), 'prometheus-debian');
  const programs = (from: string): Programs<PrometheusProgram> => ({
    folder,
    from,
    program: (name) => path.join(folder, 'usr/bin', name),
  });
  const isThere = () =>
    access(programs('').program('promtool'), constants.X_OK).then(
      () => true,
      () => false,
    );
  if (await isThere()) return programs('cache');
  return withFolderLock(`${folder}.lock`, {
    waiting: (holder) => print(`prometheus: process ${holder} unpacks it, waiting`),
    work: async () => {
      if (await isThere()) return programs('cache');
      print(`prometheus: unpacking Debian's package into ${folder}, once`);
      const unfinished = await mkdtemp(`${folder}.unfinished-`);
      try {
        await run('apt-get', ['download', 'prometheus'], { cwd: unfinished, env: environment });
        const file = (await readdir(unfinished)).find((name) => name.endsWith('.deb')) ?? '';
        await run('dpkg', ['-x', file, 'unpacked'], { cwd: unfinished, env: environment });
        await rm(folder, { recursive: true, force: true });
        await rename(path.join(unfinished, 'unpacked'), folder);
        return programs('package');
      } catch (error) {
        const why = error instanceof Error ? error.message.trim() : String(error);
        return {
          missing: `prometheus: found none in ${folder}, and Debian's package cannot be had (${why}); run apt-get update, or unpack it there`,
        };
      } finally {
        await rm(unfinished, { recursive: true, force: true });
      }
    },
  });
}
