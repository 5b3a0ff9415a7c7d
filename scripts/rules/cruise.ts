import { readFileSync } from 'node:fs';
import path from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import ts from 'typescript';
import type { DependencyRule } from './dependency-rules.ts';

export interface Cruised {
  /** Files read, relative to the root. */
  readonly files: ReadonlySet<string>;
  readonly imports: number;
  readonly violations: readonly { readonly rule: string; readonly from: string; readonly to: string }[];
}

/** Reads the imports of every module in these folders of a tree and holds them against the rules. */
export async function cruiseTree(
  root: string,
  folders: readonly string[],
  rules: readonly DependencyRule[],
): Promise<Cruised> {
  const { config } = ts.readConfigFile('tsconfig.json', () =>
    readFileSync(path.join(import.meta.dirname, '../../tsconfig.json'), 'utf8'),
  ) as { config: { compilerOptions: object } };
  const { output } = await cruise(
    [...folders],
    {
      baseDir: root,
      validate: true,
      ruleSet: { forbidden: rules.map(({ name, from, to }) => ({ name, from, to, severity: 'error' })) },
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '(^|/)\\.wikigpt/' },
      combinedDependencies: true,
      detectProcessBuiltinModuleCalls: true,
    },
    { conditionNames: ['import', 'require', 'node', 'default', 'types'], exportsFields: ['exports'] },
    { tsConfig: { options: config.compilerOptions } },
  );
  const { modules, summary } = output as ICruiseResult;
  const read = modules.filter(({ source, followable }) => followable !== false && !source.includes('node_modules/'));
  return {
    files: new Set(read.map(({ source }) => source)),
    imports: read.reduce((total, { dependencies }) => total + dependencies.length, 0),
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}
