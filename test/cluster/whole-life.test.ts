import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fineTuneJob } from '../../operator/src/cluster/conformance/case.ts';
import type { Kind } from '../../operator/src/cluster/kinds.ts';
import type { KubeCluster } from '../../operator/src/cluster/kube/kube-cluster.ts';
import type { Watch } from '../../operator/src/cluster/port.ts';
import { conditionOf } from '../../operator/src/controllers/condition.ts';
import { mustCall } from './control-plane/api-request.ts';
import { eventually, openCluster } from './open-cluster.ts';
import {
  mountServiceAccount,
  startOperatorProcess,
  type OperatorHome,
  type OperatorProcess,
} from './operator/operator-process.ts';
import { PodStandIn, reports, sendReport } from './operator/trainer-stand-in.ts';
import { createNamespace, sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

/** The garbage collector looks for new kinds every 30 s. */
const gcWithinMs = 90_000;
const childKinds = ['Job', 'ConfigMap', 'PersistentVolumeClaim', 'Pod'] as const satisfies readonly Kind[];

describe.skipIf(withoutControlPlane)('the whole life of a FineTuneJob', () => {
  let cluster: KubeCluster;
  let home: OperatorHome;
  /** Every object that ever was, by kind, namespace and name, with the uids that it had. */
  const born = new Map<string, Set<string>>();
  let watches: Watch[];

  beforeAll(async () => {
    const access = sharedControlPlane();
    ({ cluster } = await openCluster(access.adminKubeconfig));
    const namespace = await createNamespace(access, 'operator');
    home = { serviceAccount: await mountServiceAccount(access, namespace), namespace, url: access.url };
    watches = childKinds.map((kind) =>
      cluster.watch(kind, {}, ({ object: { metadata } }) => {
        const key = `${metadata.namespace} ${kind} ${metadata.name}`;
        born.set(key, (born.get(key) ?? new Set()).add(metadata.uid ?? ''));
      }),
    );
    for (const watch of watches) await watch.synced;
    cluster.watch('FineTuneJob', {}, () => undefined);
  });
  afterAll(async () => {
    await cluster.close();
  });

  const reasonOf = async (namespace: string) => {
    const job = await cluster.get('FineTuneJob', namespace, 'life');
    return job && conditionOf(job, 'Succeeded')?.reason;
  };
  const untilReason = (namespace: string, ...reasons: string[]) =>
    eventually(
      async () => reasons.includes((await reasonOf(namespace)) ?? ''),
      async () => (await cluster.get('FineTuneJob', namespace, 'life'))?.status,
    );

  /** Lets one job live to its end; `url` is where an operator listens now. */
  async function live(namespace: string, url: () => string | undefined): Promise<void> {
    const access = sharedControlPlane();
    await cluster.apply(fineTuneJob(namespace, 'life'), 'user');
    await eventually(
      async () => (await cluster.list('Pod', { namespace })).length > 0,
      () => [...born.keys()].filter((key) => key.startsWith(namespace)),
      // Four operators start twice at once meanwhile.
      60_000,
    );
    const [pod] = await cluster.list('Pod', { namespace });
    if (!pod) throw new Error('no pod');
    const node = new PodStandIn(access, pod);
    await node.runs();
    const token = await node.token();
    for (const report of reports) await sendReport(url, { namespace, name: 'life' }, token, report);
    await node.ends(0);
    await untilReason(namespace, 'Complete');
  }

  /** Every child that ever was, with how many objects bore its name; what the cluster itself puts in is left out. */
  const children = (namespace: string) =>
    [...born]
      .filter(([key]) => key.startsWith(`${namespace} `) && !key.includes('kube-root-ca.crt'))
      .map(([key, uids]) => `${key.slice(namespace.length + 1).replace(/^(Pod life-train)-\w+$/, '$1')} ${uids.size}`)
      .sort();
  const expected = [
    'ConfigMap life-train-task 1',
    'Job life-train 1',
    'PersistentVolumeClaim life-train-work 1',
    'PersistentVolumeClaim wikigpt-models 1',
    'Pod life-train 1',
  ];

  async function expectNothingLeft(namespace: string): Promise<void> {
    await cluster.remove({ kind: 'FineTuneJob', namespace, name: 'life' });
    const left = async () =>
      (await Promise.all(childKinds.map((kind) => cluster.list(kind, { namespace }))))
        .flat()
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
        .filter((each) => !each.includes('kube-root-ca.crt'));
    await eventually(async () => (await left()).join() === 'PersistentVolumeClaim wikigpt-models', left, gcWithinMs);
  }

  async function factsIn(namespace: string): Promise<void> {
    const data = { 'texts.jsonl': '{"text":"a"}\n' };
    await mustCall(sharedControlPlane().admin, `/api/v1/namespaces/${namespace}/configmaps`, {
      method: 'POST',
      body: { metadata: { name: 'facts' }, data },
    });
    born.delete(`${namespace} ConfigMap facts`);
  }

  let writesOfALife = 0;
  let kills = 0;

  test(
    'its children appear once, its state follows, and deletion leaves nothing behind',
    { timeout: 180_000 },
    async () => {
      const namespace = await createNamespace(sharedControlPlane(), 'life');
      const operator = startOperatorProcess(home, { watchNamespace: namespace });
      await cluster.apply(fineTuneJob(namespace, 'life'), 'user');
      await untilReason(namespace, 'Pending');
      expect(conditionOf((await cluster.get('FineTuneJob', namespace, 'life')) ?? {}, 'Succeeded')?.message).toBe(
        'ConfigMap facts, where data lies, does not exist yet',
      );
      await factsIn(namespace);
      await untilReason(namespace, 'Unschedulable');
      await live(namespace, operator.url);
      const done = await cluster.get('FineTuneJob', namespace, 'life');
      expect(done?.status?.progress?.steps).toBe('4/4');
      expect(done?.status?.evaluation?.summary).toBe('F1 0.71');
      expect(children(namespace).filter((each) => !each.includes(' facts '))).toEqual(expected);
      await eventually(
        async () => (await cluster.get('PersistentVolumeClaim', namespace, 'life-train-work')) === undefined,
        () => 'the checkpoints are still there',
      );
      const writes = operator.writes.filter((write) => write.includes(`/${namespace}/`));
      writesOfALife = writes.length;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(operator.writes.filter((write) => write.includes(`/${namespace}/`))).toEqual(writes);
      await cluster.remove({ kind: 'ConfigMap', namespace, name: 'facts' });
      await expectNothingLeft(namespace);
      await operator.stop();
      expect(await operator.ended).toBe(0);
      expect(operator.log.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
      expect(writes.filter((write) => / (403|409|422|5\d\d)$/.test(write))).toEqual([]);
    },
  );

  /** A life whose operator is killed right after the n-th write, and what the next one makes of it. */
  async function surviveKill(kill: number): Promise<void> {
    const namespace = await createNamespace(sharedControlPlane(), `kill-${kill}`);
    await factsIn(namespace);
    let operator: OperatorProcess = startOperatorProcess(home, { watchNamespace: namespace, killAfterWrites: kill });
    const killed = operator.ended.then(async (how) => {
      if (how !== 'SIGKILL') return;
      kills += 1;
      // A killed holder's Lease would be waited for; it is dead, so the next may begin at once.
      const leases = `/apis/coordination.k8s.io/v1/namespaces/${home.namespace}/leases`;
      await sharedControlPlane().admin(`${leases}/operator-of-${namespace}`, { method: 'DELETE' });
      operator = startOperatorProcess(home, { watchNamespace: namespace });
    });
    await live(namespace, () => operator.url());
    // The last writes of a life come after the state that ends it.
    await Promise.race([killed, new Promise((resolve) => setTimeout(resolve, 1_000))]);
    expect({ kill, children: children(namespace).filter((each) => !each.includes(' facts ')) }).toEqual({
      kill,
      children: expected,
    });
    await cluster.remove({ kind: 'ConfigMap', namespace, name: 'facts' });
    await expectNothingLeft(namespace);
    await operator.stop();
    expect(operator.log.filter(({ level }) => level === 'error')).toEqual([]);
  }

  test('kill -9 after any write: the next one goes on, and nothing is made twice', { timeout: 300_000 }, async () => {
    expect(writesOfALife).toBeGreaterThan(5);
    const each = Array.from({ length: writesOfALife }, (_, index) => index + 1).values();
    const lane = async () => {
      for (const kill of each) await surviveKill(kill);
    };
    await Promise.all([lane(), lane(), lane(), lane()]);
    // Statuses that follow each other closely become one write, so a life may have fewer than the one that was counted.
    expect(kills).toBeGreaterThan(writesOfALife * 0.7);
  });
});
