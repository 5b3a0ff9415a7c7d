import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { findPrometheus } from '../../scripts/kube-binaries/find-prometheus.ts';
import { mustCall } from '../cluster/control-plane/api-request.ts';
import { eventually } from '../cluster/open-cluster.ts';
import { network } from './network.ts';
import type { RealNode } from './real-node.ts';
import { operatorLabel, podsLabel, release, systemNamespace } from './release.ts';

export const prometheusUrl = `http://${network.node}:9090`;

const groups = { operator: operatorLabel, pods: podsLabel } as const;
type Group = keyof typeof groups;

interface FoundPods {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly status: { readonly podIP?: string; readonly phase?: string };
  }[];
}

/** Starts it on the node; it scrapes what the chart's ServiceMonitor and PodMonitor describe. */
export async function startPrometheus(node: RealNode, folder: string): Promise<{ readonly stop: () => void }> {
  const found = await findPrometheus({ environment: process.env, print: (line) => console.log(line) });
  if ('missing' in found) throw new Error(found.missing);
  const { admin } = node.controlPlane;
  const secret = await mustCall<{ data: Readonly<Record<string, string>> }>(
    admin,
    `/api/v1/namespaces/${systemNamespace}/secrets/${release}-tls`,
  );
  const file = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const authority = file('operator-ca.crt', Buffer.from(secret.data['ca.crt'] ?? '', 'base64').toString());
  // JSON is YAML too.
  const config = file('prometheus.yaml', JSON.stringify(scraping(folder, authority)));
  for (const group of Object.keys(groups)) file(`${group}.json`, '[]');
  node.start('prometheus', found.program('prometheus'), [
    `--config.file=${config}`,
    `--storage.tsdb.path=${path.join(folder, 'prometheus')}`,
    `--web.listen-address=${new URL(prometheusUrl).host}`,
  ]);
  await eventually(
    () =>
      fetch(`${prometheusUrl}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    () => node.lastLines('prometheus', 8),
    30_000,
  );
  const discover = async () => {
    for (const [group, selector] of Object.entries(groups)) {
      const query = new URLSearchParams({ labelSelector: selector });
      const { items } = await mustCall<FoundPods>(admin, `/api/v1/pods?${query.toString()}`);
      file(`${group}.json`, JSON.stringify(items.flatMap(targetOf)));
    }
  };
  const timer = setInterval(() => void discover().catch((error: unknown) => console.error('discovery:', error)), 1000);
  return { stop: () => clearInterval(timer) };
}

function targetOf({ metadata, status }: FoundPods['items'][number]) {
  if (status.podIP === undefined || status.phase !== 'Running') return [];
  const { name: pod, namespace } = metadata;
  return [{ targets: [`${status.podIP}:8080`], labels: { pod, namespace } }];
}

// Debian builds it without the discovery of Kubernetes, so it reads from files what is asked of the API server above.
const scraping = (folder: string, authority: string) => {
  const job = (name: Group, more: object = {}) => ({
    job_name: name,
    honor_labels: true,
    file_sd_configs: [{ files: [path.join(folder, `${name}.json`)], refresh_interval: '1s' }],
    ...more,
  });
  const host = `${release}.${systemNamespace}.svc`;
  return {
    global: { scrape_interval: '1s' },
    scrape_configs: [
      job('operator', { scheme: 'https', tls_config: { ca_file: authority, server_name: host } }),
      job('pods'),
    ],
  };
};
