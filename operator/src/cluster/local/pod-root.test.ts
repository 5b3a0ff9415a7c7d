import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Pod } from '../objects.ts';
import { foldersIn } from './folders.ts';
import { preparePod } from './pod-root.ts';

test('a Secret is asked for as variables of the shell', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pod-root-'));
  const mount = { name: 'store-0', mountPath: '/var/run/secrets/wikigpt-stores/minio' };
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'default', name: 'facts' },
    spec: {
      containers: [{ name: 'trainer', image: 'wikigpt/trainer', volumeMounts: [mount] }],
      volumes: [{ name: 'store-0', secret: { secretName: 'minio' } }],
    },
  };
  const parts = {
    folders: foldersIn(folder),
    configMap: () => undefined,
    claimExists: () => true,
    token: () => '',
    nodeEnv: {},
  };
  expect(() => preparePod(pod, parts)).toThrow(/Secret minio.*remove secretRef and set its variables in the shell/);
  rmSync(folder, { recursive: true });
});
