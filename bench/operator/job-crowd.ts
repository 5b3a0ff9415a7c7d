import { setTimeout as sleep } from 'node:timers/promises';
import { fineTuneJob } from '../../operator/src/cluster/conformance/case.ts';
import type { FineTuneJob } from '../../operator/src/cluster/kinds.ts';
import type { KubeCluster } from '../../operator/src/cluster/kube/kube-cluster.ts';
import { collectionPath } from '../../operator/src/cluster/kube/paths.ts';
import type { Watch } from '../../operator/src/cluster/port.ts';
import { conditionOf } from '../../operator/src/controllers/condition.ts';
import { jobLabels } from '../../operator/src/objects/names.ts';
import { endJob } from './pod-stand-in.ts';

const artifact = {
  uri: 'pvc://wikigpt-models/bench',
  digest: `sha256:${'7f3a'.padEnd(64, '0')}`,
  formats: ['Merged' as const],
  verified: true,
};

const stuckMs = 120_000;

/**
 * FineTuneJobs by the thousand in one namespace, with what happens to each seen as another user of the API sees it. In
 * place of each trainer, the one report that no job can be without is written once its pod runs: what was made.
 */
export class JobCrowd {
  readonly #cluster: KubeCluster;
  readonly #namespace: string;
  readonly #watches: readonly Watch[];
  readonly #sentAt = new Map<string, number>();
  readonly #childMs = new Map<string, number>();
  readonly #reported = new Set<string>();
  readonly #ended = new Map<string, string>();
  #lastChildAt = 0;
  readonly #waiting: (() => void)[] = [];

  /** With `playsCluster` it also does what the controllers and nodes of a cluster would, at once. */
  constructor(cluster: KubeCluster, namespace: string, playsCluster: boolean) {
    this.#cluster = cluster;
    this.#namespace = namespace;
    const scope = { namespace };
    this.#watches = [
      cluster.watch('Job', scope, ({ type, object }) => {
        const name = object.metadata.labels?.[jobLabels.FineTuneJob] ?? '';
        this.#child(name);
        if (type === 'Added' && playsCluster) void this.#report(name)?.then(() => endJob(cluster, object));
      }),
      cluster.watch('Pod', scope, ({ object: { metadata, status } }) => {
        if (status?.phase === 'Running') void this.#report(metadata.labels?.[jobLabels.FineTuneJob] ?? '');
      }),
      cluster.watch('FineTuneJob', scope, ({ type, object }) => {
        if (type !== 'Deleted') this.#look(object);
      }),
    ];
  }

  async synced(): Promise<void> {
    for (const { synced } of this.#watches) await synced;
  }

  /** Makes jobs, one every `everyMs`, or with 0 as many at once as the API server takes; resolves when all are made. */
  async create(names: readonly string[], everyMs: number): Promise<void> {
    if (everyMs === 0) {
      const left = names.values();
      const lane = async () => {
        for (const name of left) await this.#create(name);
      };
      await Promise.all(Array.from({ length: 16 }, lane));
      return;
    }
    const started = performance.now();
    const sent: Promise<void>[] = [];
    for (const [index, name] of names.entries()) {
      await sleep(Math.max(0, started + index * everyMs - performance.now()));
      sent.push(this.#create(name));
    }
    await Promise.all(sent);
  }

  /** Resolves with the milliseconds from sending each job to seeing its child Job. */
  async children(names: readonly string[]): Promise<number[]> {
    await this.#until(names, this.#childMs);
    return names.map((name) => this.#childMs.get(name) ?? Number.NaN);
  }

  /** When the last child was seen, on the clock of `performance`. */
  get lastChildAt(): number {
    return this.#lastChildAt;
  }

  /** Resolves when all have ended; throws when one has not ended well. */
  async complete(names: readonly string[]): Promise<void> {
    await this.#until(names, this.#ended);
    const bad = names.find((name) => this.#ended.get(name) !== 'Complete');
    if (bad !== undefined) throw new Error(`job ${bad} ended with ${this.#ended.get(bad)}`);
  }

  close(): void {
    for (const watch of this.#watches) watch.close();
  }

  async #create(name: string): Promise<void> {
    const body: FineTuneJob = fineTuneJob(this.#namespace, name);
    this.#sentAt.set(name, performance.now());
    await this.#cluster.rest.json({ method: 'POST', path: collectionPath('FineTuneJob', this.#namespace), body });
  }

  #child(name: string): void {
    const sent = this.#sentAt.get(name);
    if (sent === undefined || this.#childMs.has(name)) return;
    this.#lastChildAt = performance.now();
    this.#childMs.set(name, this.#lastChildAt - sent);
    this.#wake();
  }

  #report(name: string): Promise<unknown> | undefined {
    if (!this.#sentAt.has(name) || this.#reported.has(name)) return undefined;
    this.#reported.add(name);
    const key = { kind: 'FineTuneJob', namespace: this.#namespace, name } as const;
    return this.#cluster.patchStatus(key, { artifact }, 'wikigpt-progress');
  }

  #look(object: FineTuneJob): void {
    const state = conditionOf(object, 'Succeeded');
    if (state === undefined || state.status === 'Unknown') return;
    this.#ended.set(object.metadata.name, state.reason);
    this.#wake();
  }

  #wake(): void {
    for (const look of this.#waiting.splice(0)) look();
  }

  async #until(names: readonly string[], met: ReadonlyMap<string, unknown>): Promise<void> {
    const missing = new Set(names);
    for (;;) {
      for (const name of missing) if (met.has(name)) missing.delete(name);
      if (missing.size === 0) return;
      const news = new Promise<boolean>((resolve) => this.#waiting.push(() => resolve(true)));
      const stuck = new AbortController();
      const late = sleep(stuckMs, false, { signal: stuck.signal }).catch(() => true);
      if (!(await Promise.race([news, late])))
        throw new Error(
          `nothing happened for ${stuckMs} ms; ${missing.size} of ${names.length} jobs are still waited for`,
        );
      stuck.abort();
    }
  }
}

/** Names for so many jobs. */
export function jobNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}
