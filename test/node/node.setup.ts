import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { findPrograms } from '../../scripts/kube-binaries/find-programs.ts';
import { coredns, helm, kubeNode, kubernetes } from '../../scripts/kube-binaries/program-sets.ts';
import { mustCall } from '../cluster/control-plane/api-request.ts';
import { buildImages, formerly } from './images.ts';
import { whyNoNode } from './machine.ts';
import { gpus, restrictedNamespace } from './node-address.ts';
import { startPrometheus } from './prometheus.ts';
import { startRealNode } from './real-node.ts';
import { installPrevious, systemNamespace } from './release.ts';
import { Timings } from './timings.ts';
import { localVolumes } from './volumes.ts';

/** Builds the images, starts the node and installs the operator on it with Helm. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const why = await whyNoNode(process.env);
  if (why !== undefined) {
    console.error(`\nNO TEST ON A REAL NODE RUNS. ${why}\n`);
    project.provide('controlPlane', null);
    project.provide('node', null);
    return async () => undefined;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-node-'));
  const timings = new Timings(path.join(folder, 'timings'));
  const programs = await timings.part('Kubernetes programs and Helm', findAll);
  const { archives, operatorBytes } = await buildImages(timings);
  const node = await startRealNode(programs, { folder, images: archives, otherNames: formerly, gpus, timings });
  const stop = async (prometheus?: { readonly stop: () => void }) => {
    prometheus?.stop();
    console.log(`\n${timings.table()}\n`);
    await node.stop();
  };
  try {
    const { admin, adminKubeconfig, address } = node.controlPlane;
    const release = { program: programs.helm.program('helm'), kubeconfig: adminKubeconfig, folder };
    const post = (where: string, body: object) => mustCall(admin, `/api/v1/${where}`, { method: 'POST', body });
    await post('namespaces', restrictedNamespace(systemNamespace));
    for (const volume of localVolumes(folder, 24)) await post('persistentvolumes', volume);
    await timings.part('helm install, until the operator is ready', () => installPrevious(release));
    const prometheus = await timings.part('Prometheus', () => startPrometheus(node, folder));
    project.provide('controlPlane', address);
    project.provide('node', { enter: node.enter, helm: release, timings: timings.file, operatorBytes });
    return () => stop(prometheus);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function findAll() {
  const options = { environment: process.env, print: (line: string) => console.log(line) };
  const found = {
    controlPlane: await findPrograms(kubernetes, options),
    node: await findPrograms(kubeNode, options),
    names: await findPrograms(coredns, options),
    helm: await findPrograms(helm, options),
  };
  const { controlPlane, node, names, helm: helms } = found;
  for (const part of [controlPlane, node, names, helms]) if ('missing' in part) throw new Error(part.missing);
  return found as { [Name in keyof typeof found]: Exclude<(typeof found)[Name], { missing: string }> };
}
