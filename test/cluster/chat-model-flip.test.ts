import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ChatModelManifest } from '@wikigpt/schema/chat-model.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { AnyObject, Kind } from '../../operator/src/cluster/kinds.ts';
import { installHttpRoute } from './http-route-definition.ts';
import { eventually } from './open-cluster.ts';
import { ChatScene, digestOf } from './operator/chat-scene.ts';
import { sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

interface Flip {
  /** What stands in the manifest before, beside the plainest one. */
  readonly with?: object;
  /** Merge patches of the spec; each is made, and taken back, alone. */
  readonly flips: readonly object[];
}

/** What came of a flip. */
interface Told {
  readonly flip: string;
  /** The children that changed, else what the ChatModel said. */
  readonly makes: string;
  /** What was not as before after it was taken back. */
  readonly left: string | undefined;
}

const plain: ChatModelManifest['spec'] = { model: { uri: 'pvc://models/aaaa', digest: digestOf('aaaa') } };
const noModel = { uri: null, digest: null };
const fromJob = { model: { ...noModel, fromJob: { kind: 'FineTuneJob', name: 'better' } } };
const manual = { mode: 'Manual', requests: { cpu: '1500m', memory: '1.5Gi' } };
const parentRefs = [{ name: 'public' }];
const secret = { name: 'keys' };

/** Every field, group by group; the groups live at the same time. */
const groups: Readonly<Record<string, Flip>> = {
  model: {
    flips: [
      { model: { uri: 'pvc://others/aaaa' } },
      { model: { digest: digestOf('bbbb') } },
      fromJob,
      { model: { uri: null, preset: 'gpt2' } },
      { model: { uri: 'hf://org/model', revision: 'main' } },
    ],
  },
  'model-refused': {
    flips: [
      { model: { secretRef: secret } },
      { adapters: [{ name: 'legal', uri: 'pvc://models/legal', digest: digestOf('cccc') }] },
      { adapters: [{ name: 'legal', fromJob: { kind: 'FineTuneJob', name: 'better' } }] },
      { runtime: 'VLLM' },
      { quantization: 'Int8' },
      { auth: { keysSecretRef: secret } },
      { ui: { ratings: true } },
      {
        rollout: {
          strategy: 'Canary',
          steps: [{ weight: 10, pauseSeconds: 5 }],
          analysis: { maxErrorRate: '0.1', maxP95FirstTokenMs: 100, minRequests: 5 },
        },
      },
    ],
  },
  rollout: {
    flips: [
      { rollout: { strategy: 'Recreate' } },
      { rollout: { onFailure: 'Hold' } },
      { rollout: { historyLimit: 2 } },
      { requireGate: false },
      { replicas: 0 },
      { replicas: 2 },
    ],
  },
  chat: {
    flips: [
      { chat: { system: 'You are brief.' } },
      { chat: { maxContextTokens: 64 } },
      { chat: { defaults: { temperature: '0' } } },
      { chat: { defaults: { topP: '0.9' } } },
      { chat: { defaults: { topK: 5 } } },
      { chat: { defaults: { repetitionPenalty: '1.1' } } },
      { chat: { defaults: { maxTokens: 8 } } },
      { ui: { enabled: false } },
      { ui: { compareWith: 'other' } },
    ],
  },
  scaling: {
    with: { autoscaling: { minReplicas: 2 } },
    flips: [
      { autoscaling: { minReplicas: 1 } },
      { autoscaling: { maxReplicas: 5 } },
      { autoscaling: { targetActiveRequests: 9 } },
      { autoscaling: { scaleDownDelaySeconds: 60 } },
      { autoscaling: { holdRequestSeconds: 60 } },
      { autoscaling: null },
    ],
  },
  ingress: {
    with: { expose: { ingress: { host: 'a.example.org' } } },
    flips: [
      { expose: { ingress: { host: 'b.example.org' } } },
      { expose: { ingress: { className: 'nginx' } } },
      { expose: { ingress: { tlsSecretName: 'tls' } } },
      { expose: { ingress: { annotations: { 'example.org/timeout': '60' } } } },
      { expose: null },
    ],
  },
  route: {
    with: { expose: { httpRoute: { hostnames: ['a.example.org'], parentRefs } } },
    flips: [
      { expose: { httpRoute: { hostnames: ['b.example.org'] } } },
      { expose: { httpRoute: { parentRefs: [{ ...parentRefs[0], namespace: 'gateways', sectionName: 'https' }] } } },
      { expose: { httpRoute: { scheme: 'http' } } },
      { expose: { httpRoute: null, ingress: { host: 'a.example.org' } } },
    ],
  },
  pod: {
    flips: [
      { pod: { nodeSelector: { disk: 'fast' } } },
      { pod: { tolerations: [{ key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }] } },
      { pod: { tolerations: [{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }] } },
      { pod: { priorityClassName: 'system-cluster-critical' } },
      { pod: { serviceAccountName: 'other' } },
      { pod: { env: [{ name: 'A', value: 'b' }] } },
      { pod: { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } }] } },
    ],
  },
  resources: {
    with: { resources: manual },
    flips: [
      { resources: { requests: { memory: '2Gi' } } },
      { resources: { limits: { memory: '3Gi' } } },
      { resources: { accelerator: { type: 'nvidia.com/gpu', count: 2 } } },
      { resources: { mode: 'Auto', requests: null } },
    ],
  },
};

const childKinds = [
  'Deployment',
  'ConfigMap',
  'Service',
  'PodDisruptionBudget',
  'HorizontalPodAutoscaler',
  'Ingress',
  'HTTPRoute',
] as const satisfies readonly Kind[];

describe.skipIf(withoutControlPlane)('the fields of a ChatModel', () => {
  let scene: ChatScene;

  beforeAll(async () => {
    await installHttpRoute(sharedControlPlane().admin);
    scene = await ChatScene.open(sharedControlPlane(), 'flip');
    scene.nodes.play('*', 'Answers');
    await scene.kubectl('create', 'serviceaccount', 'other');
    await scene.job('better', { reason: 'Complete', digest: 'bbbb' });
  });
  afterAll(() => scene.close());

  /** What a ChatModel is made into, without what another model has left behind. */
  async function children(name: string): Promise<Children> {
    const { cluster, namespace } = scene;
    const labels = { 'wikigpt.dev/chat-model': name };
    const found: AnyObject[] = [];
    for (const kind of childKinds) found.push(...(await cluster.list(kind, { namespace, labels })));
    return new Map(
      found
        .filter((object) => !isAsleep(object))
        .map((object) => [`${object.kind} ${object.metadata.name.replace(name, '…')}`, lasting(object)]),
    );
  }

  /** Waits until the newest spec has been acted on: it is up to date, or it is refused. */
  const settled = async (name: string) => {
    const condition = async () => {
      const chat = await scene.get(name);
      const found = chat.status?.conditions?.find(({ type }) => type === 'UpToDate');
      return found?.observedGeneration === chat.metadata.generation ? found?.reason : undefined;
    };
    await eventually(
      async () => ['Ready', 'InvalidSpec'].includes((await condition()) ?? ''),
      async () => ({ status: (await scene.get(name)).status, children: await scene.children(name) }),
      60_000,
    );
    // Pods of a revision that another took over from are let go a second later.
    const awake = async () => (await scene.children(name)).filter((each) => /^\S+-[0-9a-f]{8} [1-9]/.test(each));
    await eventually(async () => (await awake()).length <= 1, awake);
    return condition();
  };

  async function flipped([name, group]: [string, Flip]): Promise<Told[]> {
    await scene.serve(name, { ...plain, ...group.with });
    await settled(name);
    const { spec } = await scene.get(name);
    const before = await children(name);
    const told: Told[] = [];
    for (const flip of group.flips) {
      await scene.edit(name, flip);
      const reason = await settled(name);
      const changed = differences(before, await children(name)).join(', ') || 'no child';
      await scene.replace(name, spec);
      await settled(name);
      const lost = async () => differences(before, await children(name));
      const restored = eventually(async () => (await lost()).length === 0, lost, 5_000);
      const left = await restored.then(
        () => undefined,
        (error: Error) => error.message,
      );
      told.push({ flip: JSON.stringify(flip), makes: reason === 'Ready' ? changed : (reason ?? ''), left });
    }
    return told;
  }

  test('each is flipped and restored, and the children are what they were', { timeout: 240_000 }, async () => {
    const entries = Object.entries(groups);
    const told = await Promise.all(entries.map(flipped));
    expect(told.flat().filter(({ left }) => left !== undefined)).toEqual([]);
    const text = told.map((all, index) =>
      [entries[index]?.[0], ...all.map(({ flip, makes }) => `  ${flip}: ${makes}`), ''].join('\n'),
    );
    await expect(text.join('\n')).toMatchFileSnapshot('chat-model-flip.txt');
    expect(scene.operator.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

test('every field of a ChatModel is among those that are flipped', () => {
  const file = path.join(import.meta.dirname, '../../crds/chatmodels.yaml');
  const definition = parse(readFileSync(file, 'utf8')) as {
    spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: Schema } } } }[] };
  };
  const fields = definition.spec.versions[0]?.schema.openAPIV3Schema.properties.spec;
  const touched = new Set(
    Object.values(groups).flatMap(({ with: context = {}, flips }) =>
      [context, ...flips].flatMap((each) => leaves(each)),
    ),
  );
  expect(leavesOf(fields ?? {}).filter((leaf) => !touched.has(leaf))).toEqual([]);
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Paths of the fields of a schema that have no further fields. */
function leavesOf({ properties, items }: Schema, place = ''): string[] {
  if (items) return leavesOf(items, place);
  if (!properties) return [place];
  return Object.entries(properties).flatMap(([name, schema]) => leavesOf(schema, `${place}.${name}`));
}

/** Paths of the values in a patch, and of what holds them. */
function leaves(value: unknown, place = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => leaves(each, place));
  if (typeof value !== 'object' || value === null) return [place];
  return [place, ...Object.entries(value).flatMap(([name, each]) => leaves(each, `${place}.${name}`))];
}

function isAsleep(object: AnyObject): boolean {
  const isOther = !['aaaa0000', undefined].includes(/-(\w{8})(-task)?$/.exec(object.metadata.name)?.[1]);
  return isOther && (object.kind === 'ConfigMap' || (object.kind === 'Deployment' && object.spec.replicas === 0));
}

/** An object without what counts its changes. */
function lasting({ metadata, ...object }: AnyObject): object {
  const { resourceVersion: _, generation: _g, uid, creationTimestamp: _c, annotations = {}, ...kept } = metadata;
  const counted = /^(deployment\.kubernetes\.io\/revision|wikigpt\.dev\/(live-since|served))$/;
  const { status: _s, ...rest } = object as { readonly status?: unknown };
  const stays = ['Deployment', 'ConfigMap', 'Service'].includes(object.kind);
  const notes = Object.fromEntries(Object.entries(annotations).filter(([name]) => !counted.test(name)));
  return { ...rest, metadata: { ...kept, annotations: notes, uid: stays ? uid : undefined } };
}

type Children = ReadonlyMap<string, object>;

/** Which children are not the same, with the fields that differ at the top. */
function differences(one: Children, other: Children): string[] {
  const keys = [...new Set([...one.keys(), ...other.keys()])].sort();
  return keys.flatMap((key) => {
    const [before, after] = [one.get(key), other.get(key)];
    if (!before || !after) return [`${after ? '+' : '-'}${key}`];
    return isDeepStrictEqual(before, after) ? [] : [key];
  });
}
