import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createApiCall, type ApiCall } from './api-request.ts';
import { readAudit, type AuditedCall } from './audit.ts';
import type { Identity } from './certificates.ts';
import { ConnectionProxy } from './proxy.ts';

/** What another process needs to reach a control plane as its administrator; plain data, so that it can be sent. */
export interface ControlPlaneAddress {
  /** `https://127.0.0.1:<port>`. */
  readonly url: string;
  /** PEM of the certificate authority of the API server. */
  readonly authority: string;
  readonly admin: Identity;
  /** Kubeconfigs are written here; it goes when the control plane stops. */
  readonly folder: string;
  /** The kubectl of the same version. */
  readonly kubectl: string;
}

/** A user of the API: a bearer token or a client certificate. */
export type User = { readonly token: string } | Identity;

export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test does with a control plane that runs somewhere, in this process or another. */
export interface ControlPlaneAccess {
  readonly url: string;
  readonly address: ControlPlaneAddress;
  /** Path of a kubeconfig of the user `admin` in the group system:masters. */
  readonly adminKubeconfig: string;
  /** Calls as that user. */
  readonly admin: ApiCall;
  /** Writes a kubeconfig for a user and returns its path; `url` may be that of a proxy. */
  kubeconfig(user: User, options?: { readonly url?: string; readonly namespace?: string }): string;
  /** Calls the API server as a user, straight or through a proxy. */
  callAs(user: User, url?: string): ApiCall;
  /** Starts a proxy in front of the API server that can cut, refuse, delay and freeze connections; close it. */
  startProxy(): Promise<ConnectionProxy>;
  /** The calls that ended so far, oldest first; needs the option `audit`. */
  auditedCalls(): Promise<readonly AuditedCall[]>;
  /** Runs kubectl, as admin unless told otherwise, with an empty cache of its own. */
  kubectl(
    args: readonly string[],
    options?: { readonly input?: string; readonly kubeconfig?: string },
  ): Promise<Printed>;
}

/** Reaches a control plane by its address. */
export function accessControlPlane(address: ControlPlaneAddress): ControlPlaneAccess {
  const { url, authority, admin, folder } = address;
  const kubeconfig: ControlPlaneAccess['kubeconfig'] = (user, options = {}) =>
    writeKubeconfig(folder, { url, namespace: 'default', authority, user, ...options });
  const callAs: ControlPlaneAccess['callAs'] = (user, at = url) => createApiCall(at, { authority, ...user });
  const adminKubeconfig = kubeconfig(admin);
  return {
    url,
    address,
    adminKubeconfig,
    admin: callAs(admin),
    kubeconfig,
    callAs,
    startProxy: () => ConnectionProxy.start(url),
    auditedCalls: () => readAudit(folder),
    kubectl: (args, options = {}) => runKubectl(address, args, { input: '', kubeconfig: adminKubeconfig, ...options }),
  };
}

function writeKubeconfig(
  folder: string,
  {
    url,
    namespace,
    authority,
    user,
  }: { readonly url: string; readonly namespace: string; readonly authority: string; readonly user: User },
): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const credentials =
    'token' in user
      ? { token: user.token }
      : { 'client-certificate-data': base64(user.certificate), 'client-key-data': base64(user.key) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority-data': base64(authority) } }],
    users: [{ name: 'test', user: credentials }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace } }],
  };
  const file = path.join(folder, `${randomUUID()}.kubeconfig`);
  // JSON is YAML too.
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  return file;
}

function runKubectl(
  { kubectl, folder }: ControlPlaneAddress,
  args: readonly string[],
  { input, kubeconfig }: { readonly input: string; readonly kubeconfig: string },
): Promise<Printed> {
  const home = mkdtempSync(path.join(folder, 'kubectl-'));
  return new Promise((resolve, reject) => {
    const child = execFile(
      kubectl,
      ['--kubeconfig', kubeconfig, '--cache-dir', home, ...args],
      { timeout: 60_000, env: { HOME: home, TZ: 'UTC' }, maxBuffer: 16 * 2 ** 20 },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else reject(error);
      },
    );
    child.stdin?.end(input);
  });
}
