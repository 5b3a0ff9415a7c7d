import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findKubeBinaries } from './find-programs.ts';
import { kubernetes } from './program-sets.ts';

let folder: string;
let printed: string[];
const names = Object.keys(kubernetes.packages);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wikigpt-programs-'));
  printed = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const find = (environment: Record<string, string>) =>
  findKubeBinaries({
    environment: { XDG_CACHE_HOME: path.join(folder, 'cache'), PATH: folder, ...environment },
    print: (line) => printed.push(line),
  });

function fill(place: string, programs: readonly string[]): string {
  const target = path.join(folder, place);
  mkdirSync(target, { recursive: true });
  for (const name of programs) writeFileSync(path.join(target, name), '', { mode: 0o755 });
  return target;
}

it('takes the folder it is told', async () => {
  const assets = fill('assets', names);
  const found = await find({ KUBEBUILDER_ASSETS: assets });
  expect(found).toMatchObject({ folder: assets, from: 'KUBEBUILDER_ASSETS' });
  expect('program' in found && found.program('etcd')).toBe(path.join(assets, 'etcd'));
});

it('goes on to the cache from a folder that lacks a program, and says so', async () => {
  const assets = fill('assets', ['etcd', 'kube-apiserver', 'kubectl']);
  const cache = fill(`cache/wikigpt/kube-${kubernetes.version}`, names);
  expect(await find({ KUBEBUILDER_ASSETS: assets })).toMatchObject({ folder: cache, from: 'cache' });
  expect(printed).toEqual([
    `KUBEBUILDER_ASSETS: found ${assets} without kube-controller-manager, kube-scheduler; looking in the cache instead`,
  ]);
});

it('says what to do where there is no Go', async () => {
  const cache = path.join(folder, 'cache/wikigpt', `kube-${kubernetes.version}`);
  expect(await find({})).toEqual({
    missing:
      `kube ${kubernetes.version}: found no programs in ${cache} and no Go to build them (spawn go ENOENT); ` +
      'install Go from https://go.dev/dl, or set KUBEBUILDER_ASSETS to a folder that has them',
  });
});

// A Go that makes files of the right names at once: what is looked at is where they go.
const quickGo = (build: string) => `#!/bin/sh
while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; shift; done
${build}
`;

it('builds once into the cache, whole or not at all', async () => {
  const go = path.join(folder, 'go');
  const environment = { PATH: `${folder}:/usr/bin:/bin` };
  writeFileSync(go, quickGo('case "$out" in *kubectl) echo no disk >&2; exit 1;; esac; [ -z "$out" ] || : > "$out"'));
  chmodSync(go, 0o755);
  expect(await find(environment)).toEqual({
    missing: `kube ${kubernetes.version}: go build ended with 1: no disk`,
  });
  expect(readdirSync(path.join(folder, 'cache/wikigpt'))).toEqual([]);

  fill(`cache/wikigpt/kube-${kubernetes.version}.unfinished-of-a-killed-build`, ['etcd']);
  writeFileSync(go, quickGo('[ -z "$out" ] || { : > "$out"; chmod +x "$out"; }'));
  const found = await Promise.all([find(environment), find(environment)]);
  expect(new Set(found.map((one) => 'from' in one && one.from))).toEqual(new Set(['build', 'cache']));
  expect(readdirSync(path.join(folder, 'cache/wikigpt'))).toEqual([`kube-${kubernetes.version}`]);
});
