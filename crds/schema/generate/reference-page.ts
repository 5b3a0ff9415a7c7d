import { stringify } from 'yaml';
import { readyReasons, succeededReasons } from '../catalog.ts';
import { jsonSchema, type SchemaNode } from '../json-schema.ts';
import { kindNames, kinds, type Kind, type KindName } from '../kinds.ts';
import type { Rule } from '../scalars.ts';
import { smallest } from './smallest.ts';

/** Headings of the blocks written so far, by their fields: a block that several places share is written once. */
type Written = Map<string, string>;

/** The reference page: a table for each block of each kind, in the order of the manifest. */
export function referencePage(): string {
  const written: Written = new Map();
  return [
    '# Reference of wikigpt.dev/v1alpha1',
    '',
    '<!-- Written by npm run generate from crds/schema. -->',
    '',
    'A fraction is a decimal number in quotes (`"0.5"`, `"2e-4"`), a duration is whole seconds, and a field without',
    '**required** may be left out. A field that is not listed is refused. `kubectl apply` and `wikigpt up` check the same rules.',
    '',
    ...kindNames.map((name) => `- [${name}](${anchor(name)}): ${lowerFirst(kinds[name].schema.description ?? '')}`),
    '',
    ...kindNames.flatMap((name) => kindSection(name, written)),
  ].join('\n');
}

function kindSection(name: KindName, written: Written): string[] {
  const kind: Kind = kinds[name];
  const schema = jsonSchema(kind.schema);
  const { spec, status } = schema.properties ?? {};
  const wide = kind.columns.filter(({ priority }) => priority === 1);
  return [
    `## ${name}`,
    '',
    `${schema.description ?? ''} Short name \`${kind.shortName}\`; \`kubectl get ai\` lists all kinds. The smallest one:`,
    '',
    '```yaml',
    stringify(smallest[name]).trim(),
    '```',
    '',
    `\`kubectl get ${kind.shortName}\` shows ${columnList(kind.columns.filter(({ priority }) => priority !== 1))}; \`-o wide\` adds ${columnList(wide)}.`,
    '',
    ...ruleList(schema),
    ...blockSections(spec ?? {}, 'spec', `Spec of ${name}`, written),
    ...blockSections(status ?? {}, 'status', `Status of ${name}`, written),
    ...(kind.scale ? reasonList('Ready', readyReasons, written) : reasonList('Succeeded', succeededReasons, written)),
  ];
}

const columnList = (columns: Kind['columns']) => columns.map(({ name }) => name).join(', ');

function reasonList(
  condition: string,
  reasons: Readonly<Record<string, readonly string[]>>,
  written: Written,
): string[] {
  if (written.has(condition)) return [];
  written.set(condition, condition);
  return [
    `### Reasons of ${condition}`,
    '',
    `The column State shows the reason of the condition ${condition}; events and metrics carry the same word.`,
    '',
    '| status | reasons |',
    '|---|---|',
    ...Object.entries(reasons).map(([status, words]) => `| ${status} | ${words.join(', ')} |`),
    '',
  ];
}

function blockSections(node: SchemaNode, path: string, heading: string, written: Written): string[] {
  const inner: string[] = [];
  const rows = Object.entries(node.properties ?? {}).map(([name, field]) => {
    const fieldPath = `${path}.${name}${field.items ? '[]' : ''}`;
    const block = blockOf(field);
    if (block && !written.has(fieldsKey(block))) {
      written.set(fieldsKey(block), fieldPath);
      inner.push(...blockSections(block, fieldPath, fieldPath, written));
    }
    const target = block && written.get(fieldsKey(block));
    return row(name, field, node.required?.includes(name) ?? false, target);
  });
  return [
    `### ${heading}`,
    '',
    ...(node.description ? [node.description, ''] : []),
    '| field | type | default | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
    ...ruleList(node),
    ...inner,
  ];
}

const fieldsKey = (node: SchemaNode) => JSON.stringify(node.properties);

/** The object with fields that a field holds, alone or in a list; nothing for other types. */
function blockOf(field: SchemaNode): SchemaNode | undefined {
  const node = field.items ?? field;
  return node.properties && Object.keys(node.properties).length > 0 ? node : undefined;
}

function row(name: string, field: SchemaNode, required: boolean, target: string | undefined): string {
  const ownDefaults = field.default === undefined || (target !== undefined && !field.items);
  const standard = required ? '**required**' : ownDefaults ? '' : code(JSON.stringify(field.default));
  const meaning = field.description ?? field.items?.description ?? '';
  return `| ${code(name)} | ${typeText(field, target)} | ${standard} | ${meaning} |`;
}

function ruleList(node: SchemaNode): string[] {
  const rules = node['x-kubernetes-validations'] ?? [];
  if (rules.length === 0) return [];
  return ['Rules:', '', ...new Set(rules.filter((rule) => !isFrozen(rule)).map(ruleText)), ...frozenFields(rules), ''];
}

const isFrozen = ({ message }: Rule) => / cannot change once /.test(message);

function ruleText(rule: Rule): string {
  const subject =
    rule.fieldPath !== undefined && rule.message.startsWith('must be ') ? `${rule.fieldPath.slice(1)} ` : '';
  return `- ${subject}${rule.message}`;
}

/** Rules that freeze one field each read better as one line. */
function frozenFields(rules: readonly Rule[]): string[] {
  const frozen = rules.filter(isFrozen);
  const [first] = frozen;
  if (!first) return [];
  const names = frozen.map(({ fieldPath = '' }) => fieldPath.slice(1)).join(', ');
  return [`- ${names}: each ${first.message.replace(/^\S+ /, '')}`];
}

function typeText(node: SchemaNode, target: string | undefined): string {
  if (node.enum) return node.enum.map((value) => code(String(value))).join(' ');
  if (node.shortType) return node.shortType;
  if (node.items) return `list of ${typeText(node.items, target)}`;
  if (target) return `[${target.replace(/^.*\./, '')}](${anchor(target)})`;
  if (node.additionalProperties) return `map of names to ${typeText(node.additionalProperties, undefined)}`;
  if (node.type === 'integer') return `integer ${range(node)}`.trim();
  if (node.type === 'object') return 'empty block';
  return node.type === 'string' ? 'text' : (node.type ?? '');
}

function range({ minimum, maximum }: SchemaNode): string {
  if (minimum === undefined || maximum === undefined) return '';
  return maximum >= Number.MAX_SAFE_INTEGER ? `from ${minimum}` : `${minimum}–${maximum}`;
}

const code = (text: string) => `\`${text}\``;
const lowerFirst = (text: string) => text.slice(0, 1).toLowerCase() + text.slice(1);
/** The link that a Markdown viewer gives a heading. */
const anchor = (heading: string) =>
  `#${heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')}`;
