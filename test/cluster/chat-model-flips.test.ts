import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unbuilt } from '@wikigpt/schema/built.ts';
import { chatModel, type ChatModelStatus } from '@wikigpt/schema/chat-model.ts';
import { jsonSchema, type SchemaNode } from '@wikigpt/schema/json-schema.ts';
import type { Resource } from '@wikigpt/schema/kinds.ts';
import { mustCall } from './control-plane/api-request.ts';
import { installHttpRoute } from './http-route-definition.ts';
import { eventually } from './open-cluster.ts';
import { mountServiceAccount, startOperatorProcess, type OperatorProcess } from './operator/operator-process.ts';
import { createNamespace, sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

interface Stored {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly generation: number; readonly labels?: Record<string, string> };
  readonly spec: object;
  readonly data?: object;
  readonly status?: ChatModelStatus;
}

const digest = `sha256:${'7f3a'.padEnd(64, '0')}`;
const other = `sha256:${'9a1b'.padEnd(64, '0')}`;
const manual = { mode: 'Manual', requests: { cpu: 1 } };
/** Another value for every field that a ChatModel has; the block that holds it comes along where the field needs it. */
const flips: Readonly<Record<string, object>> = {
  'model.uri': { model: { uri: 'pvc://models/other' } },
  'model.preset': { model: { uri: null, digest: null, preset: 'gpt2' } },
  'model.fromJob': { model: { uri: null, digest: null, fromJob: { name: 'nobody' } } },
  'model.revision': { model: { revision: 'main' } },
  'model.digest': { model: { digest: other } },
  'model.secretRef': { model: { secretRef: { name: 'store' } } },
  adapters: { adapters: [{ name: 'legal', uri: 'pvc://models/legal' }] },
  runtime: { runtime: 'VLLM' },
  quantization: { quantization: 'Int8' },
  replicas: { replicas: 3 },
  autoscaling: { replicas: null, autoscaling: { minReplicas: 2, maxReplicas: 3 } },
  requireGate: { requireGate: false },
  'rollout.strategy': { rollout: { strategy: 'Recreate' } },
  'rollout.steps': { rollout: { strategy: 'Canary', steps: [{ weight: 10 }] } },
  'rollout.analysis': { rollout: { strategy: 'Canary', steps: [{ weight: 10 }], analysis: {} } },
  'rollout.onFailure': { rollout: { onFailure: 'Hold' } },
  'rollout.historyLimit': { rollout: { historyLimit: 2 } },
  'chat.system': { chat: { system: 'Answer briefly.' } },
  'chat.maxContextTokens': { chat: { maxContextTokens: 64 } },
  'chat.defaults': { chat: { defaults: { temperature: '0' } } },
  'auth.keysSecretRef': { auth: { keysSecretRef: { name: 'keys' } } },
  'ui.enabled': { ui: { enabled: false } },
  'ui.ratings': { ui: { ratings: true } },
  'expose.ingress': { expose: { ingress: { host: 'chat.example.org' } } },
  'expose.httpRoute': { expose: { httpRoute: { hostnames: ['chat.example.org'], parentRefs: [{ name: 'public' }] } } },
  'resources.mode': { resources: manual },
  'resources.requests': { resources: { ...manual, requests: { memory: '1Gi' } } },
  'resources.limits': { resources: { ...manual, limits: { memory: '2Gi' } } },
  'resources.accelerator': { resources: { accelerator: { type: 'example.com/gpu', count: 1 } } },
  'pod.nodeSelector': { pod: { nodeSelector: { zone: 'a' } } },
  'pod.tolerations': { pod: { tolerations: [{ key: 'gpu', operator: 'Exists' }] } },
  'pod.priorityClassName': { pod: { priorityClassName: 'system-node-critical' } },
  'pod.serviceAccountName': { pod: { serviceAccountName: 'default' } },
  'pod.env': { pod: { env: [{ name: 'A', value: 'b' }] } },
};

describe.skipIf(withoutControlPlane)('every field of a ChatModel, changed and set back', () => {
  let operator: OperatorProcess;
  let namespace: string;
  const admin = () => sharedControlPlane().admin;
  const chats = () => `/apis/wikigpt.dev/v1alpha1/namespaces/${namespace}/chatmodels`;

  beforeAll(async () => {
    const access = sharedControlPlane();
    namespace = await createNamespace(access, 'flips');
    await installHttpRoute(access.admin);
    const own = await createNamespace(access, 'flips-operator');
    const home = { serviceAccount: await mountServiceAccount(access, own), namespace: own, url: access.url };
    operator = startOperatorProcess(home, { watchNamespace: namespace });
    const spec = { model: { uri: 'pvc://models/tiny', digest }, replicas: 1 };
    const body = { apiVersion: 'wikigpt.dev/v1alpha1', kind: 'ChatModel', metadata: { name: 'chat' }, spec };
    await mustCall(access.admin, chats(), { method: 'POST', body });
    await settled();
  });
  afterAll(async () => {
    await operator.stop();
    expect(operator.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  const read = () => mustCall<Stored>(admin(), `${chats()}/chat`);
  /** Waits until the operator has looked at the newest spec; it says so last. */
  async function settled(): Promise<Stored> {
    const isSettled = ({ status, metadata }: Stored) => status?.observedGeneration === metadata.generation;
    await eventually(async () => isSettled(await read()), read, 60_000);
    return read();
  }
  async function change(spec: object): Promise<Stored> {
    const body = { spec };
    await mustCall(admin(), `${chats()}/chat`, { method: 'PATCH', contentType: 'application/merge-patch+json', body });
    return settled();
  }

  /** What the ChatModel is made into, by kind: the part that the operator decides. */
  async function children(): Promise<Readonly<Record<string, string>>> {
    const places = {
      Deployment: '/apis/apps/v1',
      ConfigMap: '/api/v1',
      Service: '/api/v1',
      PodDisruptionBudget: '/apis/policy/v1',
      HorizontalPodAutoscaler: '/apis/autoscaling/v2',
      Ingress: '/apis/networking.k8s.io/v1',
      HTTPRoute: '/apis/gateway.networking.k8s.io/v1',
    };
    const found: Record<string, string> = {};
    for (const [kind, group] of Object.entries(places)) {
      const plural = kind === 'Ingress' ? 'ingresses' : `${kind.toLowerCase()}s`;
      const path = `${group}/namespaces/${namespace}/${plural}?labelSelector=wikigpt.dev%2Fchat-model%3Dchat`;
      for (const { metadata, spec, data } of (await mustCall<{ items: Stored[] }>(admin(), path)).items) {
        // Other revisions come and go; the one that was there first must be what it was.
        if (metadata.labels?.['wikigpt.dev/revision'] !== undefined && !metadata.name.startsWith('chat-7f3a0000'))
          continue;
        found[kind] = JSON.stringify({ spec, data });
      }
    }
    return found;
  }

  test('covers all fields', () => {
    expect(Object.keys(flips).sort()).toEqual(fieldsOf(jsonSchema(chatModel).properties?.['spec']).sort());
  });

  test('leaves its children as they were', { timeout: 240_000 }, async () => {
    const before = await children();
    const original = await read();
    const lines: string[] = [];
    for (const [field, flip] of Object.entries(flips)) {
      const flipped = await change(flip);
      const after = await children();
      const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
        (kind) => before[kind] !== after[kind],
      );
      const refusal = flipped.status?.conditions?.find(({ type, reason }) => type === 'UpToDate' && reason !== 'Ready');
      if (unbuilt({ ...original, spec: flipped.spec } as unknown as Resource).length > 0)
        expect({ field, reason: refusal?.reason }).toEqual({ field, reason: 'InvalidSpec' });
      lines.push(`${field}: ${changed.join(', ') || 'nothing'}${refusal ? `; ${refusal.reason}` : ''}`);
      await change(undoing(flip, original.spec));
      expect({ field, children: await children() }).toEqual({ field, children: before });
    }
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('chat-model-flips.txt');
  });
});

/** The fields of a spec, two levels deep: a block that a user writes as one is one. */
function fieldsOf(spec: SchemaNode | undefined): string[] {
  const whole = new Set(['autoscaling']);
  return Object.entries(spec?.properties ?? {}).flatMap(([name, node]) =>
    node.properties && !whole.has(name) ? Object.keys(node.properties).map((inner) => `${name}.${inner}`) : [name],
  );
}

/** The merge patch that takes a change back. */
function undoing(change: object, original: object): object {
  return Object.fromEntries(
    Object.entries(change).map(([name, value]: [string, unknown]) => {
      const was = (original as Record<string, unknown>)[name];
      if (was === undefined) return [name, null];
      const isBlock = typeof value === 'object' && value !== null && !Array.isArray(value) && typeof was === 'object';
      return [name, isBlock && was !== null && !Array.isArray(was) ? undoing(value, was) : was];
    }),
  );
}
