import path from 'node:path';
import { expect, test } from 'vitest';
import config from '../../vitest.config.ts';
import { files } from './tree.ts';

interface Project {
  readonly test: { readonly name: string; readonly include: readonly string[] };
}

const projects = (config as { test: { projects: readonly Project[] } }).test.projects;

test('every test file belongs to exactly one project, so that none is forgotten and none runs twice', () => {
  const wrong = files('*.test.ts').flatMap((file) => {
    const names = projects
      .filter(({ test: { include } }) => include.some((pattern) => path.matchesGlob(file, pattern)))
      .map(({ test: { name } }) => name);
    return names.length === 1 ? [] : [{ file, projects: names }];
  });
  expect(wrong).toEqual([]);
});

test('every project has tests', () => {
  const tests = files('*.test.ts');
  const empty = projects.filter(
    ({ test: { include } }) => !tests.some((file) => include.some((pattern) => path.matchesGlob(file, pattern))),
  );
  expect(empty.map(({ test: { name } }) => name)).toEqual([]);
});
