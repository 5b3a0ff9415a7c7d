import { readyReasons } from '@wikigpt/schema/catalog.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './open-cluster.ts';
import { ChatScene, digestOf } from './operator/chat-scene.ts';
import { sharedControlPlane, withoutControlPlane } from './shared-control-plane.ts';

/** The garbage collector looks for new kinds every 30 s. */
const gcWithinMs = 90_000;

describe.skipIf(withoutControlPlane)('the states of a ChatModel', () => {
  let scene: ChatScene;

  beforeAll(async () => {
    scene = await ChatScene.open(sharedControlPlane(), 'chat');
  });
  afterAll(() => scene.close());

  const pinned = (start: string) => ({ model: { uri: `pvc://models/${start}`, digest: digestOf(start) } });

  /** A ChatModel whose model `aaaa` answers. */
  async function serving(name: string, spec: object = {}): Promise<void> {
    scene.nodes.play(`${name}-aaaa0000`, 'Answers');
    await scene.serve(name, { ...pinned('aaaa'), ...spec });
    await scene.until(name, 'Ready', 'Ready');
  }

  test('it waits for its job, then for a node, then for the server', async () => {
    await scene.serve('first', { model: { fromJob: { name: 'first-job' } } });
    expect(await scene.until('first', 'Ready', 'WaitingForModel')).toBe('FineTuneJob first-job does not exist yet');
    await scene.job('first-job', { reason: 'Complete', digest: 'aaaa' });
    expect(await scene.until('first', 'Ready', 'Unschedulable')).toContain('no nodes available');
    scene.nodes.play('first-aaaa0000', { waits: 'ImagePullBackOff', says: 'Back-off pulling image "trainer"' });
    await scene.until('first', 'Ready', 'Starting');
    expect(await scene.until('first', 'UpToDate', 'Starting')).toBe(
      'ImagePullBackOff: Back-off pulling image "trainer"',
    );
    scene.nodes.play('first-aaaa0000', 'Answers');
    expect(await scene.until('first', 'Ready', 'Ready')).toBe('first-aaaa0000 answers');
    await scene.until('first', 'UpToDate', 'Ready');
    expect(await scene.kubectl('get', 'chm', 'first', '--no-headers')).toMatch(
      /^first\s+sha256:aaaa0000\s+Ready\s+http:\/\/first\.chat-\w+\.svc\s+1\/1\s+100%\s+\S+$/,
    );
    const events = await scene.kubectl('events', '--for', 'chatmodel/first', '-o', 'jsonpath={.items[*].reason}');
    expect([...new Set(events.split(' '))].sort()).toEqual(['Ready', 'Starting', 'Unschedulable', 'WaitingForModel']);
  });

  test('it takes no model of a job that failed, did not pass its gate or made something else', async () => {
    await scene.job('bad-job', { reason: 'DataInvalid', message: '14 of 120 records have no answer' });
    await scene.serve('picky', { model: { fromJob: { name: 'bad-job' } } });
    expect(await scene.until('picky', 'Ready', 'JobFailed')).toBe(
      'FineTuneJob bad-job ended with DataInvalid: 14 of 120 records have no answer',
    );
    await scene.job('weak-job', { reason: 'GateFailed', digest: 'bbbb', gate: 'Failed' });
    await scene.edit('picky', { model: { fromJob: { name: 'weak-job' } } });
    expect(await scene.until('picky', 'Ready', 'GateNotPassed')).toContain('set requireGate: false');
    expect(await scene.children('picky')).toEqual([]);
    await scene.edit('picky', { requireGate: false, model: { digest: digestOf('cccc') } });
    expect(await scene.until('picky', 'Ready', 'DigestMismatch')).toContain(digestOf('bbbb'));
    scene.nodes.play('picky-bbbb0000', 'Answers');
    await scene.edit('picky', { model: { digest: null } });
    await scene.until('picky', 'Ready', 'Ready');
  });

  test.for([
    ['InvalidSpec', 64, 'InvalidSpec: the task is not readable.', 0],
    ['DigestMismatch', 66, 'DigestMismatch: pvc://models/aaaa has another digest.', 0],
    ['ModelIncompatible', 67, 'ModelIncompatible: the model has no output head.', 0],
    ['OutOfMemory', 137, '', 2],
    ['ServerFailed', 70, 'TrainerFailed: a hiccup.', 2],
  ] as const)('its server ends, and it says %s', async ([reason, exitCode, says, restarts]) => {
    const name = `ends-${exitCode}`;
    scene.nodes.play(`${name}-aaaa0000`, { exitCode, says, restarts });
    await scene.serve(name, pinned('aaaa'));
    const message = await scene.until(name, 'Ready', reason);
    expect(message).toContain(says === '' ? 'more memory than it may' : says.replace(/^\w+: /, ''));
    expect(message).toContain(`${name}-aaaa0000`);
    expect((await scene.get(name)).status?.revisions).toMatchObject([{ state: 'Rejected', weight: 0 }]);
  });

  test('it says what this cluster or this release cannot do, and goes on when that is taken back', async () => {
    scene.nodes.play('refused-aaaa0000', 'Answers');
    await scene.serve('refused', { model: { uri: 'file:///models/a' } });
    expect(await scene.until('refused', 'Ready', 'InvalidSpec')).toContain('use pvc://');
    await scene.edit('refused', { ...pinned('aaaa'), runtime: 'VLLM' });
    expect(await scene.until('refused', 'Ready', 'InvalidSpec')).toContain('spec.runtime: VLLM is not built');
    await scene.edit('refused', { runtime: 'Builtin' });
    await scene.until('refused', 'Ready', 'Ready');
  });

  test('it sleeps by kubectl scale, and wakes', async () => {
    await serving('sleepy', { replicas: 2 });
    await scene.kubectl('scale', 'chm', 'sleepy', '--replicas=0');
    expect(await scene.until('sleepy', 'Ready', 'ScaledToZero')).toContain('set it to 1');
    await scene.shows('sleepy', 'sleepy-aaaa0000 0', '-> sleepy-aaaa0000');
    expect((await scene.get('sleepy')).status).toMatchObject({ replicas: 0, readyReplicas: 0, ready: '0/0' });
    await scene.kubectl('scale', 'chm', 'sleepy', '--replicas=3', '--timeout=30s');
    await scene.until('sleepy', 'Ready', 'Ready');
    const status = async () => (await scene.get('sleepy')).status;
    await eventually(async () => (await status())?.ready === '3/3', status);
    expect(await status()).toMatchObject({ replicas: 3, readyReplicas: 3 });
  });

  test('a revision that fails, fits no node or never answers leaves the old one serving', async () => {
    await serving('steady');
    const url = (await scene.get('steady')).status?.url;
    const stillServes = async () => {
      const chat = await scene.get('steady');
      expect(chat.status).toMatchObject({ digest: digestOf('aaaa'), ready: '1/1', live: '100%', url });
      expect(chat.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
      const service = await scene.cluster.get('Service', scene.namespace, 'steady');
      expect(service?.spec.selector['wikigpt.dev/revision']).toBe('steady-aaaa0000');
    };
    await scene.edit('steady', pinned('bbbb'));
    await scene.until('steady', 'UpToDate', 'Unschedulable');
    await stillServes();
    scene.nodes.play('steady-bbbb0000', { waits: 'ContainerCreating', says: 'claim models is not bound' });
    await scene.until('steady', 'UpToDate', 'Starting');
    // The deadline of a Deployment is ten minutes; the operator leaves the field to others.
    await scene.kubectl('patch', 'deploy', 'steady-bbbb0000', '-p', '{"spec":{"progressDeadlineSeconds":1}}');
    expect(await scene.until('steady', 'UpToDate', 'ServerFailed')).toContain('has not answered in time');
    await stillServes();
    scene.nodes.play('steady-bbbb0000', { exitCode: 67, says: 'ModelIncompatible: no output head.', restarts: 1 });
    expect(await scene.until('steady', 'UpToDate', 'ModelIncompatible')).toBe('steady-bbbb0000: no output head.');
    await stillServes();
    await scene.job('weak', { reason: 'GateFailed', digest: 'cccc', gate: 'Failed' });
    await scene.edit('steady', { model: { uri: null, digest: null, fromJob: { name: 'weak' } } });
    await scene.until('steady', 'UpToDate', 'GateNotPassed');
    await stillServes();
    await scene.edit('steady', { model: { fromJob: null, ...pinned('aaaa').model } });
    await scene.until('steady', 'UpToDate', 'Ready');
    await scene.shows('steady', 'steady-aaaa0000 1', 'steady-bbbb0000 0', '-> steady-aaaa0000');
  });

  test('it goes back to what served before without making anything, and forgets what served longest ago', async () => {
    await serving('history', { rollout: { historyLimit: 2 } });
    const moveTo = async (start: string, ...kept: string[]) => {
      scene.nodes.play(`history-${start}0000`, 'Answers');
      await scene.edit('history', pinned(start));
      await scene.until('history', 'UpToDate', 'Ready');
      const old = kept.map((each) => `history-${each}0000 0`);
      await scene.shows('history', `history-${start}0000 1`, `-> history-${start}0000`, ...old);
    };
    await moveTo('bbbb', 'aaaa');
    const uid = async () => (await scene.cluster.get('Deployment', scene.namespace, 'history-aaaa0000'))?.metadata.uid;
    const before = await uid();
    await moveTo('aaaa', 'bbbb');
    expect(await uid()).toBe(before);
    await moveTo('cccc', 'aaaa', 'bbbb');
    // A revision that never answered is worth less than one that did.
    await scene.edit('history', pinned('dddd'));
    await scene.until('history', 'UpToDate', 'Unschedulable');
    await moveTo('eeee', 'cccc', 'aaaa');
    const tasks = await scene.kubectl('get', 'cm', '-l', 'wikigpt.dev/chat-model=history', '-o', 'name');
    expect(tasks.split('\n').map((each) => each.slice('configmap/history-'.length, -'0000-task'.length))).toEqual([
      'aaaa',
      'cccc',
      'eeee',
    ]);
    const moves = await scene.kubectl('events', '--for', 'chatmodel/history', '-o', 'jsonpath={.items[*].message}');
    expect(moves).toContain('history-aaaa0000 answers and takes over from history-bbbb0000');
  });

  test('what its pods are told changes pod by pod, and it is up to date when the last has changed', async () => {
    await serving('told');
    const pods = () =>
      scene.cluster.list('Pod', { namespace: scene.namespace, labels: { 'wikigpt.dev/revision': 'told-aaaa0000' } });
    scene.nodes.rest('told-aaaa0000');
    await scene.edit('told', { chat: { system: 'You are brief.' } });
    expect(await scene.until('told', 'UpToDate', 'Unschedulable')).toContain('no nodes available');
    expect((await scene.get('told')).status).toMatchObject({ ready: '1/1', live: '100%' });
    scene.nodes.play('told-aaaa0000', 'Answers');
    await scene.until('told', 'UpToDate', 'Ready');
    await eventually(async () => (await pods()).length === 1, pods);
  });

  test('objects of others stand in its way until they are gone', async () => {
    await scene.kubectl('create', 'service', 'clusterip', 'taken', '--tcp=80');
    await scene.kubectl('create', 'ingress', 'taken', '--rule=a.example.org/=a:80');
    scene.nodes.play('taken-aaaa0000', 'Answers');
    await scene.serve('taken', { ...pinned('aaaa'), expose: { ingress: { host: 'b.example.org' } } });
    expect(await scene.until('taken', 'Ready', 'Pending')).toBe(
      'waits until Service taken, which belongs to something else, is gone',
    );
    expect(await scene.children('taken')).toEqual([]);
    await scene.kubectl('delete', 'service', 'taken');
    await scene.until('taken', 'Ready', 'Ready');
    expect(await scene.until('taken', 'Exposed', 'NameTaken')).toContain('Ingress taken belongs to something else');
    await scene.kubectl('delete', 'ingress', 'taken');
    await scene.until('taken', 'Exposed', 'Applied');
    expect((await scene.get('taken')).status?.url).toBe('http://b.example.org');
  });

  test('what somebody takes away comes back, to the revision that answers', async () => {
    await serving('healed', { replicas: 2 });
    await scene.edit('healed', pinned('bbbb'));
    await scene.until('healed', 'UpToDate', 'Unschedulable');
    await scene.kubectl('delete', 'service,pdb', 'healed');
    await scene.shows('healed', 'healed-aaaa0000 2', 'healed-bbbb0000 2', '-> healed-aaaa0000');
    await scene.kubectl('get', 'pdb', 'healed');
    await scene.edit('healed', pinned('aaaa'));
    await scene.until('healed', 'UpToDate', 'Ready');
    await scene.kubectl('delete', 'deploy', 'healed-aaaa0000');
    await scene.shows('healed', 'healed-aaaa0000 2', 'healed-bbbb0000 0', '-> healed-aaaa0000');
    await scene.until('healed', 'Ready', 'Ready');
    expect((await scene.get('healed')).status?.live).toBe('100%');
  });

  test('ways in and the autoscaler wait for a model', async () => {
    const more = { autoscaling: { minReplicas: 2 }, expose: { ingress: { host: 'c.example.org' } } };
    await scene.serve('early', { model: { fromJob: { name: 'early-job' } }, ...more });
    await scene.until('early', 'Exposed', 'Pending');
    await scene.until('early', 'Autoscaled', 'Pending');
    scene.nodes.play('early-aaaa0000', 'Answers');
    await scene.job('early-job', { reason: 'Complete', digest: 'aaaa' });
    await scene.until('early', 'Exposed', 'Applied');
    await scene.until('early', 'Autoscaled', 'Applied');
    const status = async () => (await scene.get('early')).status;
    await eventually(async () => (await status())?.ready === '2/2', status);
  });

  test('every state was reached', () => {
    const all = Object.entries(readyReasons).flatMap(([status, reasons]) =>
      reasons.map((reason) => `Ready=${status} ${reason}`),
    );
    const reached = all.filter((state) => scene.states.has(state));
    expect(all.filter((state) => !reached.includes(state))).toEqual([
      // Ready speaks of what answers; that something else rolls out is said by UpToDate.
      'Ready=Unknown RollingOut',
    ]);
    expect([...scene.states]).toContain('UpToDate=False RollingOut');
  });

  test('nothing is left of them when they are deleted', { timeout: 120_000 }, async () => {
    await scene.kubectl('delete', 'chm', '--all');
    const left = () =>
      scene.kubectl('get', 'deploy,rs,pods,svc,cm,pdb,hpa,ing', '-l', 'wikigpt.dev/chat-model', '-o', 'name');
    await eventually(async () => (await left()) === '', left, gcWithinMs);
    expect(scene.operator.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
