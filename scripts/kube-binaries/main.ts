import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findKubeBinaries, findPrograms } from './find-programs.ts';
import { coredns, kubeNode, kubernetes, kwok } from './program-sets.ts';

// Finds or builds the Kubernetes programs that the cluster tests start, and prints where they are.
const { values } = parseArgs({
  options: { kwok: { type: 'boolean', default: false }, node: { type: 'boolean', default: false } },
});
const options = { environment: process.env, print: (line: string) => console.log(line) };
const wanted = values.kwok ? [kwok] : values.node ? [kubernetes, kubeNode, coredns] : [kubernetes];
for (const set of wanted) {
  const started = performance.now();
  const found = set === kubernetes ? await findKubeBinaries(options) : await findPrograms<string>(set, options);
  if ('missing' in found) {
    console.error(found.missing);
    process.exitCode = 1;
    continue;
  }
  console.log(`${set.name} ${set.version} from ${found.from}, ${found.folder}`);
  for (const name of Object.keys(set.packages)) {
    const { size } = await stat(path.join(found.folder, name));
    console.log(`  ${name.padEnd(24)} ${(size / 2 ** 20).toFixed(0).padStart(4)} MiB`);
  }
  console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
}
