import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { jobKinds, type JobKind } from '@wikigpt/schema/catalog.ts';
import { changeable } from '@wikigpt/schema/immutable.ts';
import { jsonSchema, type SchemaNode } from '@wikigpt/schema/json-schema.ts';
import { kinds } from '@wikigpt/schema/kinds.ts';
import type { Job } from '../../operator/src/cluster/objects.ts';
import { fineTuneJob } from '../../operator/src/controllers/manifests.suite.ts';
import { mustCall } from './control-plane/api-request.ts';
import { flipsOf } from './flips-of.ts';
import { eventually, openCluster } from './open-cluster.ts';
import { mountServiceAccount, startOperatorProcess, type OperatorProcess } from './operator/operator-process.ts';
import { PlayedJob, type Stage } from './operator/played-job.ts';
import { reports } from './operator/trainer-stand-in.ts';
import { createNamespace, sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/** Manifests that use nearly every block. */
const examples = parseAllDocuments(
  readFileSync(new URL('../../crds/schema/api-examples.yaml', import.meta.url), 'utf8'),
).map((document) => document.toJS() as Manifest);

const specOf = (kind: JobKind): SchemaNode => {
  const spec = jsonSchema(kinds[kind].schema).properties?.['spec'];
  if (!spec) throw new Error(`${kind}: found no spec in its schema, expected one`);
  return spec;
};
const topOf = (path: string) => path.split(/[.[]/)[1] ?? '';

/** The paths of all fields that can be changed, without the places in lists. */
function pathsOf(node: SchemaNode, path: string): string[] {
  if (node.items) return pathsOf(node.items, path);
  if (!node.properties) return node.enum?.length === 1 ? [] : [path];
  return Object.entries(node.properties).flatMap(([name, child]) => pathsOf(child, `${path}.${name}`));
}

describe.skipIf(withoutControlPlane)('a field of a training job', () => {
  let stage: Stage;
  let operator: OperatorProcess;

  beforeAll(async () => {
    const access = sharedControlPlane();
    const namespace = await createNamespace(access, 'flips');
    const own = await createNamespace(access, 'flips-operator');
    const home = { serviceAccount: await mountServiceAccount(access, own), namespace: own, url: access.url };
    const { cluster } = await openCluster(access.adminKubeconfig);
    operator = startOperatorProcess(home, { watchNamespace: namespace });
    stage = { access, cluster, namespace, url: operator.url };
    for (const kind of ['FineTuneJob', 'Job', 'Pod'] as const)
      await cluster.watch(kind, { namespace }, () => undefined).synced;
  });
  afterAll(async () => {
    await operator.stop();
    await stage.cluster.close();
    expect(operator.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test.each(jobKinds)(
    'of a %s: each change is refused with its sentence but for those that may change',
    async (kind) => {
      const { admin } = stage.access;
      // Where no operator looks: what is in question here is the API server's answer alone.
      const namespace = await createNamespace(stage.access, 'refusals');
      const folder = `/apis/wikigpt.dev/v1alpha1/namespaces/${namespace}/${kinds[kind].plural}`;
      const example = examples.find((each) => each.kind === kind);
      // A deadline may be raised, not added.
      const manifest = { ...example, spec: { ...example?.spec, activeDeadlineSeconds: 600 } };
      const { metadata, spec } = await mustCall<Manifest>(admin, folder, { method: 'POST', body: manifest });
      const flips = flipsOf(specOf(kind), spec, 'spec');

      const flipped = new Set(flips.map(({ path }) => path.replaceAll('[0]', '').replace(/\.added$/, '')));
      expect(pathsOf(specOf(kind), 'spec').filter((path) => !flipped.has(path))).toEqual([]);

      const answers = flips.map(async ({ path, value }) => {
        const { status, body } = await admin(`${folder}/${metadata.name}?dryRun=All&fieldValidation=Strict`, {
          method: 'PATCH',
          contentType: 'application/merge-patch+json',
          body: { spec: value },
        });
        return { path, status, says: (body as { message?: string }).message ?? '' };
      });
      const wrong = (await Promise.all(answers)).filter(({ path, status, says }) => {
        const name = topOf(path);
        if (changeable.includes(name)) return status !== 200;
        return (
          status !== 422 || !says.includes(`${name} cannot change once the job exists: make a job with another name`)
        );
      });
      expect(wrong).toEqual([]);
    },
  );

  const childOf = async (name: string) => {
    const child = await stage.cluster.get('Job', stage.namespace, `${name}-train`);
    if (!child) throw new Error(`${name}: found no Job, expected the one that was made`);
    return child;
  };
  const untilChild = (name: string, holds: (spec: Job['spec']) => boolean) =>
    eventually(
      async () => holds((await childOf(name)).spec),
      async () => (await childOf(name)).spec,
    );

  test('suspend changes the child, and changing it back restores it', async () => {
    const job = new PlayedJob(stage, fineTuneJob('suspended'));
    await job.apply();
    await job.until('Unschedulable');
    const { spec } = await childOf('suspended');
    await job.apply({ suspend: true });
    await untilChild('suspended', ({ suspend }) => suspend === true);
    await job.until('Suspended');
    await job.apply({ suspend: false });
    await untilChild('suspended', ({ suspend }) => suspend === false);
    await job.until('Unschedulable');
    expect((await childOf('suspended')).spec).toEqual(spec);
  });

  test('activeDeadlineSeconds changes the child when it is raised or removed, and is never lowered', async () => {
    const job = new PlayedJob(stage, fineTuneJob('deadline', { activeDeadlineSeconds: 600 }));
    await job.apply();
    await job.until('Unschedulable');
    const { spec } = await childOf('deadline');
    expect(spec.activeDeadlineSeconds).toBe(600);
    await job.apply({ activeDeadlineSeconds: 900 });
    await untilChild('deadline', ({ activeDeadlineSeconds }) => activeDeadlineSeconds === 900);
    await expect(job.apply({ activeDeadlineSeconds: 600 })).rejects.toThrow(
      'activeDeadlineSeconds can only be raised or removed once the job exists',
    );
    await job.apply({ activeDeadlineSeconds: undefined });
    await untilChild('deadline', ({ activeDeadlineSeconds }) => activeDeadlineSeconds === undefined);
    const { activeDeadlineSeconds: _, ...others } = spec;
    expect((await childOf('deadline')).spec).toEqual(others);
  });

  test('ttlSecondsAfterFinished changes no child, and counts as it stands after the end', async () => {
    const job = new PlayedJob(stage, fineTuneJob('kept', { ttlSecondsAfterFinished: 0 }));
    await job.apply();
    const pod = await job.podRuns();
    const { metadata } = await childOf('kept');
    await job.apply({ ttlSecondsAfterFinished: undefined });
    await pod.reports(...reports);
    await pod.node.ends(0);
    await job.until('Complete');
    expect((await childOf('kept')).metadata.generation).toBe(metadata.generation);
    await job.apply({ ttlSecondsAfterFinished: 0 });
    const find = () => stage.cluster.get('FineTuneJob', stage.namespace, 'kept');
    await eventually(async () => (await find()) === undefined, find);
  });
});
