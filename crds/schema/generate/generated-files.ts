import { stringify } from 'yaml';
import { customResourceDefinition } from './custom-resource-definition.ts';
import { kindNames, kinds } from '../kinds.ts';
import { referencePage } from './reference-page.ts';

/** Every file that `npm run generate` writes under crds/, with its content. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const name of kindNames) {
    const definition = stringify(customResourceDefinition(name), { lineWidth: 0, aliasDuplicateObjects: false });
    files.set(`${kinds[name].plural}.yaml`, `# Written by npm run generate from crds/schema.\n${definition}`);
  }
  return files.set('REFERENCE.md', referencePage());
}
