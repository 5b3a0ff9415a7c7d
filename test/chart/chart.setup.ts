import type { TestProject } from 'vitest/node';
import { createLogger } from '../../operator/src/log.ts';
import { findKubeBinaries, findPrograms } from '../../scripts/kube-binaries/find-programs.ts';
import { findPrometheus } from '../../scripts/kube-binaries/find-prometheus.ts';
import { helm } from '../../scripts/kube-binaries/program-sets.ts';
import type { ControlPlaneAddress } from '../cluster/control-plane/access.ts';
import { startControlPlane } from '../cluster/control-plane/control-plane.ts';
import { installForeignDefinitions } from './foreign-definitions.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A control plane that knows none of the chart's kinds yet; null where none can be had. */
    controlPlane: ControlPlaneAddress | null;
    /** The programs of the chart's tests; null where one of them cannot be had. */
    chartPrograms: { readonly helm: string; readonly promtool: string } | null;
  }
}

/** Starts a control plane and finds Helm and promtool. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const options = { environment: process.env, print: (line: string) => console.log(line) };
  const kube = await findKubeBinaries(options);
  const helms = await findPrograms(helm, options);
  const prometheus = await findPrometheus(options);
  const missing = [kube, helms, prometheus].flatMap((found) => ('missing' in found ? [found.missing] : []));
  if ('missing' in kube || 'missing' in helms || 'missing' in prometheus) {
    if (process.env['CI']) throw new Error(missing.join('\n'));
    console.error(`\nNO TEST OF THE CHART RUNS. ${missing.join('\n')}\n`);
    project.provide('controlPlane', null);
    project.provide('chartPrograms', null);
    return async () => undefined;
  }
  project.provide('chartPrograms', { helm: helms.program('helm'), promtool: prometheus.program('promtool') });
  const controlPlane = await startControlPlane({
    binaries: kube,
    logger: createLogger({ level: 'warn' }),
    controllerManager: true,
    prepare: installForeignDefinitions,
  });
  project.provide('controlPlane', controlPlane.address);
  return () => controlPlane.stop();
}
