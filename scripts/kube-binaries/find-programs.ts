import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { buildPrograms, goMissing, type BuildOptions } from './build-programs.ts';
import { withFolderLock } from './folder-lock.ts';
import { kubernetes, type ProgramSet } from './program-sets.ts';

/** Programs that can be started. */
export interface Programs<Name extends string> {
  readonly folder: string;
  /** The variable that named the folder, cache or build. */
  readonly from: string;
  /** The path of one of them. */
  program(name: Name): string;
}

/** Why there are none: a sentence. */
export interface Missing {
  readonly missing: string;
}

export type KubeProgram = keyof typeof kubernetes.packages;
export type KubeBinaries = Programs<KubeProgram>;

/** Finds the programs of a control plane. */
export async function findKubeBinaries(options: BuildOptions): Promise<KubeBinaries | Missing> {
  return findPrograms(kubernetes, options);
}

/**
 * Finds the programs of a set: in the folder that its variable names, else in the cache, else builds them there, which
 * takes minutes and is done once. A folder that lacks a program counts as none.
 */
export async function findPrograms<Name extends string>(
  set: ProgramSet<Name>,
  options: BuildOptions,
): Promise<Programs<Name> | Missing> {
  const { folderVariable } = set;
  const named = folderVariable === undefined ? undefined : options.environment[folderVariable];
  if (folderVariable !== undefined && named !== undefined && named !== '') {
    const lacking = await lackingPrograms(set, named);
    if (lacking.length === 0) return programsIn(named, folderVariable);
    options.print(`${folderVariable}: found ${named} without ${lacking.join(', ')}; looking in the cache instead`);
  }
  const folder = cacheFolder(set, options.environment);
  if (await isComplete(set, folder)) return programsIn(folder, 'cache');
  const noGo = await goMissing(options);
  if (noGo !== undefined)
    return {
      missing:
        `${set.name} ${set.version}: found no programs in ${folder} and no Go to build them (${noGo}); install Go ` +
        `from https://go.dev/dl${folderVariable === undefined ? '' : `, or set ${folderVariable} to a folder that has them`}`,
    };
  return withFolderLock(`${folder}.lock`, {
    waiting: (holder) => options.print(`${set.name} ${set.version}: process ${holder} builds it, waiting`),
    work: async () => {
      if (await isComplete(set, folder)) return programsIn(folder, 'cache');
      options.print(
        `${set.name} ${set.version}: building it into ${folder}, once; about ${set.minutes} min on two free cores`,
      );
      try {
        await buildPrograms(set, folder, options);
      } catch (error) {
        return { missing: `${set.name} ${set.version}: ${error instanceof Error ? error.message : String(error)}` };
      }
      return programsIn(folder, 'build');
    },
  });
}

function programsIn<Name extends string>(folder: string, from: Programs<Name>['from']): Programs<Name> {
  return { folder, from, program: (name) => path.join(folder, name) };
}

function cacheFolder({ name, version }: ProgramSet, environment: NodeJS.ProcessEnv): string {
  return path.join(programCache(environment), `${name}-${version}`);
}

/** The folder that holds programs from one run to the next. */
export function programCache(environment: NodeJS.ProcessEnv): string {
  return path.join(environment['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'wikigpt');
}

async function isComplete(set: ProgramSet, folder: string): Promise<boolean> {
  return (await lackingPrograms(set, folder)).length === 0;
}

async function lackingPrograms({ packages }: ProgramSet, folder: string): Promise<readonly string[]> {
  const found = await Promise.all(
    Object.keys(packages).map(async (name) => {
      const runs = await access(path.join(folder, name), constants.X_OK).then(
        () => true,
        () => false,
      );
      return { name, runs };
    }),
  );
  return found.filter(({ runs }) => !runs).map(({ name }) => name);
}
