import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Bench } from '../../bench.ts';
import { writeMaterial } from './material.ts';
import { cases } from './routes.ts';
import { runCase, type CaseResult } from './run-case.ts';
import { summarize } from './summary.ts';

const seeds = [1, 2, 3];

/**
 * What each way to learn from a teacher is worth where few questions have answers, and where all have. Models and results
 * lie in the user's cache folder, so that a run that was stopped goes on with the next case.
 */
export const bench: Bench = {
  summary: 'exact match of a small student by every route, against the same student alone and the teacher',
  cases: [...cases.keys()],
  async run(request) {
    const cache = process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
    const root = path.join(cache, 'wikigpt', 'bench-distill');
    await mkdir(root, { recursive: true });
    await writeMaterial(root, request);
    const file = path.join(root, 'results.jsonl');
    const results = await readResults(file);
    const wanted = request.cases.length > 0 ? request.cases : [...cases.keys()];
    for (const seed of seeds)
      for (const name of wanted) {
        if (results.some((result) => result.case === name && result.seed === seed)) continue;
        request.signal.throwIfAborted();
        const result = await runCase(root, name, cases.get(name)!, seed, request);
        await appendFile(file, `${JSON.stringify(result)}\n`);
        results.push(result);
        request.say(
          `${name}, seed ${seed}: ${result.asked.student} (alone ${result.asked.alone}) in ${result.seconds} s`,
        );
      }
    return {
      rows: wanted.map((name) => summarize(results.filter((result) => result.case === name))),
      notes: [
        'Exact match in percent, mean ± standard deviation over seeds 1, 2, 3, in words that the student never met.',
        'The teacher was asked about the places of the test; unseen places are those that nobody was asked about.',
        'gap closed: (student − alone) / (teacher − alone).',
        `Models and results: ${root}; delete it to measure anew.`,
      ],
    };
  },
};

async function readResults(file: string): Promise<CaseResult[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as CaseResult);
}
