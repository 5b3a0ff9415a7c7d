import type { ControlPlaneAddress } from '../cluster/control-plane/access.ts';
import type { RealNode } from './real-node.ts';
import type { Helm } from './release.ts';

/** What the files of tests need to reach the node; plain data, so that it can be sent. */
export interface NodeAddress {
  readonly enter: RealNode['enter'];
  readonly helm: Helm;
  /** Where parts of the run note their times. */
  readonly timings: string;
  /** Bytes of the operator's image as a registry would hold it, compressed. */
  readonly operatorBytes: number;
}

declare module 'vitest' {
  interface ProvidedContext {
    controlPlane: ControlPlaneAddress | null;
    /** The node that every file shares, with a release of the chart before this one; null where none can be had. */
    node: NodeAddress | null;
  }
}

/** Devices that the node says it has. */
export const gpus = 2;

/** A namespace that lets in only pods of the restricted standard. */
export const restrictedNamespace = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
});

/** Pause between two looks at something that takes seconds: looking costs the processors that do it. */
export const pollMs = 250;
