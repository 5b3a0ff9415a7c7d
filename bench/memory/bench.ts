import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { estimateTraining } from '@wikigpt/schema/memory-estimate.ts';
import { families } from '../../trainer-image/src/models/index.ts';
import { modelSizes } from '../../trainer-image/src/models/model-sizes.ts';
import type { Bench, BenchRequest } from '../bench.ts';
import { cases, type CaseModel, type MemoryCase } from './cases.ts';
import { taskOf, writeMaterial } from './material.ts';

/** What job.ts prints of one case. */
interface Measured {
  /** Bytes. */
  readonly peak: number;
  /** The most memory by the end of each phase, in bytes. */
  readonly peaks: Readonly<Record<string, number>>;
  /** Of the last step. */
  readonly milliseconds: number;
}

const mebi = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** The estimate, as made before anything is read, against the peak of the whole job in a process of its own. */
export const bench: Bench = {
  summary: 'estimated against measured peak memory of whole jobs, each in a fresh process',
  cases: Object.keys(cases),
  async run(request) {
    const wanted = request.cases.length > 0 ? request.cases : Object.keys(cases);
    const rows = [];
    for (const name of wanted) rows.push(await runCase(name, cases[name]!, request));
    return {
      rows,
      notes: [`${request.threads} threads; peak resident memory of data, three steps, validation, export and scoring.`],
    };
  },
};

async function runCase(name: string, memoryCase: MemoryCase, { threads, signal, say }: BenchRequest) {
  const root = await mkdtemp(path.join(tmpdir(), 'wikigpt-memory-'));
  try {
    await writeMaterial(root, memoryCase);
    const job = fileURLToPath(new URL('job.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [job, root, String(threads)], { signal });
    const { peak, peaks, milliseconds } = JSON.parse(stdout) as Measured;
    const { model, teacher } = memoryCase;
    const { bytes } = estimateTraining(taskOf(memoryCase).spec, sizesOf(model), teacher && sizesOf(teacher));
    say(`${name}: estimated ${mebi(bytes)} MiB, measured ${mebi(peak)} MiB`);
    return {
      case: name,
      'estimated MiB': mebi(bytes),
      'measured MiB': mebi(peak),
      ratio: Number((bytes / peak).toFixed(2)),
      'of that training MiB': mebi(peaks['Training'] ?? peak),
      'ms a step': Math.round(milliseconds),
    };
  } finally {
    await rm(root, { recursive: true });
  }
}

function sizesOf({ family, vocabulary, ...sizes }: CaseModel) {
  return modelSizes(families[family].fromScratch(sizes, vocabulary))!;
}
