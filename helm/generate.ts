import { mkdirSync, writeFileSync } from 'node:fs';
import { generatedFiles } from './generate/generated-files.ts';

const folder = new URL('wikigpt-operator/', import.meta.url);

for (const [name, content] of generatedFiles()) {
  const file = new URL(name, folder);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, content);
}
