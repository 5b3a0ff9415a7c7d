import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { customResourceDefinition } from './custom-resource-definition.ts';
import { generatedFiles } from './generated-files.ts';
import { modelsPage } from './models-page.ts';
import type { SchemaNode } from '../json-schema.ts';
import { kindNames } from '../kinds.ts';

const folder = new URL('../../', import.meta.url);

describe('generated files', () => {
  it.each([...generatedFiles()])('%s is what npm run generate writes', (name, content) => {
    expect(readFileSync(new URL(name, folder), 'utf8')).toBe(content);
  });

  it('docs/models.md has the table that npm run generate writes', () => {
    const page = readFileSync(new URL('../docs/models.md', folder), 'utf8');
    expect(modelsPage(page)).toBe(page);
    expect(page).toContain('| `gpt2` | 124M | 1024 | en | no | MIT |');
  });

  it('are the only files of crds/, so that kubectl apply -f crds/ works', () => {
    expect(readdirSync(folder).sort()).toEqual([...generatedFiles().keys(), 'schema'].sort());
  });
});

describe('the reference page', () => {
  const page = generatedFiles().get('REFERENCE.md') ?? '';
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );

  it('has each heading once', () => {
    expect(headings.filter((heading, index) => headings.indexOf(heading) < index)).toEqual([]);
  });

  it('links to headings that exist', () => {
    const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, target = '']) => target);
    expect(links.length).toBeGreaterThan(30);
    expect(links.filter((target) => !headings.includes(target))).toEqual([]);
  });

  it('names every field of every kind', () => {
    const fields = kindNames.flatMap((kind) => [...everyNode(openApiSchema(kind), 'root')].map(([path]) => path));
    const names = fields
      .filter((path) => /^root\.(spec|status)\./.test(path))
      .map((path) => path.replace(/^.*\.|[[\]{}]/g, ''));
    expect([...new Set(names)].filter((name) => name !== '' && !page.includes(`| \`${name}\` |`))).toEqual([]);
  });
});

describe.each(kindNames)('the CRD of %s', (kind) => {
  const nodes = [...everyNode(openApiSchema(kind), 'root')];

  it.each<[string, (node: SchemaNode, path: string) => boolean]>([
    [
      'has one type on every node',
      (node) => (node.type === undefined) === (node['x-kubernetes-int-or-string'] === true),
    ],
    ['names no other schema', (node) => !('$ref' in node) && !('definitions' in node)],
    [
      'has no choice of types',
      (node) =>
        !('oneOf' in node) && !('allOf' in node) && (!node.anyOf || node['x-kubernetes-int-or-string'] === true),
    ],
    ['has fields or a map, never both', (node) => !(node.properties && node.additionalProperties)],
    ['keeps our own notes to ourselves', (node) => !('expected' in node) && !('shortType' in node)],
    [
      'bounds every text',
      (node, path) =>
        node.type !== 'string' ||
        isOwnedByTheApiServer(path) ||
        node.enum !== undefined ||
        node.maxLength !== undefined,
    ],
    ['bounds every list', (node) => node.type !== 'array' || node.maxItems !== undefined],
    ['bounds every map', (node) => !node.additionalProperties || node.maxProperties !== undefined],
    [
      'bounds every number',
      (node) => node.type !== 'integer' || (node.minimum !== undefined && node.maximum !== undefined),
    ],
    ['has no number with a fraction', (node) => node.type !== 'number'],
    [
      'describes every field',
      (node, path) =>
        isOwnedByTheApiServer(path) || path.endsWith('[]') || path.endsWith('{}') || node.description !== undefined,
    ],
    [
      'requires no field that has a default',
      (node) => (node.required ?? []).every((name) => node.properties?.[name]?.default === undefined),
    ],
    [
      'ends no rule message with a full stop',
      (node) => (node['x-kubernetes-validations'] ?? []).every(({ message }) => !message.endsWith('.')),
    ],
  ])('%s', (_name, holds) => {
    expect(nodes.filter(([path, node]) => !holds(node, path)).map(([path]) => path)).toEqual([]);
  });
});

const isOwnedByTheApiServer = (path: string) => /^root(\.(apiVersion|kind|metadata(\.name)?))?$/.test(path);

function openApiSchema(kind: (typeof kindNames)[number]): SchemaNode {
  const definition = customResourceDefinition(kind) as {
    spec: { versions: { schema: { openAPIV3Schema: SchemaNode } }[] };
  };
  const schema = definition.spec.versions[0]?.schema.openAPIV3Schema;
  if (!schema) throw new Error(`${kind}: no schema`);
  return schema;
}

function* everyNode(node: SchemaNode, path: string): Generator<[string, SchemaNode]> {
  yield [path, node];
  for (const [name, child] of Object.entries(node.properties ?? {})) yield* everyNode(child, `${path}.${name}`);
  if (node.items) yield* everyNode(node.items, `${path}[]`);
  if (node.additionalProperties) yield* everyNode(node.additionalProperties, `${path}{}`);
}
