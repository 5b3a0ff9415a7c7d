import { kinds, type AnyObject, type Kind } from '../kinds.ts';
import type { Labels } from '../objects.ts';
import type { Scope } from '../port.ts';

/** The path of a kind's collection: in one namespace, or in all. */
export function collectionPath(kind: Kind, namespace?: string): string {
  const { apiVersion, plural } = kinds[kind];
  const inNamespace = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${groupPath(apiVersion)}${inNamespace}/${plural}`;
}

/** The path of one object or of a part of it, such as its status. */
export function objectPath(kind: Kind, namespace: string, name: string, part?: string): string {
  const path = `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
  return part === undefined ? path : `${path}/${part}`;
}

/** The path of an API group: the core group has a prefix of its own. */
export function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** A label selector as the API server reads it; undefined when there is nothing to select by. */
export function labelSelector(labels: Labels = {}): string | undefined {
  const terms = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return terms.length === 0 ? undefined : terms.sort().join(',');
}

/** A scope as text, equal for equal scopes. */
export function scopeText(kind: Kind, { namespace, labels }: Scope): string {
  return [kind, namespace ?? '', labelSelector(labels) ?? ''].join('|');
}

/** Whether everything within `inner` is also within `outer`. */
export function scopeCovers(outer: Scope, inner: Scope): boolean {
  if (outer.namespace !== undefined && outer.namespace !== inner.namespace) return false;
  return Object.entries(outer.labels ?? {}).every(([name, value]) => inner.labels?.[name] === value);
}

/** Whether an object is within a scope. */
export function isInScope({ metadata }: AnyObject, { namespace, labels }: Scope): boolean {
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  return Object.entries(labels ?? {}).every(([name, value]) => metadata.labels?.[name] === value);
}
