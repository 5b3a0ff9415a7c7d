// One case in a process of its own: runs the job in a folder and prints the most memory it ever had, in bytes, by phase.
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { task as taskSchema, type ProgressReport } from '@wikigpt/schema/task.ts';
import { silent } from '../../trainer-image/src/log.ts';
import { distill } from '../../trainer-image/src/recipes/distill.ts';
import { fineTune } from '../../trainer-image/src/recipes/fine-tune.ts';

const [root, threads] = process.argv.slice(2) as [string, string];
const work = path.join(root, 'work');
await mkdir(work, { recursive: true });
const task = taskSchema.parse(JSON.parse(await readFile(path.join(root, 'task.json'), 'utf8')));
const peak = (): number => process.resourceUsage().maxRSS * 1024;
const peaks: Record<string, number> = {};
let phase = 'start';
let milliseconds = 0;
let last = performance.now();
const env = {
  root,
  work,
  environment: {},
  threads: Number(threads),
  logger: silent,
  progress: {
    report(report: ProgressReport) {
      peaks[phase] = peak();
      if (report.phase) phase = report.phase;
      if (report.progress) milliseconds = performance.now() - last;
      last = performance.now();
    },
    flush: async () => true,
  },
  signal: new AbortController().signal,
  now: () => performance.now(),
  date: () => new Date(),
};
await (task.kind === 'DistillJob' ? distill(task, env) : fineTune(task, env));
peaks[phase] = peak();
console.log(JSON.stringify({ peak: peak(), peaks, milliseconds }));
process.exit();
