import { readFileSync, writeFileSync } from 'node:fs';
import { generatedFiles } from './generate/generated-files.ts';
import { modelsPage } from './generate/models-page.ts';

const folder = new URL('../', import.meta.url);

for (const [name, content] of generatedFiles()) writeFileSync(new URL(name, folder), content);

const models = new URL('../docs/models.md', folder);
writeFileSync(models, modelsPage(readFileSync(models, 'utf8')));
