import { readyReasons, succeededReasons } from './catalog.ts';
import { jsonSchema, type SchemaNode } from './json-schema.ts';
import { kinds, type Kind, type KindName } from './kinds.ts';

/** The reference page: a table for each block of each kind, in the order of the manifest. */
export function referencePage(): string {
  const names = Object.keys(kinds) as KindName[];
  return [
    '# Reference of wikigpt.dev/v1alpha1',
    '',
    '<!-- Written by npm run generate from the schemas in crds/schema. -->',
    '',
    'Fractions are decimal numbers in quotes ("0.5", "2e-4"), durations are whole seconds, and a field with a default may',
    'be left out. A field that is not listed here is refused. Rules are checked by `kubectl apply` and by `wikigpt up` alike.',
    '',
    ...names.map((name) => `- [${name}](#${name.toLowerCase()}): ${kinds[name].schema.description ?? ''}`),
    '',
    ...names.flatMap(kindSection),
  ].join('\n');
}

function kindSection(name: KindName): string[] {
  const kind: Kind = kinds[name];
  const schema = jsonSchema(kind.schema);
  const { spec, status } = schema.properties ?? {};
  const seen = new Map<string, string>();
  const reasons: Record<string, readonly string[]> = kind.scale ? readyReasons : succeededReasons;
  return [
    `## ${name}`,
    '',
    `${schema.description ?? ''} Short name \`${kind.shortName}\`; \`kubectl get ai\` lists it with the other kinds.`,
    '',
    ...blockSections(spec ?? {}, 'spec', name, seen),
    `### ${name} status`,
    '',
    'Written by the operator.',
    '',
    ...blockSections(status ?? {}, 'status', name, seen),
    `#### Reasons of the condition ${kind.scale ? 'Ready' : 'Succeeded'} (column STATE)`,
    '',
    ...Object.entries(reasons).map(([value, words]) => `- ${value}: ${words.join(', ')}`),
    '',
  ];
}

function blockSections(node: SchemaNode, path: string, kind: string, seen: Map<string, string>): string[] {
  if (!node.properties) return [];
  const fields = Object.entries(node.properties);
  const own: string[] = [];
  const inner: string[] = [];
  for (const [name, field] of fields) {
    const fieldPath = `${path}.${name}`;
    const block = blockOf(field);
    const known = block && seen.get(JSON.stringify(block.properties));
    if (block && !known) {
      const blockPath = field.items ? `${fieldPath}[]` : fieldPath;
      seen.set(JSON.stringify(block.properties), blockPath);
      inner.push(...blockSections(block, blockPath, kind, seen));
    }
    own.push(row(name, field, node.required?.includes(name) ?? false, known));
  }
  if (fields.length === 0) return [];
  return [
    `### ${path}`,
    '',
    ...(node.description ? [node.description, ''] : []),
    '| field | type | default | meaning |',
    '|---|---|---|---|',
    ...own,
    '',
    ...ruleList(node),
    ...inner,
  ];
}

/** The object that a field holds, alone or in a list; nothing for other types. */
function blockOf(field: SchemaNode): SchemaNode | undefined {
  const node = field.items ?? field;
  return node.properties && Object.keys(node.properties).length > 0 ? node : undefined;
}

function row(name: string, field: SchemaNode, required: boolean, known: string | undefined): string {
  const meaning = [field.description ?? field.items?.description ?? '', known ? `Fields as in ${known}.` : '']
    .filter(Boolean)
    .join(' ');
  const standard = required
    ? '**required**'
    : field.default === undefined
      ? ''
      : `\`${JSON.stringify(field.default)}\``;
  return `| \`${name}\` | ${typeOf(field)} | ${standard} | ${meaning.replaceAll('|', '\\|')} |`;
}

function ruleList(node: SchemaNode): string[] {
  const rules = node['x-kubernetes-validations'] ?? [];
  const messages = [...new Set(rules.map((rule) => rule.message))];
  return messages.length === 0 ? [] : ['Rules:', '', ...messages.map((message) => `- ${message}`), ''];
}

function typeOf(node: SchemaNode): string {
  if (node['x-kubernetes-int-or-string']) return 'quantity';
  if (node.enum) return node.enum.map((value) => `\`${String(value)}\``).join(' ');
  if (node.items) return `list of ${typeOf(node.items)}`;
  if (node.additionalProperties) return `map to ${typeOf(node.additionalProperties)}`;
  if (node.type === 'integer') return `integer ${range(node)}`.trim();
  if (node.type === 'string') return node.expected ?? node.format ?? 'text';
  return node.type === 'object' ? 'block' : (node.type ?? 'any');
}

function range({ minimum, maximum }: SchemaNode): string {
  if (minimum === undefined || maximum === undefined) return '';
  return maximum >= Number.MAX_SAFE_INTEGER ? `from ${minimum}` : `${minimum}–${maximum}`;
}
