import { readFileSync } from 'node:fs';
import { generatedFiles as definitions } from '@wikigpt/schema/generate/generated-files.ts';
import { stringify } from 'yaml';
import { operatorRole } from '../../test/cluster/operator/role.ts';
import { alertGroups } from './alerts.ts';
import { dashboards } from './dashboards.ts';
import { roleRules } from './role-rules.ts';
import { readValues } from './values.ts';
import { valuesSchema } from './values-schema.ts';
import { valuesTable } from './values-table.ts';

const folder = new URL('../wikigpt-operator/', import.meta.url);
const begin = '<!-- Written by npm run generate from values.yaml. -->';
const end = '<!-- The end of what npm run generate writes. -->';

const note = '# Written by npm run generate.\n';
const yaml = (value: object) => note + stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
const json = (value: object) => `${JSON.stringify(value, undefined, 2)}\n`;

/** Every file of the chart that `npm run generate` writes, with its content. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
  const values = readValues(read('values.yaml'));
  const [before = '', after = ''] = read('README.md').split(new RegExp(`${begin}[^]*${end}`));
  const crds = [...definitions()].filter(([name]) => name.endsWith('.yaml'));
  return new Map([
    ['values.schema.json', json(valuesSchema(values))],
    ['README.md', `${before}${begin}\n\n${valuesTable(values)}\n\n${end}${after}`],
    ['files/role-rules.yaml', yaml(roleRules(operatorRole))],
    ['files/alerts.yaml', yaml({ groups: alertGroups })],
    ...crds.map(([name, content]) => [`files/crds/${name}`, content] as const),
    ...dashboards.map((dashboard) => [`files/dashboards/${dashboard.uid}.json`, json(dashboard)] as const),
  ]);
}
