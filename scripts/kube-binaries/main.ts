import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findPrograms } from './find-programs.ts';
import { helm, kubernetes, kwok, versitygw, type ProgramSet } from './program-sets.ts';

// Finds or builds programs that tests and benches start, those of a Kubernetes by default, and prints where they are.
const { values } = parseArgs({
  options: { helm: { type: 'boolean' }, kwok: { type: 'boolean' }, versitygw: { type: 'boolean' } },
});
const options = { environment: process.env, print: (line: string) => console.log(line) };
const started = performance.now();
const set: ProgramSet = values.helm ? helm : values.kwok ? kwok : values.versitygw ? versitygw : kubernetes;
const found = await findPrograms(set, options);
if ('missing' in found) {
  console.error(found.missing);
  process.exitCode = 1;
} else {
  console.log(`${set.name} ${set.version} from ${found.from}, ${found.folder}`);
  for (const name of Object.keys(set.packages)) {
    const { size } = await stat(path.join(found.folder, name));
    console.log(`  ${name.padEnd(24)} ${(size / 2 ** 20).toFixed(0).padStart(4)} MiB`);
  }
  console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
}
