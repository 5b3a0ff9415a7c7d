import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Printed } from '../cluster/control-plane/access.ts';

const programs = inject('chartPrograms');

/** Where Helm or promtool cannot be had, files pass their tests over: `describe.skipIf(withoutChartPrograms)`. */
export const withoutChartPrograms = programs === null;

export const chartFolder = path.join(import.meta.dirname, '../../helm/wikigpt-operator');

/** An object of any kind, as a manifest has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** What the tests look at in a Deployment. */
export interface OperatorDeployment extends Manifest {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly containers: readonly { readonly env: readonly { readonly name: string; readonly value?: string }[] }[];
      };
    };
  };
}

/** Runs Helm, with values as JSON. */
export function runHelm(args: readonly string[], values: object = {}): Promise<Printed> {
  return runProgram(
    programs?.helm ?? '',
    ['uninstall', 'get'].includes(args[0] ?? '') ? args : [...args, '--values', '-'],
    {
      input: JSON.stringify(values),
    },
  );
}

export function runPromtool(args: readonly string[]): Promise<Printed> {
  return runProgram(programs?.promtool ?? '', args, { input: '' });
}

/** The objects that the chart makes from values; throws what Helm says when it refuses them. */
export async function rendered(values: object = {}): Promise<readonly Manifest[]> {
  const args = ['template', 'wikigpt-operator', chartFolder, '--namespace', 'wikigpt-system'];
  const { code, stdout, stderr } = await runHelm(args, values);
  if (code !== 0) throw new Error(stderr);
  return manifestsOf(stdout);
}

/** The objects of a YAML text. */
export function manifestsOf(text: string): readonly Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

function runProgram(program: string, args: readonly string[], { input }: { input: string }): Promise<Printed> {
  const home = mkdtempSync(path.join(tmpdir(), 'wikigpt-helm-'));
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      { timeout: 100_000, env: { HOME: home, TZ: 'UTC' }, maxBuffer: 16 * 2 ** 20 },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else reject(error);
      },
    );
    child.stdin?.on('error', () => undefined).end(input);
  });
}
