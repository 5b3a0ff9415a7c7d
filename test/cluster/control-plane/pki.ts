import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createAuthority, issueCertificate, type Authority, type Identity } from './certificates.ts';

export interface Pki {
  readonly authority: Authority;
  readonly admin: Identity;
  readonly controllerManager: Identity;
  readonly scheduler: Identity;
}

const masters = 'system:masters';
const serverNames = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  '127.0.0.1',
  '10.96.0.1',
];

/**
 * Makes every key of a control plane whose API server listens at `address`; what its programs read from files is written
 * to `<folder>/pki`.
 */
export function writePki(folder: string, address: string, now: Date): Pki {
  const authority = createAuthority('wikigpt-test', now);
  const server = issueCertificate(authority, { commonName: 'kube-apiserver', names: [...serverNames, address] }, now);
  const kubeletClient = issueCertificate(authority, { commonName: 'kube-apiserver', organizations: [masters] }, now);
  const accounts = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const files = {
    'ca.crt': authority.certificate,
    'ca.key': authority.key,
    'apiserver.crt': server.certificate,
    'apiserver.key': server.key,
    'kubelet-client.crt': kubeletClient.certificate,
    'kubelet-client.key': kubeletClient.key,
    'service-account.pub': accounts.publicKey.export({ type: 'spki', format: 'pem' }),
    'service-account.key': accounts.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
  mkdirSync(path.join(folder, 'pki'), { recursive: true });
  for (const [name, content] of Object.entries(files))
    writeFileSync(path.join(folder, 'pki', name), content, { mode: 0o600 });
  const client = (commonName: string, organizations: readonly string[] = []) =>
    issueCertificate(authority, { commonName, organizations }, now);
  return {
    authority,
    admin: client('admin', [masters]),
    controllerManager: client('system:kube-controller-manager'),
    scheduler: client('system:kube-scheduler'),
  };
}
