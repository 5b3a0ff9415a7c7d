import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { imageTag, previousTag } from './images.ts';
import { run } from './run.ts';

export const release = 'wikigpt-operator';
export const systemNamespace = 'wikigpt-system';
/** What our own pods are known by, as the chart and the operator label them. */
export const operatorLabel = 'app.kubernetes.io/name=wikigpt-operator';
export const podsLabel = 'app.kubernetes.io/managed-by=wikigpt-operator,wikigpt.dev/role';

const chart = path.join(import.meta.dirname, '../../helm/wikigpt-operator');
export const formerName = 'formerly';

/** Helm, for the one cluster of a kubeconfig. */
export interface Helm {
  readonly program: string;
  readonly kubeconfig: string;
  /** For charts and whatever Helm keeps of its own. */
  readonly folder: string;
}

const values = (tag: string) => ({
  image: { registry: 'localhost', tag, pullPolicy: 'Never' },
  trainer: { tag },
  storage: { size: '1Gi', workSize: '1Gi' },
  // So that what a new operator does is seen soon.
  progressSeconds: 1,
  drainSeconds: 2,
  metrics: { dashboards: { enabled: true } },
});

async function helm({ program, kubeconfig, folder }: Helm, args: readonly string[], input = ''): Promise<string> {
  return run(program, [...args, '--namespace', systemNamespace, '--kubeconfig', kubeconfig], {
    input,
    timeoutMs: 300_000,
    environment: { HOME: folder },
  });
}

/** Installs the chart as a release before this one would have been: other definitions, an older number, other images. */
export async function installPrevious(to: Helm): Promise<void> {
  const previous = path.join(to.folder, 'previous-chart');
  cpSync(chart, previous, { recursive: true });
  replaceIn(path.join(previous, 'Chart.yaml'), /^version: .*$/m, 'version: 0.0.9');
  replaceIn(path.join(previous, 'files/crds/finetunejobs.yaml'), '- ftj', `- ftj\n      - ${formerName}`);
  const args = ['install', release, previous, '--wait', '--timeout', '2m', '--values', '-'];
  await helm(to, args, JSON.stringify(values(previousTag)));
}

/** Upgrades to the chart of this tree and waits until its operator is ready. */
export async function upgrade(to: Helm): Promise<void> {
  const args = ['upgrade', release, chart, '--wait', '--timeout', '2m', '--values', '-'];
  await helm(to, args, JSON.stringify(values(imageTag)));
}

/** Runs the tests of the release. */
export function helmTest(to: Helm): Promise<string> {
  return helm(to, ['test', release]);
}

function replaceIn(file: string, before: string | RegExp, after: string): void {
  const text = readFileSync(file, 'utf8');
  const replaced = text.replace(before, after);
  if (replaced === text) throw new Error(`${file}: expected to find ${String(before)}`);
  writeFileSync(file, replaced);
}
