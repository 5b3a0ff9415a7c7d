import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, BenchRequest } from '../bench.ts';
import { Contestant } from '../contestant.ts';
import { peerPython } from '../peer-python.ts';
import type { Table } from '../table.ts';
import { cases } from './cases.ts';
import type { TrainCase } from './cases.ts';
import { writeMaterial } from './material.ts';
import { compare } from './compare.ts';
import type { Step } from './compare.ts';

/** This trainer against PyTorch with PEFT: same weights, same batches, taking turns step by step in one run. */
export const bench: Bench = {
  summary: 'steps of this trainer and of PyTorch+PEFT, in turns: tokens a second and peak memory',
  cases: Object.keys(cases),
  async run(request) {
    const python = await peerPython(request.say);
    const wanted = request.cases.length > 0 ? request.cases : Object.keys(cases);
    const rows: Table['rows'][number][] = [];
    for (const name of wanted) rows.push(...(await runCase(name, cases[name]!, python, request)));
    return {
      rows,
      notes: [
        `${request.threads} threads, ${request.rounds} rounds in turns after one to warm up; × is against PyTorch float32.`,
        'loss diff: largest relative difference of a step’s loss from that of PyTorch float32.',
      ],
    };
  },
};

async function runCase(name: string, trainCase: TrainCase, python: string, request: BenchRequest) {
  const folder = await mkdtemp(path.join(tmpdir(), 'wikigpt-bench-'));
  const contestants: Contestant[] = [];
  try {
    request.say(`${name}: writing the same weights and batches for all ...`);
    await writeMaterial(folder, trainCase, request.threads);
    const peer = fileURLToPath(new URL('peer.py', import.meta.url));
    const environment = { OMP_NUM_THREADS: String(request.threads), HF_HUB_OFFLINE: '1' };
    const trainer = fileURLToPath(new URL('trainer.ts', import.meta.url));
    contestants.push(
      new Contestant('PyTorch float32', [python, peer, folder, 'float32'], environment),
      new Contestant('PyTorch bfloat16', [python, peer, folder, 'bfloat16'], environment),
      new Contestant('wikigpt float32', [process.execPath, trainer, folder], {}),
    );
    for (const contestant of contestants) await contestant.next();
    const steps = contestants.map((): Step[] => []);
    for (let round = 0; round <= request.rounds; round++) {
      // Every other round runs backwards, so that nobody always follows the same neighbour.
      const order = round % 2 === 0 ? [...contestants.keys()] : [...contestants.keys()].toReversed();
      for (const index of order) {
        request.signal.throwIfAborted();
        steps[index]!.push(await contestants[index]!.ask<Step>(String(round)));
      }
      const times = contestants.map(
        (contestant, index) => `${contestant.name} ${steps[index]!.at(-1)!.ms.toFixed(0)} ms`,
      );
      request.say(`${name}: round ${round} of ${request.rounds}: ${times.join(', ')}`);
    }
    return compare(
      name,
      trainCase.rows * trainCase.length,
      contestants.map((contestant, index) => ({ trainer: contestant.name, steps: steps[index]! })),
    );
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.close()));
    await rm(folder, { recursive: true });
  }
}
