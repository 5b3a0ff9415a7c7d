import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { mustCall } from './api-request.ts';
import type { ControlPlane } from './control-plane.ts';
import { stages } from './stages.ts';

export interface SimulatedNodes {
  /** Path of kwok; `findPrograms(kwok, …)` finds or builds it. */
  readonly kwok: string;
  readonly count: number;
  /** What each node has, such as `{ 'nvidia.com/gpu': '8' }`, beside plenty of cores and memory. */
  readonly resources?: Readonly<Record<string, string>>;
  /** How long pods of Jobs run. */
  readonly podMs?: number;
}

const atOnce = 16;
const readyWithinMs = 120_000;

/** Adds nodes to a control plane with a scheduler; pods bound to them only say that they run. */
export async function addSimulatedNodes(
  controlPlane: ControlPlane,
  { kwok, count, resources = {}, podMs = 0 }: SimulatedNodes,
): Promise<void> {
  const { admin, address, adminKubeconfig } = controlPlane;
  const config = path.join(address.folder, 'stages.yaml');
  writeFileSync(
    config,
    stages({ podMs })
      .map((stage) => JSON.stringify(stage))
      .join('\n---\n'),
  );
  controlPlane.startProgram('kwok', kwok, [
    `--kubeconfig=${adminKubeconfig}`,
    `--config=${config}`,
    '--manage-all-nodes=true',
    '--node-lease-duration-seconds=40',
  ]);
  const capacity = { cpu: '1k', memory: '1Ti', pods: '10k', ...resources };
  const names = Array.from({ length: count }, (_, index) => `node-${index}`).values();
  const create = async () => {
    for (const name of names) {
      const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } } };
      const status = { capacity, allocatable: capacity };
      await mustCall(admin, '/api/v1/nodes', { method: 'POST', body: { ...node, status } });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, create));
  await untilReady(controlPlane, count);
}

interface NodeList {
  readonly items: readonly {
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

async function untilReady({ admin, lastLines }: ControlPlane, count: number): Promise<void> {
  const until = performance.now() + readyWithinMs;
  for (;;) {
    const { items } = await mustCall<NodeList>(admin, '/api/v1/nodes?resourceVersion=0');
    const ready = items.filter(({ status }) =>
      status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    ).length;
    if (ready >= count) return;
    if (performance.now() > until)
      throw new Error(
        `Found ${ready} of ${count} nodes ready after ${readyWithinMs} ms. kwok printed last:\n${await lastLines('kwok', 8)}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
