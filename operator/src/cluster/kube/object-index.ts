import type { AnyObject } from '../kinds.ts';
import type { Scope } from '../port.ts';
import { isInScope } from './paths.ts';

/** Objects of one kind by namespace and name, and by each label that somebody has asked for. */
export class ObjectIndex<T extends AnyObject> {
  readonly #namespaces = new Map<string, Map<string, T>>();
  /** Label name → value → objects; built when a label is first asked for. */
  readonly #labels = new Map<string, Map<string, Set<T>>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  set(object: T): void {
    const { namespace, name } = object.metadata;
    this.delete(namespace, name);
    const inNamespace = this.#namespaces.get(namespace) ?? new Map<string, T>();
    this.#namespaces.set(namespace, inNamespace.set(name, object));
    this.#size += 1;
    for (const [label, values] of this.#labels) addLabelled(values, object, label);
  }

  delete(namespace: string, name: string): T | undefined {
    const inNamespace = this.#namespaces.get(namespace);
    const object = inNamespace?.get(name);
    if (!inNamespace || !object) return undefined;
    inNamespace.delete(name);
    if (inNamespace.size === 0) this.#namespaces.delete(namespace);
    this.#size -= 1;
    for (const [label, values] of this.#labels) {
      const value = object.metadata.labels?.[label];
      const labelled = value === undefined ? undefined : values.get(value);
      labelled?.delete(object);
      if (labelled?.size === 0 && value !== undefined) values.delete(value);
    }
    return object;
  }

  list(scope: Scope = {}): T[] {
    return [...this.#candidates(scope)].filter((object) => isInScope(object, scope));
  }

  /** The fewest objects that are cheap to find and hold every match. */
  #candidates({ namespace, labels = {} }: Scope): Iterable<T> {
    const labelled = Object.entries(labels).map(([label, value]) => this.#byLabel(label).get(value) ?? new Set<T>());
    const [fewest] = labelled.sort((a, b) => a.size - b.size);
    if (fewest) return fewest;
    if (namespace !== undefined) return this.#namespaces.get(namespace)?.values() ?? [];
    return this.#all();
  }

  #byLabel(label: string): Map<string, Set<T>> {
    const built = this.#labels.get(label);
    if (built) return built;
    const values = new Map<string, Set<T>>();
    for (const object of this.#all()) addLabelled(values, object, label);
    this.#labels.set(label, values);
    return values;
  }

  *#all(): Generator<T> {
    for (const inNamespace of this.#namespaces.values()) yield* inNamespace.values();
  }
}

function addLabelled<T extends AnyObject>(values: Map<string, Set<T>>, object: T, label: string): void {
  const value = object.metadata.labels?.[label];
  if (value === undefined) return;
  const labelled = values.get(value) ?? new Set<T>();
  values.set(value, labelled.add(object));
}
