import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runStage, runStages, staticStages } from './stages.ts';
import { addTallies, type Tally, tallyOf } from './tally.ts';

// In the order in which a failure is cheapest to find.
const projects = ['unit', 'parity', 'stores', 'cluster', 'chart', 'browser', 'examples', 'node'] as const;

const reports = mkdtempSync(path.join(tmpdir(), 'wikigpt-test-'));

/** Runs one project of vitest.config.ts, its output as it comes, and counts what its report holds. */
async function runProject(name: (typeof projects)[number]): Promise<Tally> {
  const report = path.join(reports, `${name}.json`);
  const passed = await runStage(
    {
      name,
      command: [
        'vitest',
        'run',
        '--project',
        name,
        '--reporter',
        'default',
        '--reporter',
        'json',
        '--outputFile.json',
        report,
      ],
    },
    { live: true },
  );
  return tallyOf(readReport(report), passed);
}

function readReport(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const refused = await runStages(staticStages);
let total: Tally = { passed: staticStages.length - refused.length, failed: refused.length, skipped: 0 };
for (const project of projects) total = addTallies(total, await runProject(project));
rmSync(reports, { recursive: true, force: true });

process.exitCode = total.failed > 0 ? 1 : 0;
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
