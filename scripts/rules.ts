import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cruiseTree } from './rules/cruise.ts';
import { dependencyRules } from './rules/dependency-rules.ts';

const root = path.join(import.meta.dirname, '..');
const folders = ['crds/schema', 'operator', 'trainer-image', 'examples', 'test', 'bench', 'scripts'];

/** Names of the rules that did not notice the violation planted for them. */
async function blindRules(): Promise<string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-rules-'));
  try {
    for (const { planted } of dependencyRules)
      for (const [file, source] of Object.entries(planted)) {
        mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
        writeFileSync(path.join(folder, file), source);
      }
    writeFileSync(path.join(folder, 'package.json'), '{"name": "planted", "type": "module"}');
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    const present = [
      ...new Set(
        dependencyRules.flatMap(({ planted }) => Object.keys(planted).map((file) => file.split('/')[0] ?? '')),
      ),
    ];
    const { violations } = await cruiseTree(folder, present, dependencyRules);
    return dependencyRules
      .filter(({ name, planted }) => !violations.some(({ rule, from }) => rule === name && from in planted))
      .map(({ name }) => name);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Source files that are in the tree, committed or not, but were not read. */
function unseenFiles(seen: ReadonlySet<string>): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...folders], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed
    .split('\n')
    .filter((file) => file.endsWith('.ts') && !seen.has(file) && existsSync(path.join(root, file)));
}

const problems: string[] = [];
for (const name of await blindRules())
  problems.push(
    `${name}: the violation planted for this rule was not found; the checker no longer sees what the rule is about.`,
  );

const { files, imports, violations } = await cruiseTree(root, folders, dependencyRules);
for (const file of unseenFiles(files)) problems.push(`${file}: was not read by the checker.`);
for (const { rule, from, to } of violations)
  problems.push(`${from} -> ${to}\n    ${rule}: ${dependencyRules.find(({ name }) => name === rule)?.why ?? ''}`);

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
}
console.log(
  `${dependencyRules.length} rules, each shown to see its planted violation; ${files.size} modules with ${imports} imports read; ${problems.length} problems.`,
);
