import type { TestProject } from 'vitest/node';
import { findPrograms } from '../../scripts/kube-binaries/find-programs.ts';
import { versitygw } from '../../scripts/kube-binaries/program-sets.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The program of an S3 server; null where none can be had. */
    s3Server: string | null;
  }
}

/** Finds the S3 server that each file starts for itself. */
export async function setup(project: TestProject): Promise<void> {
  const found = await findPrograms(versitygw, { environment: process.env, print: (line) => console.log(line) });
  if ('missing' in found) {
    if (process.env['CI']) throw new Error(found.missing);
    console.error(`\nNO TEST OF A STORE RUNS. ${found.missing}\n`);
  }
  project.provide('s3Server', 'missing' in found ? null : found.program('versitygw'));
}
