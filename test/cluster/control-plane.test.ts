import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { get } from 'node:https';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silent } from '../../operator/src/log.ts';
import { findKubeBinaries } from '../../scripts/kube-binaries/find-programs.ts';
import { grantedRights, usedRights } from './control-plane/rights.ts';
import { mustCall } from './control-plane/api-request.ts';
import { startControlPlane, type ControlPlane } from './control-plane/control-plane.ts';
import { createServiceAccountToken, type RoleRule } from './control-plane/service-account.ts';
import { withoutControlPlane } from './shared-control-plane.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

describe.skipIf(withoutControlPlane)('a control plane', () => {
  let controlPlane: ControlPlane;
  beforeAll(async () => {
    const binaries = await findKubeBinaries({ environment: process.env, print: () => undefined });
    if ('missing' in binaries) throw new Error(binaries.missing);
    controlPlane = await startControlPlane({ binaries, logger: silent, audit: true });
  });
  afterAll(() => controlPlane?.stop());

  it('says its version, and so does its kubectl', async () => {
    const { stdout } = await controlPlane.kubectl(['version', '--output=json']);
    expect(JSON.parse(stdout)).toMatchObject({
      clientVersion: { gitVersion: 'v1.34.4' },
      serverVersion: { gitVersion: 'v1.34.4' },
    });
  });

  it('gives an account the rights it was made with and no other, and knows which it used', async () => {
    const rules: readonly RoleRule[] = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'get'] }];
    const token = await createServiceAccountToken(controlPlane, {
      namespace: 'default',
      name: 'reader',
      rules,
    });
    const call = controlPlane.callAs({ token });
    const create = { method: 'POST', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'refused' } } };
    expect((await call(configMaps)).status).toBe(200);
    expect((await call(configMaps, create)).status).toBe(403);
    expect((await call('/api/v1/namespaces/kube-system/configmaps')).status).toBe(403);

    const used = async () => {
      const calls = await controlPlane.auditedCalls();
      const allowed = calls.filter(({ responseStatus }) => responseStatus?.code !== 403);
      return usedRights(allowed.filter(({ user }) => user.username === 'system:serviceaccount:default:reader'));
    };
    await expect.poll(used).toEqual(['/configmaps list']);
    expect(grantedRights(rules)).toEqual(['/configmaps get', '/configmaps list']);
  });

  it('makes tokens for an audience that is not its own', async () => {
    const token = await createServiceAccountToken(controlPlane, {
      namespace: 'default',
      name: 'speaker',
      audiences: ['somebody.else'],
    });
    expect((await controlPlane.callAs({ token })('/api')).status).toBe(401);
    const review = await mustCall<{ status: object }>(
      controlPlane.admin,
      '/apis/authentication.k8s.io/v1/tokenreviews',
      {
        method: 'POST',
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenReview',
          spec: { token, audiences: ['somebody.else'] },
        },
      },
    );
    expect(review.status).toMatchObject({
      authenticated: true,
      audiences: ['somebody.else'],
      user: { username: 'system:serviceaccount:default:speaker' },
    });
  });

  it('writes down who called what', async () => {
    await controlPlane.admin(`${configMaps}/nothing-of-this-name`);
    await expect
      .poll(() => controlPlane.auditedCalls())
      .toContainEqual(
        expect.objectContaining({
          verb: 'get',
          user: expect.objectContaining({ username: 'admin' }) as object,
          objectRef: expect.objectContaining({ resource: 'configmaps', name: 'nothing-of-this-name' }) as object,
          responseStatus: expect.objectContaining({ code: 404 }) as object,
        }),
      );
  });

  it('cuts, refuses, delays and freezes connections through a proxy', async () => {
    const proxy = await controlPlane.startProxy();
    try {
      const user = controlPlane.address.admin;
      const watch = watchThrough(controlPlane, proxy.url);
      expect(await watch.opened).toBe(200);
      expect(proxy.cutConnections()).toBe(1);
      await expect(watch.closed).resolves.toMatch(/ECONNRESET|aborted/);

      proxy.refuse();
      await expect(controlPlane.callAs(user, proxy.url)('/api')).rejects.toThrow(/ECONNRESET|disconnected/);

      proxy.delay(300);
      const started = performance.now();
      await mustCall(controlPlane.callAs(user, proxy.url), '/api');
      expect(performance.now() - started).toBeGreaterThan(290);

      proxy.pass();
      const call = controlPlane.callAs(user, proxy.url);
      await mustCall(call, '/api');
      proxy.freeze();
      await expect(call('/api', { timeoutMs: 300 })).rejects.toThrow('no answer in 300 ms');
      proxy.pass();
      await mustCall(call, '/api');
    } finally {
      await proxy.close();
    }
  });

  it('keeps its objects and its address when the API server was away', async () => {
    const kept = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' } };
    await mustCall(controlPlane.admin, configMaps, { method: 'POST', body: kept });
    await controlPlane.restartApiServer({ awayMs: 100 });
    expect(await mustCall(controlPlane.admin, `${configMaps}/kept`)).toMatchObject(kept);
  });

  it('goes, with all it started, when its process is killed', async () => {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'control-plane/hold.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
    const { folder, pids } = JSON.parse(line) as { folder: string; pids: readonly number[] };
    expect(pids.map(isAlive)).toEqual([true, true]);
    child.kill('SIGKILL');
    await expect
      .poll(() => [existsSync(folder), ...pids.map(isAlive)], { timeout: 5_000 })
      .toEqual([false, false, false]);
  });
});

/** Opens a watch that stays open until something cuts it. */
function watchThrough({ address }: ControlPlane, url: string) {
  const { authority, admin } = address;
  const request = get(new URL(`${configMaps}?watch=true`, url), {
    ca: authority,
    cert: admin.certificate,
    key: admin.key,
    agent: false,
  });
  const opened = new Promise<number | undefined>((resolve, reject) => {
    request.on('response', (response) => resolve(response.statusCode));
    request.on('error', reject);
  });
  const closed = new Promise<string>((resolve) => {
    request.on('response', (response) => response.on('error', (error) => resolve(String(error))).resume());
  });
  return { opened, closed };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
