import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { unbuilt } from '@wikigpt/schema/built.ts';
import { validateManifest } from '@wikigpt/schema/validate.ts';
import { parseAllDocuments } from 'yaml';
import { apiKinds, keyOf, keyText, type ApiKind, type ApiObject } from '../cluster/kinds.ts';
import type { ConfigMap } from '../cluster/objects.ts';
import { OperatorError } from '../errors.ts';
import { shortTitle } from './kind-names.ts';

/** What a user may write in a manifest. */
export type Manifest = ApiObject | ConfigMap;

interface Document {
  /** File and line, for sentences about it. */
  readonly place: string;
  readonly value: unknown;
}

type Existing = (kind: ApiKind, namespace: string, name: string) => ApiObject | undefined;

/**
 * Reads every manifest of the files and folders, checked against the objects that exist, with defaults filled in.
 * Throws ManifestInvalid with one sentence for each problem, so that nothing is applied when anything is wrong.
 */
export function readManifests(places: readonly string[], namespace: string, existing: Existing): Manifest[] {
  const problems: string[] = [];
  const manifests: Manifest[] = [];
  const seen = new Map<string, string>();
  for (const { place, value } of places.flatMap(filesAt).flatMap((file) => documentsIn(file, problems))) {
    const found = readDocument(value, namespace, existing);
    if ('problems' in found) problems.push(...found.problems.map((problem) => `${place}: ${problem}`));
    else {
      const key = keyText(keyOf(found.manifest));
      const before = seen.get(key);
      if (before !== undefined) problems.push(`${place}: ${key} is also in ${before}; keep one of them`);
      seen.set(key, place);
      manifests.push(found.manifest);
    }
  }
  if (problems.length > 0)
    throw new OperatorError(
      'ManifestInvalid',
      `Nothing was changed, because:\n${problems.map((each) => `  ${each}`).join('\n')}`,
    );
  if (manifests.length === 0) throw new OperatorError('ManifestInvalid', `${places.join(', ')}: no manifest in there.`);
  return manifests;
}

function filesAt(place: string): string[] {
  const stat = statSync(place, { throwIfNoEntry: false });
  if (!stat)
    throw new OperatorError('Usage', `${place} does not exist. Name a manifest file or a folder of them with -f.`);
  if (!stat.isDirectory()) return [place];
  const files = readdirSync(place)
    .filter((name) => /\.(ya?ml|json)$/.test(name) && name !== 'package.json')
    .sort()
    .map((name) => path.join(place, name));
  if (files.length === 0)
    throw new OperatorError('Usage', `${place} holds no .yaml file. Name a manifest file or a folder of them with -f.`);
  return files;
}

function documentsIn(file: string, problems: string[]): Document[] {
  const text = readFileSync(file, 'utf8');
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    const line = text.slice(0, document.range[0]).split('\n').length;
    const place = documents.length > 1 ? `${file}:${line}` : file;
    if (error) {
      const at = error.linePos ? `${file}:${error.linePos[0].line}:${error.linePos[0].col}` : file;
      problems.push(`${at}: not YAML: ${error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')}`);
      return [];
    }
    const value: unknown = document.toJS();
    return value === null || value === undefined ? [] : [{ place, value }];
  });
}

function readDocument(
  value: unknown,
  namespace: string,
  existing: Existing,
): { readonly manifest: Manifest } | { readonly problems: readonly string[] } {
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: { name?: unknown; namespace?: unknown } };
  if (kind === 'ConfigMap') return readConfigMap(value, namespace);
  const place = typeof metadata?.namespace === 'string' ? metadata.namespace : namespace;
  const apiKind = apiKinds.find((each) => each === kind);
  const old =
    apiKind !== undefined && typeof metadata?.name === 'string' ? existing(apiKind, place, metadata.name) : undefined;
  const alone = validateManifest(value);
  if (!alone.ok) return { problems: alone.problems };
  const missing = unbuilt(alone.value);
  if (missing.length > 0) return { problems: missing };
  const checked = old ? validateManifest(value, old as Parameters<typeof validateManifest>[1]) : alone;
  if (!checked.ok && old) {
    const { name } = old.metadata;
    const advice = `To start over: wikigpt delete ${shortTitle(old.kind, name)}`;
    return { problems: checked.problems.map((problem) => `${problem}. ${advice}`) };
  }
  if (!checked.ok) return { problems: checked.problems };
  const { apiVersion, kind: known, metadata: meta, spec } = checked.value;
  const { name, labels, annotations } = meta;
  const object = {
    apiVersion,
    kind: known,
    metadata: { name, namespace: place, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
    spec,
  };
  return { manifest: object as ApiObject };
}

function readConfigMap(value: unknown, namespace: string): ReturnType<typeof readDocument> {
  const { apiVersion, metadata, data = {} } = value as Partial<ConfigMap> & { data?: Record<string, unknown> };
  const problems: string[] = [];
  if (apiVersion !== 'v1') problems.push('apiVersion: a ConfigMap has apiVersion: v1');
  for (const field of ['name', 'namespace'] as const)
    if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(metadata?.[field] ?? (field === 'namespace' ? namespace : '')))
      problems.push(`metadata.${field}: expected lower-case letters, digits, - and ., such as country-facts`);
  for (const [key, text] of Object.entries(data))
    if (typeof text !== 'string')
      problems.push(`data.${key}: expected text; put it in quotes, or use | for several lines`);
  if (problems.length > 0) return { problems };
  const { name = '', namespace: place = namespace, labels, annotations } = metadata ?? {};
  return {
    manifest: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: place, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
      data,
    } as ConfigMap,
  };
}
