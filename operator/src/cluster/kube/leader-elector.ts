import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../log.ts';
import { isStatus } from './api-error.ts';
import type { Fence } from './fence.ts';
import { heldBy, mayTake, released, type Lease, type LeaseSpec } from './lease.ts';
import { groupPath } from './paths.ts';
import type { RestClient } from './rest-client.ts';
import { backoffMs } from './retry.ts';

export interface LeaderElectorOptions {
  readonly rest: RestClient;
  readonly namespace: string;
  readonly name: string;
  /** Unique for each process, also on the same machine. */
  readonly identity: string;
  readonly now: () => Date;
  readonly random: () => number;
  readonly log: Logger;
  /** Called with true when this process begins to lead, with false when it has ceased to. */
  readonly onChange: (leading: boolean) => void;
  /** A lease that stands still for so long passes to another. */
  readonly leaseSeconds?: number;
  /** A leader that could not renew for so long stops writing; well before the lease passes on. */
  readonly renewDeadlineMs?: number;
  readonly retryMs?: number;
}

/** One of several processes leads: it holds a Lease, and its fence closes before another can have it. */
export class LeaderElector {
  readonly #options: Required<LeaderElectorOptions>;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #seen: { readonly lease: Lease; readonly at: number } | undefined;
  #leading = false;
  #mayWriteUntil = 0;
  #lapse: NodeJS.Timeout | undefined;
  #contactAt = Number.NEGATIVE_INFINITY;
  /** Whether this process has been seen to have the right to write the lease. */
  #mayHold = false;

  /** Open while this process may write as the leader. */
  readonly fence: Fence = { remainingMs: () => (this.#leading ? this.#mayWriteUntil - performance.now() : 0) };

  constructor(options: LeaderElectorOptions) {
    this.#options = { leaseSeconds: 15, renewDeadlineMs: 10_000, retryMs: 2_000, ...options };
    this.#ended = this.#run();
  }

  get leading(): boolean {
    return this.fence.remainingMs() > 0;
  }

  /**
   * Milliseconds since the lease was last read or written; infinite for a process that may not write it, since it could
   * never lead.
   */
  get silentMs(): number {
    return this.#mayHold ? performance.now() - this.#contactAt : Number.POSITIVE_INFINITY;
  }

  /** Ceases to lead and lets the next one begin at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    const held = this.leading ? this.#seen?.lease : undefined;
    this.#cease();
    if (held) await this.#write(held, released(held.spec, this.#options.now())).catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { retryMs, random, log } = this.#options;
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.#round();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.#seen = this.#leading ? undefined : this.#seen;
        log[failures === 1 ? 'warn' : 'debug']('lease not reached', { failures, error });
      }
      const wait = this.#leading ? retryMs : backoffMs(1, retryMs * 1.2, retryMs * 1.2, random);
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    if (this.#leading && this.#seen && (await this.#take(this.#seen.lease))) return;
    const lease = await this.#read();
    if (!lease) {
      await this.#take({ ...this.#blank(), spec: {} });
      return;
    }
    const same = this.#seen?.lease.metadata.resourceVersion === lease.metadata.resourceVersion;
    const at = same && this.#seen ? this.#seen.at : performance.now();
    this.#seen = { lease, at };
    if (mayTake(lease.spec, this.#options.identity, performance.now() - at)) await this.#take(lease);
    else {
      if (this.#leading) this.#cease();
      if (!this.#mayHold) await this.#rehearse(lease);
    }
  }

  /** Writes the lease as it is without an effect: whether that is allowed would else be found out only when it matters. */
  async #rehearse(lease: Lease): Promise<void> {
    try {
      await this.#call('PUT', `${this.#options.name}?dryRun=All`, lease);
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
    }
    this.#mayHold = true;
  }

  /** Writes the lease as its holder; false when somebody else wrote first. */
  async #take(lease: Lease): Promise<boolean> {
    const { identity, leaseSeconds, renewDeadlineMs, now } = this.#options;
    const startedAt = performance.now();
    const spec = heldBy(identity, leaseSeconds, lease.spec, now());
    try {
      const written = await this.#write(lease, spec);
      this.#seen = { lease: written, at: performance.now() };
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
      this.#contactAt = performance.now();
      return false;
    }
    this.#lead(startedAt + renewDeadlineMs);
    return true;
  }

  async #read(): Promise<Lease | undefined> {
    try {
      const lease = await this.#call<Lease>('GET', this.#options.name);
      this.#contactAt = performance.now();
      return lease;
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
      return undefined;
    }
  }

  async #write(lease: Lease, spec: LeaseSpec): Promise<Lease> {
    const { resourceVersion } = lease.metadata;
    const blank = this.#blank();
    const metadata = resourceVersion === undefined ? blank.metadata : { ...blank.metadata, resourceVersion };
    const body = { ...blank, metadata, spec };
    const written =
      resourceVersion === undefined
        ? await this.#call<Lease>('POST', '', body)
        : await this.#call<Lease>('PUT', this.#options.name, body);
    this.#contactAt = performance.now();
    this.#mayHold = true;
    return written;
  }

  #call<T>(method: 'GET' | 'POST' | 'PUT', name: string, body?: object): Promise<T> {
    const { rest, namespace, renewDeadlineMs } = this.#options;
    const path = `${groupPath('coordination.k8s.io/v1')}/namespaces/${namespace}/leases${name === '' ? '' : `/${name}`}`;
    const { signal } = this.#stopping;
    return rest.json<T>({
      method,
      path,
      ...(body ? { body } : {}),
      ...(signal.aborted ? {} : { signal }),
      deadlineMs: renewDeadlineMs / 2,
    });
  }

  #blank() {
    const { namespace, name } = this.#options;
    return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name } } as const;
  }

  #lead(until: number): void {
    // So slow an answer is no basis to begin on.
    if (until <= performance.now()) return;
    this.#mayWriteUntil = until;
    clearTimeout(this.#lapse);
    this.#lapse = setTimeout(() => this.#cease(), Math.max(until - performance.now(), 0));
    if (this.#leading) return;
    this.#leading = true;
    this.#options.log.info('leads', { identity: this.#options.identity });
    this.#options.onChange(true);
  }

  #cease(): void {
    clearTimeout(this.#lapse);
    if (!this.#leading) return;
    this.#leading = false;
    this.#options.log.info('leads no more', { identity: this.#options.identity });
    this.#options.onChange(false);
  }
}
