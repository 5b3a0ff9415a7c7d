import { createHash } from 'node:crypto';
import { Allowances } from '../../allowances.ts';
import type { Event } from '../objects.ts';
import type { EventDraft } from '../port.ts';
import { isStatus } from './api-error.ts';
import type { Fence } from './fence.ts';
import { objectPath, collectionPath } from './paths.ts';
import type { RestClient } from './rest-client.ts';

export interface EventRecorderOptions {
  readonly rest: RestClient;
  readonly component: string;
  readonly now: () => Date;
  readonly fence?: Fence;
}

/** Events that are remembered: the newest ones, so that a repeated one needs no look at the server first. */
const remembered = 2_000;
/** An object may have this many events at once, and then one more in each interval. */
const perObject = { burst: 25, refillMs: 60_000 };

/** Writes events whose repetitions raise a count, and not more of them about one object than anybody would read. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #counts = new Map<string, { readonly count: number; readonly turn: Promise<void> }>();
  readonly #allowances: Allowances;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#allowances = new Allowances({ ...perObject, remembered, now: options.now });
  }

  /** Resolves when the event is written, or was left out because its object has had too many. */
  record(draft: EventDraft): Promise<void> {
    const { regarding } = draft;
    if (this.#allowances.take(`${regarding.kind}/${regarding.namespace}/${regarding.name}`) > 0)
      return Promise.resolve();
    const name = eventName(draft);
    const key = `${regarding.namespace}/${name}`;
    const before = this.#counts.get(key);
    const count = (before?.count ?? 0) + 1;
    const turn = (before?.turn ?? Promise.resolve()).then(() => this.#write(draft, name, key, count));
    const settled = turn.catch(() => void this.#counts.delete(key));
    this.#remember(key, count, settled);
    return turn;
  }

  async #write(draft: EventDraft, name: string, key: string, count: number): Promise<void> {
    if (count > 1 && (await this.#raise(draft, name, count))) return;
    try {
      await this.#create(draft, name);
    } catch (error) {
      // An earlier process wrote it: its count goes on.
      if (!isStatus(error, 409)) throw error;
      const { rest } = this.#options;
      const path = objectPath('Event', draft.regarding.namespace, name);
      const event = await rest.json<Event>({ method: 'GET', path });
      await this.#raise(draft, name, event.count + 1);
      this.#remember(key, event.count + 1, Promise.resolve());
    }
  }

  /** False when the event is no longer there: they are kept for an hour. */
  async #raise({ regarding }: EventDraft, name: string, count: number): Promise<boolean> {
    const { rest, now, fence } = this.#options;
    try {
      await rest.json({
        method: 'PATCH',
        path: objectPath('Event', regarding.namespace, name),
        contentType: 'application/merge-patch+json',
        body: { count, lastTimestamp: seconds(now()) },
        ...(fence ? { fence } : {}),
      });
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }

  async #create({ regarding, type, reason, message }: EventDraft, name: string): Promise<void> {
    const { rest, now, component, fence } = this.#options;
    const { namespace } = regarding;
    const time = seconds(now());
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace, name },
      involvedObject: regarding,
      type,
      reason,
      message: message.length <= 1024 ? message : `${message.slice(0, 1023)}…`,
      count: 1,
      firstTimestamp: time,
      lastTimestamp: time,
      source: { component },
    };
    await rest.json({
      method: 'POST',
      path: collectionPath('Event', namespace),
      body: event,
      ...(fence ? { fence } : {}),
    });
  }

  #remember(key: string, count: number, turn: Promise<void>): void {
    this.#counts.delete(key);
    this.#counts.set(key, { count, turn });
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= remembered) break;
      this.#counts.delete(oldest);
    }
  }
}

/** The same event has the same name, so that two processes cannot write it twice. */
function eventName({ regarding, type, reason, message }: EventDraft): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([regarding.kind, regarding.uid, type, reason, message]))
    .digest('hex');
  return `${regarding.name}.${digest.slice(0, 16)}`;
}

/** Times of these events are whole seconds. */
function seconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
