import { writeFileSync } from 'node:fs';
import { generatedFiles } from './generate/generated-files.ts';

const folder = new URL('../', import.meta.url);

for (const [name, content] of generatedFiles()) writeFileSync(new URL(name, folder), content);
