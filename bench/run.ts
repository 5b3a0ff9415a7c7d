import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';
import { printTable } from './table.ts';
import { bench as memory } from './memory/bench.ts';
import { bench as operator } from './operator/bench.ts';
import { bench as distillQuality } from './quality/distill/bench.ts';
import { bench as train } from './train/bench.ts';

const usage = 'Usage: npm run bench -- NAME [--json] [--rounds 10] [--case CASE ...] [--threads N]';

const benches: Readonly<Record<string, Bench>> = { train, memory, operator, 'quality/distill': distillQuality };

/** A whole number of at least one. */
function count(option: string, written: string): number {
  if (!/^[1-9]\d*$/.test(written)) throw new Error(`${option} is "${written}"; write a whole number of at least 1.`);
  return Number(written);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '10' },
      case: { type: 'string', multiple: true, default: [] },
      threads: { type: 'string', default: String(availableParallelism()) },
    },
  });
  const [name] = positionals;
  if (name === undefined) {
    const list = Object.entries(benches).map(
      ([key, { summary, cases }]) => `  ${key}  ${summary}\n      cases: ${cases.join(', ')}`,
    );
    console.log([usage, '', ...list].join('\n'));
    return;
  }
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (bench === undefined)
    throw new Error(`There is no bench "${name}"; the benches are ${Object.keys(benches).join(', ')}.`);
  const stranger = values.case.find((wanted) => !bench.cases.includes(wanted));
  if (stranger !== undefined)
    throw new Error(`Bench ${name} has no case "${stranger}"; its cases are ${bench.cases.join(', ')}.`);
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => stop.abort(new Error(`Stopped by ${name}.`)));
  const table = await bench.run({
    rounds: count('--rounds', values.rounds),
    threads: count('--threads', values.threads),
    cases: values.case,
    signal: stop.signal,
    say: (sentence) => process.stderr.write(`${sentence}\n`),
  });
  console.log(values.json ? JSON.stringify({ bench: name, ...table }) : printTable(table));
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
