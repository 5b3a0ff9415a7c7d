import { stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findPrograms } from './find-programs.ts';
import { coredns, helm, kubeNode, kubernetes, kwok, registry, versitygw, type ProgramSet } from './program-sets.ts';

// Finds or builds programs that tests and benches start, those of a control plane by default, and prints where they are.
const sets: Readonly<Record<string, readonly ProgramSet[]>> = {
  helm: [helm],
  kwok: [kwok],
  registry: [registry],
  versitygw: [versitygw],
  node: [kubernetes, kubeNode, coredns],
};
const { values } = parseArgs({
  options: Object.fromEntries(Object.keys(sets).map((name) => [name, { type: 'boolean' } as const])),
});
const options = { environment: process.env, print: (line: string) => console.log(line) };
const asked = Object.keys(sets).flatMap((name) => (values[name] === true ? (sets[name] ?? []) : []));
for (const set of asked.length > 0 ? asked : [kubernetes]) {
  const started = performance.now();
  const found = await findPrograms(set, options);
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
