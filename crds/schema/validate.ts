import type { z } from 'zod';
import { apiVersion } from './catalog.ts';
import { brokenRules } from './cel.ts';
import { dropNulls } from './drop-nulls.ts';
import { jsonSchema, type SchemaNode } from './json-schema.ts';
import { kindNames, kinds, type KindName, type Resource } from './kinds.ts';
import { issueSentence, repeatedKeys, ruleSentence, unknownFields } from './problems.ts';
import { closest } from './suggest.ts';

export type Validated =
  { readonly ok: true; readonly value: Resource } | { readonly ok: false; readonly problems: readonly string[] };

const schemas = new Map<KindName, SchemaNode>();

/**
 * Reads a manifest as the API server would: unknown fields, types, bounds and CEL rules; the value has its defaults.
 * `old` is the object as it is now, for the rules about what may change. A problem is one sentence.
 */
export function validateManifest(manifest: unknown, old?: Resource): Validated {
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest))
    return refused([
      `manifest: found ${Array.isArray(manifest) ? 'a list' : typeof manifest}, expected a block with apiVersion, kind, metadata and spec`,
    ]);
  const { apiVersion: version, kind } = manifest as { apiVersion?: unknown; kind?: unknown };
  if (version !== apiVersion) return refused([`apiVersion: found ${quoted(version)}, expected ${apiVersion}`]);
  const name = kindNames.find((candidate) => candidate === kind);
  if (name === undefined) {
    const meant = typeof kind === 'string' ? closest(kind, kindNames) : undefined;
    return refused([
      `kind: found ${quoted(kind)}, expected ${kindNames.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`,
    ]);
  }
  return validateKind(name, manifest, old);
}

function validateKind(name: KindName, written: object, old: Resource | undefined): Validated {
  const schema = schemaOf(name);
  const manifest = dropNulls(schema, written);
  const strays = [...unknownFields(schema, manifest), ...repeatedKeys(schema, manifest)];
  const parsed = (kinds[name].schema as z.ZodType<Resource>).safeParse(manifest);
  if (!parsed.success)
    return refused([...strays, ...parsed.error.issues.map((issue) => issueSentence(issue, schema, manifest))]);
  const broken = brokenRules(schema, parsed.data, old).map((rule) => ruleSentence(rule, manifest));
  return strays.length + broken.length > 0 ? refused([...strays, ...broken]) : { ok: true, value: parsed.data };
}

function schemaOf(name: KindName): SchemaNode {
  let schema = schemas.get(name);
  if (!schema) schemas.set(name, (schema = jsonSchema(kinds[name].schema)));
  return schema;
}

const refused = (problems: readonly string[]): Validated => ({ ok: false, problems: [...new Set(problems)] });
const quoted = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
