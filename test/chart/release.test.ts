import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fineTuneJob } from '../../operator/src/cluster/conformance/case.ts';
import { eventually } from '../cluster/open-cluster.ts';
import { startOperatorProcess, type OperatorProcess } from '../cluster/operator/operator-process.ts';
import { createNamespace, sharedControlPlane } from '../cluster/shared-control-plane.ts';
import {
  chartFolder,
  manifestsOf,
  runHelm,
  withoutChartPrograms,
  type Manifest,
  type OperatorDeployment,
} from './helm.ts';

interface Listed {
  readonly items: readonly Manifest[];
}

interface TestPod extends Manifest {
  readonly spec: { readonly containers: readonly { readonly command: readonly string[] }[] };
}

describe.skipIf(withoutChartPrograms)('a release of the chart', () => {
  const release = 'wikigpt-operator';
  const folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-release-'));
  const operators: OperatorProcess[] = [];
  let system: string;
  let team: string;
  beforeAll(async () => {
    const access = sharedControlPlane();
    system = await createNamespace(access, 'system');
    team = await createNamespace(access, 'team');
    await kubectl('label', 'namespace', system, team, 'pod-security.kubernetes.io/enforce=restricted');
    await kubectl('create', 'configmap', 'facts', '-n', team, '--from-literal=texts.jsonl={"text":"a"}');
  });
  afterAll(async () => {
    await Promise.all(operators.map((operator) => operator.stop()));
    rmSync(folder, { recursive: true });
  });

  const kubectl = async (...args: string[]) => {
    const { code, stdout, stderr } = await sharedControlPlane().kubectl(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const list = async (...args: string[]) => (JSON.parse(await kubectl('get', ...args, '-o', 'json')) as Listed).items;
  const helm = async (args: readonly string[], values: object = {}) => {
    const { adminKubeconfig } = sharedControlPlane();
    const printed = await runHelm([...args, '--namespace', system, '--kubeconfig', adminKubeconfig], values);
    expect({ args, code: printed.code, stderr: printed.stderr }).toEqual({ args, code: 0, stderr: '' });
    return printed.stdout;
  };
  const ofRelease = async () => {
    const kinds = (await kubectl('api-resources', '--verbs=list', '-o', 'name'))
      .split('\n')
      .filter((kind) => kind !== 'events');
    const found = await list(kinds.join(','), '--all-namespaces', '-l', `app.kubernetes.io/instance=${release}`);
    return [...new Set(found.map(({ kind, metadata }) => `${kind} ${metadata.name}`))].sort();
  };
  const read = async <T extends Manifest>(kind: string, name: string) =>
    JSON.parse(await kubectl('get', kind, name, '-n', system, '-o', 'json')) as T;
  const secret = async () => (await read('secret', `${release}-tls`)).data ?? {};

  async function mountSecret(): Promise<string> {
    const tls = mkdtempSync(path.join(folder, 'tls-'));
    for (const [name, content] of Object.entries(await secret()))
      writeFileSync(path.join(tls, name), Buffer.from(content, 'base64'));
    return tls;
  }

  /** Runs the operator as its pod would: with the environment, the account and the certificate that the chart gives. */
  async function startAsPod(replica: string): Promise<OperatorProcess> {
    const access = sharedControlPlane();
    const deployment = await read<OperatorDeployment>('deployment', release);
    const { serviceAccountName, containers } = deployment.spec.template.spec;
    const account = mkdtempSync(path.join(folder, 'account-'));
    writeFileSync(path.join(account, 'token'), await kubectl('create', 'token', serviceAccountName, '-n', system));
    writeFileSync(path.join(account, 'ca.crt'), access.address.authority);
    const given = (containers[0]?.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]));
    const operator = startOperatorProcess(
      { serviceAccount: account, namespace: system, url: access.url },
      {
        environment: {
          ...(Object.fromEntries(given) as Record<string, string>),
          // A process is no pod: it has neither its volumes nor ports of its own.
          ...(given.some(([name]) => name === 'WIKIGPT_TLS_FOLDER') ? { WIKIGPT_TLS_FOLDER: await mountSecret() } : {}),
          WIKIGPT_LISTEN: '127.0.0.1:0',
          WIKIGPT_HEALTH_LISTEN: '127.0.0.1:0',
          POD_NAME: replica,
        },
      },
    );
    operators.push(operator);
    return operator;
  }

  /** Asks for the metrics as a monitor would: by the Service's name, and trusting the Secret's authority alone. */
  const metrics = async (operator: OperatorProcess): Promise<string> => {
    const ca = Buffer.from((await secret())['ca.crt'] ?? '', 'base64');
    const servername = `${release}.${system}.svc`;
    return new Promise((resolve, reject) => {
      request(`${operator.url()}/metrics`, { ca, servername, headers: { host: servername } }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => resolve(Buffer.concat(parts).toString()));
      })
        .on('error', reject)
        .end();
    });
  };
  const submit = async (namespace: string, name: string) => {
    const input = JSON.stringify(fineTuneJob(namespace, name));
    const { code, stderr } = await sharedControlPlane().kubectl(['apply', '-f', '-'], { input });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  };
  const jobs = async (namespace: string) => (await list('jobs', '-n', namespace)).map(({ metadata }) => metadata.name);
  const errors = (operator: OperatorProcess) => operator.log.filter(({ level }) => level === 'error');

  test('is installed, from an older chart, where only restricted pods are let in', async () => {
    const older = path.join(folder, 'older');
    cpSync(chartFolder, older, { recursive: true });
    const file = path.join(older, 'files/crds/finetunejobs.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('- ftj', '- older'));
    await helm(['install', release, older]);
    expect(await kubectl('get', 'older', '-A', '-o', 'name')).toBe('');
    await eventually(
      async () => (await list('pods', '-n', system)).length === 2,
      async () => list('replicasets,events', '-n', system),
    );
  });

  test('gives the operator what it needs to lead and to begin a job', async () => {
    const operator = await startAsPod('first');
    await eventually(
      async () => operator.url() !== undefined && /^wikigpt_leader 1$/m.test(await metrics(operator)),
      () => operator.log,
    );
    await submit(team, 'one');
    await eventually(
      async () => (await jobs(team)).includes('one-train'),
      async () => ({ log: operator.log, jobs: await list('finetunejobs', '-n', team) }),
    );
    const [made] = await list('configmaps', '-n', team, '-l', 'wikigpt.dev/fine-tune-job=one');
    const authority = (await secret())['ca.crt'] ?? '';
    expect(made?.data?.['ca.crt']).toBe(Buffer.from(authority, 'base64').toString());
    const [job] = await list('jobs', '-n', team);
    expect(JSON.stringify(job)).toContain(`https://${release}.${system}.svc:8080/v1alpha1/namespaces/${team}/`);
    expect(errors(operator)).toEqual([]);
    await operator.stop();
  });

  test('is upgraded: definitions are new, the certificate and the jobs are the same', async () => {
    const before = { secret: await secret(), jobs: await list('jobs', '-n', team) };
    await helm(['upgrade', release, chartFolder], { logLevel: 'debug', metrics: { dashboards: { enabled: true } } });
    expect(await kubectl('get', 'ftj', '-n', team, '-o', 'name')).toBe('finetunejob.wikigpt.dev/one');
    expect(await secret()).toEqual(before.secret);
    expect(await list('jobs', '-n', team)).toEqual(before.jobs);
    expect(await kubectl('get', 'deployment', release, '-n', system, '-o', 'yaml')).toContain('value: debug');
    expect((await ofRelease()).filter((name) => name.startsWith('ConfigMap'))).toHaveLength(3);
  });

  test('is uninstalled: the definitions and what users made stay, and nothing else', async () => {
    await helm(['uninstall', release]);
    const definitions = ['chatmodels', 'distilljobs', 'finetunejobs'];
    const kept = definitions.map((plural) => `CustomResourceDefinition ${plural}.wikigpt.dev`);
    await eventually(async () => (await ofRelease()).join() === kept.join(), ofRelease, 60_000);
    expect(await kubectl('get', 'ftj', '-n', team, '-o', 'name')).toBe('finetunejob.wikigpt.dev/one');
  });

  test('looks at one namespace with rights in no other, without TLS, and its test finds it', async () => {
    const other = await createNamespace(sharedControlPlane(), 'other');
    await helm(['install', release, chartFolder], { watchNamespace: team, tls: { from: 'Off' } });
    const operator = await startAsPod('second');
    await submit(other, 'elsewhere');
    await submit(team, 'two');
    await eventually(
      async () => (await jobs(team)).includes('two-train'),
      async () => ({ log: operator.log, jobs: await list('finetunejobs', '-n', team) }),
    );
    expect(await jobs(other)).toEqual([]);
    expect(errors(operator)).toEqual([]);
    const may = async (...args: string[]) => {
      const user = `system:serviceaccount:${system}:${release}`;
      const { stdout } = await sharedControlPlane().kubectl(['auth', 'can-i', ...args, '--as', user]);
      return stdout.trim();
    };
    expect(await may('list', 'finetunejobs', '-n', team)).toBe('yes');
    expect(await may('list', 'finetunejobs', '-n', other)).toBe('no');
    expect(await may('list', 'secrets', '-n', team)).toBe('no');
    const [hook] = manifestsOf(await helm(['get', 'hooks', release])) as TestPod[];
    const [program = '', ...args] = hook?.spec.containers[0]?.command ?? [];
    const asks = promisify(execFile)(program, args, { env: { ...process.env, URL: `${operator.url()}/metrics` } });
    expect(await asks).toEqual({ stdout: 'The operator answers.\n', stderr: '' });
    await operator.stop();
    await helm(['uninstall', release]);
  });
});
