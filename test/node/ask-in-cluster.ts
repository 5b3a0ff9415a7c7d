import { readFileSync } from 'node:fs';
import path from 'node:path';
import { containerSecurity } from '../../operator/src/objects/pod-security.ts';
import { eventually } from '../cluster/open-cluster.ts';
import { images } from './images.ts';
import { pollMs } from './node-address.ts';
import type { Place, SharedNode } from './shared-node.ts';

const script = readFileSync(path.join(import.meta.dirname, 'chat-client.ts'), 'utf8');

export interface Asked {
  readonly models: readonly string[];
  readonly answers: readonly { readonly question: string; readonly answer: string; readonly streamed: string }[];
  /** How a model was refused that nobody serves. */
  readonly refused: string;
}

/** Asks a ChatModel through its Service from a pod named `as`, with OpenAI's client; names are the cluster's own. */
export async function askInCluster(
  node: SharedNode,
  { namespace, name }: Place,
  { as, questions }: { readonly as: string; readonly questions: readonly string[] },
): Promise<Asked> {
  const metadata = { namespace, name: as };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: {
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'client',
          image: images.fixture,
          imagePullPolicy: 'Never',
          command: ['node', 'chat-client.ts', `http://${name}.${namespace}.svc.cluster.local/v1`, name, ...questions],
          ...containerSecurity,
          volumeMounts: [{ name: 'script', mountPath: '/app/chat-client.ts', subPath: 'chat-client.ts' }],
        },
      ],
      volumes: [{ name: 'script', configMap: { name: as } }],
    },
  };
  await node.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'chat-client.ts': script } }, pod);
  const phase = () => node.kubectl(['get', 'pod', as, '-n', namespace, '-o', 'jsonpath={.status.phase}']);
  const logs = () => node.kubectl(['logs', as, '-n', namespace]);
  await eventually(async () => ['Succeeded', 'Failed'].includes(await phase()), phase, 120_000, pollMs);
  const printed = await logs();
  if ((await phase()) === 'Failed') throw new Error(`the client in the cluster failed: ${printed}`);
  await node.kubectl(['delete', 'pod,configmap', as, '-n', namespace, '--wait=false']);
  return JSON.parse(printed) as Asked;
}
