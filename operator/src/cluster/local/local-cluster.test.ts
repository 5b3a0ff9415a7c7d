import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silent } from '../../log.ts';
import { conformance } from '../conformance.ts';
import { openLocalCluster, type LocalCluster, type LocalNode } from './local-cluster.ts';

const fixture = fileURLToPath(new URL('../../../fixtures/container.ts', import.meta.url));

describe('the port, without a cluster', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'wikigpt-local-'));
  let cluster: LocalCluster;
  let node: LocalNode;

  beforeAll(async () => {
    cluster = openLocalCluster({ root, now: () => new Date(), log: silent, runsPods: true });
    node = cluster.node({
      program: [process.execPath, fixture],
      env: () => ({ PATH: process.env['PATH'] ?? '' }),
      servicePort: 0,
      firstRestartMs: 20,
    });
    await node.start();
  });

  afterAll(async () => {
    await node.drain();
    await node.stop();
    rmSync(root, { recursive: true });
  });

  const cases = [...conformance.objects, ...conformance.pods].map((each, index) => ({ ...each, index }));
  test.concurrent.for(cases)('$name', async ({ run, index }) => {
    await expect(run({ cluster, namespace: `case-${index}`, image: 'fixture' })).resolves.toBeUndefined();
  });
});
