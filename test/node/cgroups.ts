import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cgroupName } from './node-files.ts';

const mounted = '/sys/fs/cgroup';

/** The folders in which a cgroup can be made: one for each controller of version 1, or the one of version 2, or both. */
function hierarchies(): string[] {
  if (existsSync(path.join(mounted, 'cgroup.controllers'))) return [mounted];
  return readdirSync(mounted)
    .map((name) => path.join(mounted, name))
    .filter((folder) => existsSync(path.join(folder, 'cgroup.procs')));
}

/** Makes the node's cgroup under every controller; throws when another node runs in it. */
export function makeCgroups(): void {
  removeCgroups();
  for (const hierarchy of hierarchies()) {
    const folder = path.join(hierarchy, cgroupName);
    mkdirSync(folder, { recursive: true });
    // Without cores and memory of its own a cpuset takes no process.
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      if (existsSync(path.join(hierarchy, file)) && existsSync(path.join(folder, file)))
        writeFileSync(path.join(folder, file), readFileSync(path.join(hierarchy, file)));
  }
}

/** Removes the node's cgroups, deepest first; throws when processes are left in them. */
export function removeCgroups(): void {
  for (const hierarchy of hierarchies()) {
    const top = path.join(hierarchy, cgroupName);
    if (!existsSync(top)) continue;
    const below = readdirSync(top, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => path.join(entry.parentPath, entry.name));
    for (const folder of [...below, top].sort((a, b) => b.length - a.length))
      try {
        rmdirSync(folder);
      } catch (error) {
        throw new Error(`${folder}: found a cgroup in use (${String(error)}); end the other node first`, {
          cause: error,
        });
      }
  }
}
