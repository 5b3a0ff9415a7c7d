import { expect, test } from 'vitest';
import { files, read } from './tree.ts';

const self = 'test/checks/marks.test.ts';
const text = files(
  '*.ts',
  '*.js',
  '*.sh',
  '*.py',
  '*.md',
  '*.yaml',
  '*.yml',
  '*.json',
  '*.html',
  '.ci/run',
  ':!package-lock.json',
  `:!${self}`,
);

/** Lines of these files that match, as `file:line: text`. */
function linesWith(pattern: RegExp, among = text): string[] {
  return among.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
}

test('the search sees text', () => {
  expect(linesWith(/"wikigpt-operator"/)).toContainEqual(expect.stringContaining('package.json'));
});

test('nothing is marked as unfinished', () => {
  expect(linesWith(/\b(TODO|FIXME|XXX|HACK)\b|\bnot ?implemented\b/i)).toEqual([]);
});

test('no test is skipped, narrowed or empty', () => {
  const tests = text.filter((file) => file.endsWith('.test.ts'));
  expect(linesWith(/\b(describe|it|test)\.(skip|only|todo)\b|expect\(true\)/, tests)).toEqual([]);
});

test("nothing names a place on somebody's machine", () => {
  expect(linesWith(/(^|[\s"'`(=:])\/(home|root|Users|work\/(main|shared))\/[\w.-]/)).toEqual([]);
});

test('nothing names the host of a package registry', () => {
  expect(linesWith(/registry\.npmjs\.org|pypi\.org\/simple|files\.pythonhosted\.org|deb\.debian\.org/)).toEqual([]);
});
