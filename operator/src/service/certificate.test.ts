import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthority, issueCertificate } from '../../../test/cluster/control-plane/certificates.ts';
import { openLocalCluster } from '../cluster/local/local-cluster.ts';
import { settings } from '../controllers/manifests.suite.ts';
import { silent } from '../log.ts';
import { createOperator } from '../main.ts';
import { followCertificate, readCertificate } from './certificate.ts';

let folder: string;
const now = new Date();
const authority = createAuthority('test', now);

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-tls-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function issue(commonName: string): void {
  const { certificate, key } = issueCertificate(authority, { commonName, names: ['127.0.0.1'] }, now);
  const files = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority.certificate };
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
}

/** Whom a new connection speaks to, and what it answers. */
function ask(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(`${url}/healthz`, { ca: authority.certificate, agent: false }, (response) => {
      const { subject } = (response.socket as TLSSocket).getPeerCertificate();
      response.resume().on('end', () => resolve(`${String(subject.CN)} ${response.statusCode}`));
    }).on('error', reject);
  });
}

test('a folder without the three files is refused', async () => {
  await expect(readCertificate(folder)).rejects.toThrow('it must be a folder with tls.crt, tls.key and ca.crt');
});

test('the endpoint speaks HTTPS and takes a renewed certificate without a restart', async () => {
  issue('first');
  const certificate = await readCertificate(folder);
  const operator = await createOperator({
    cluster: openLocalCluster({ root: path.join(folder, 'state'), now: () => now, log: silent, runsPods: false }),
    settings,
    now: () => now,
    log: silent,
    progressIntervalMs: 0,
    listen: { host: '127.0.0.1', port: 0 },
    certificate,
  });
  const unfollow = followCertificate(folder, certificate, operator.renewCertificate, silent, 10);
  expect(operator.url).toMatch(/^https:/);
  expect(await ask(operator.url)).toBe('first 200');
  issue('second');
  for (let tries = 0; tries < 100 && (await ask(operator.url)) !== 'second 200'; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await ask(operator.url)).toBe('second 200');
  unfollow();
  await operator.stop();
});
