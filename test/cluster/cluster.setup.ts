import type { TestProject } from 'vitest/node';
import { createLogger } from '../../operator/src/log.ts';
import { findKubeBinaries } from '../../scripts/kube-binaries/find-programs.ts';
import type { ControlPlaneAddress } from './control-plane/access.ts';
import { startControlPlane } from './control-plane/control-plane.ts';
import { installDefinitions } from './definitions.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The control plane that every file shares, each with namespaces of its own; null where none can be had. */
    controlPlane: ControlPlaneAddress | null;
  }
}

/** Starts etcd, the API server, the controller manager and the scheduler, with the kinds of crds/ installed. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const binaries = await findKubeBinaries({ environment: process.env, print: (line) => console.log(line) });
  if ('missing' in binaries) {
    if (process.env['CI']) throw new Error(binaries.missing);
    console.error(`\nNO CLUSTER TEST RUNS. ${binaries.missing}\n`);
    project.provide('controlPlane', null);
    return async () => undefined;
  }
  const logger = createLogger({ level: 'warn' });
  const controlPlane = await startControlPlane({
    binaries,
    logger,
    controllerManager: true,
    scheduler: true,
    audit: true,
    prepare: installDefinitions,
  });
  project.provide('controlPlane', controlPlane.address);
  return () => controlPlane.stop();
}
