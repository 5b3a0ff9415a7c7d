import { root, runStage, runStages, type Stage, staticStages } from './stages.ts';
import { changedBetween, treeState } from './tree-state.ts';

const generate: Stage = { name: 'generate', command: ['npm', 'run', '--silent', 'generate'] };
const unit: Stage = { name: 'unit', command: ['vitest', 'run', '--project', 'unit', '--reporter', 'dot'] };

const started = performance.now();
const before = treeState(root);
const failed: string[] = [];
if (!(await runStage(generate))) failed.push(generate.name);
failed.push(...(await runStages(staticStages)).map(({ name }) => name));
if (!(await runStage(unit))) failed.push(unit.name);

// Uncommitted work is a developer's own business, but in CI nothing may differ from the commit.
const after = treeState(root);
const dirty = process.env['CI'] ? [...after.keys()] : changedBetween(before, after);
if (dirty.length > 0) {
  failed.push('clean tree');
  console.log(
    `FAILED clean tree: generators or tests changed these files; commit what they should hold:\n  ${dirty.join('\n  ')}`,
  );
} else console.log('ok     clean tree');

const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(failed.length > 0 ? `\nFailed after ${seconds} s: ${failed.join(', ')}.` : `\nVerified in ${seconds} s.`);
process.exitCode = failed.length > 0 ? 1 : 0;
