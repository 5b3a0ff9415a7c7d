import type { TestProject } from 'vitest/node';
import { findPrograms } from '../../scripts/kube-binaries/find-programs.ts';
import { registry, versitygw, type ProgramSet } from '../../scripts/kube-binaries/program-sets.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The program of an S3 server; null where none can be had. */
    s3Server: string | null;
    /** The programs of a registry and of its client; null where none can be had. */
    registry: { readonly server: string; readonly oras: string } | null;
  }
}

/** Finds the servers that each file starts for itself. */
export async function setup(project: TestProject): Promise<void> {
  const s3 = await programs(versitygw);
  project.provide('s3Server', s3?.program('versitygw') ?? null);
  const found = await programs(registry);
  project.provide('registry', found && { server: found.program('registry'), oras: found.program('oras') });
}

async function programs<Name extends string>(set: ProgramSet<Name>) {
  const found = await findPrograms(set, { environment: process.env, print: (line) => console.log(line) });
  if (!('missing' in found)) return found;
  if (process.env['CI']) throw new Error(found.missing);
  console.error(`\nNO TEST OF ${set.name.toUpperCase()} RUNS. ${found.missing}\n`);
  return null;
}
