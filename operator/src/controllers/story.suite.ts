import type { AnyObject, ApiKind, Kind, KindMap } from '../cluster/kinds.ts';
import { covers } from '../covers.ts';
import { decisionsRead } from '../service/decisions-read.ts';
import { inScope } from '../cluster/local/object-store.ts';
import type { Condition } from '@wikigpt/schema/metadata.ts';
import { conditionOf } from './condition.ts';
import type { Controller, Queries, Seen } from './controller.ts';

interface HasConditions {
  readonly conditions?: readonly Condition[] | undefined;
}

/** Tells, as text, what a controller decides while the world around an object changes: time, pods, other objects. */
export class Story<K extends ApiKind, Q extends Queries> {
  readonly #controller: Controller<K, Q>;
  readonly #name: string;
  readonly #objects = new Map<string, AnyObject>();
  readonly #lines: string[] = [];
  readonly #start = Date.parse('2026-01-01T00:00:00Z');
  #seconds = 0;
  #uids = 0;
  #wakesAt = 0;

  constructor(title: string, controller: Controller<K, Q>, object: KindMap[K]) {
    this.#controller = controller;
    this.#name = object.metadata.name;
    this.#lines.push(`# ${title}`);
    this.put(object);
  }

  get now(): Date {
    return new Date(this.#start + this.#seconds * 1000);
  }

  get text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  get<T extends Kind>(kind: T, name: string): KindMap[T] | undefined {
    return this.#objects.get(`${kind}/${name}`) as KindMap[T] | undefined;
  }

  /** Adds or replaces an object, as the API server would stamp it. */
  put<T extends AnyObject>(object: T): T {
    const key = `${object.kind}/${object.metadata.name}`;
    const { uid, creationTimestamp, generation } = this.#objects.get(key)?.metadata ?? {};
    const stamped = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: uid ?? `uid-${++this.#uids}`,
        creationTimestamp: creationTimestamp ?? this.now.toISOString(),
        generation: (generation ?? 0) + 1,
      },
    };
    this.#objects.set(key, stamped);
    return stamped;
  }

  setStatus(kind: Kind, name: string, status: object): void {
    const object: (AnyObject & { status?: object }) | undefined = this.get(kind, name);
    if (object)
      this.#objects.set(`${kind}/${name}`, { ...object, status: { ...object.status, ...status } } as AnyObject);
  }

  drop(kind: Kind, name: string): void {
    this.#objects.delete(`${kind}/${name}`);
  }

  /** Time passes, something happens, and the controller decides until it has nothing more to do. */
  after(seconds: number, what: string, change: () => void = () => undefined): this {
    this.#seconds += seconds;
    const clock = [Math.floor(this.#seconds / 60), this.#seconds % 60].map((part) => String(part).padStart(2, '0'));
    this.#lines.push('', `${clock.join(':')}  ${what}`);
    change();
    for (let pass = 0; this.#decide(); pass++) if (pass > 10) throw new Error('the controller never comes to rest');
    return this;
  }

  #decide(): boolean {
    const controller = this.#controller;
    const object = this.get(controller.kind, this.#name);
    if (!object) return false;
    const plan = controller.plan(object, this.#see(object), this.now);
    let acted = false;
    for (const { key } of plan.remove) {
      this.#tell(`remove ${key.kind} ${key.name}`);
      this.drop(key.kind, key.name);
      acted = true;
    }
    for (const wanted of plan.apply) {
      if (covers(this.get(wanted.kind, wanted.metadata.name), wanted)) continue;
      this.#tell(
        `${this.get(wanted.kind, wanted.metadata.name) ? 'change' : 'make  '} ${wanted.kind} ${wanted.metadata.name}${detail(wanted)}`,
      );
      const { status } = (this.get(wanted.kind, wanted.metadata.name) ?? {}) as { status?: object };
      this.put({ ...wanted, ...(status ? { status } : {}) } as AnyObject);
      acted = true;
    }
    for (const { type, reason, message } of plan.events) this.#tell(`event  ${type} ${reason}: ${message}`);
    if (plan.wakeAt && plan.wakeAt.getTime() !== this.#wakesAt) {
      this.#wakesAt = plan.wakeAt.getTime();
      this.#tell(`wakes in ${Math.round((this.#wakesAt - this.now.getTime()) / 1000)} s`);
    }
    const after = this.get(controller.kind, this.#name);
    return after ? this.#report(after) || acted : false;
  }

  #report(object: KindMap[K]): boolean {
    const status: HasConditions = this.#controller.status(object, this.#see(object), this.now);
    if (covers(object.status ?? {}, status)) return false;
    for (const condition of status.conditions ?? []) {
      const before = conditionOf(object, condition.type);
      if (before && before.reason === condition.reason && before.message === condition.message) continue;
      this.#tell(
        `${condition.type}=${condition.status} ${condition.reason}${condition.message ? `: ${condition.message}` : ''}`,
      );
    }
    const others = object.status?.conditions?.filter(({ type }) => !conditionOf({ status }, type)) ?? [];
    this.setStatus(object.kind, this.#name, { ...status, conditions: [...(status.conditions ?? []), ...others] });
    return true;
  }

  #see(object: KindMap[K]): Seen<Q> {
    const answer = (query: Queries[string]): unknown => {
      if (query === undefined) return undefined;
      if (Array.isArray(query)) return query.map(answer).filter((found) => found !== undefined);
      const single = query as { kind: Kind; name?: string; label?: [string, string] };
      if (single.name !== undefined) return asRead(this.get(single.kind, single.name));
      const [label = '', value = ''] = single.label ?? [];
      return [...this.#objects.values()]
        .filter((each) => each.kind === single.kind && inScope(each, { labels: { [label]: value } }))
        .map(asRead);
    };
    const queries = this.#controller.observe(object);
    return Object.fromEntries(Object.entries(queries).map(([name, query]) => [name, answer(query)])) as Seen<Q>;
  }

  #tell(line: string): void {
    this.#lines.push(`       ${line}`);
  }
}

/** An object as the operator reads it on an API server: no decision may ask for more. */
function asRead<T extends AnyObject | undefined>(object: T): T {
  if (object === undefined) return object;
  const { apiVersion, kind, metadata } = object;
  const read = decisionsRead.metadataOnly.has(kind) ? { apiVersion, kind, metadata } : object;
  return decisionsRead.trim(read as AnyObject) as T;
}

/** The one field of a child that a story turns on. */
function detail(object: AnyObject): string {
  if (object.kind === 'Job') {
    const { suspend, activeDeadlineSeconds: deadline } = object.spec;
    const says = [suspend ? 'suspended' : '', deadline === undefined ? '' : `deadline ${deadline} s`].filter(Boolean);
    return says.length === 0 ? '' : ` (${says.join(', ')})`;
  }
  if (object.kind === 'Deployment') return ` (${object.spec.replicas} pods)`;
  if (object.kind === 'Service') return ` -> ${object.spec.selector['wikigpt.dev/revision']}`;
  return '';
}
