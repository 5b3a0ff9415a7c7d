import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { findPrometheus } from '../../scripts/kube-binaries/find-prometheus.ts';
import { eventually } from '../cluster/open-cluster.ts';
import { network } from './network.ts';
import type { RealNode } from './real-node.ts';

export interface Prometheus {
  /** Says which addresses it scrapes from now on. */
  scrape(addresses: readonly string[]): void;
  /** The series that a query returns now. */
  query(query: string): Promise<readonly unknown[]>;
  /** What it scrapes and how that went. */
  targets(): Promise<unknown>;
}

const url = `http://${network.node}:9090`;

// Debian builds it without the discovery of Kubernetes, so it reads its targets from a file.
const scrape = (targets: string) => ({
  global: { scrape_interval: '2s' },
  scrape_configs: [{ job_name: 'wikigpt', file_sd_configs: [{ files: [targets], refresh_interval: '1s' }] }],
});

/** Starts it on the node. */
export async function startPrometheus(node: RealNode): Promise<Prometheus> {
  const found = await findPrometheus({ environment: process.env, print: (line) => console.log(line) });
  if ('missing' in found) throw new Error(found.missing);
  const config = path.join(node.folder, 'prometheus.yaml');
  const targets = path.join(node.folder, 'targets.json');
  writeFileSync(targets, '[]');
  // JSON is YAML too.
  writeFileSync(config, JSON.stringify(scrape(targets)));
  node.start('prometheus', found.program('prometheus'), [
    `--config.file=${config}`,
    `--storage.tsdb.path=${path.join(node.folder, 'prometheus')}`,
    `--web.listen-address=${network.node}:9090`,
  ]);
  const ask = async (where: string) => (await (await fetch(`${url}${where}`)).json()) as { data: unknown };
  await eventually(
    () =>
      fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    () => node.lastLines('prometheus', 8),
    30_000,
  );
  return {
    scrape: (addresses) => writeFileSync(targets, JSON.stringify([{ targets: addresses }])),
    query: async (query) => {
      const { data } = await ask(`/api/v1/query?query=${encodeURIComponent(query)}`);
      return (data as { result?: readonly unknown[] } | undefined)?.result ?? [];
    },
    targets: async () => (await ask('/api/v1/targets?state=active')).data,
  };
}
