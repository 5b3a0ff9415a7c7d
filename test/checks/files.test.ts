import { statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { files, read, root } from './tree.ts';

// Long for a reason that a reader would accept; every other file is split before it gets here.
const longFiles: ReadonlySet<string> = new Set([]);
const lineLimit = 400;
const lineWarning = 300;
const sizeLimit = 1024 * 1024;

test(`no source file is longer than ${lineLimit} lines`, () => {
  const lengths = files('*.ts', '*.sh', '*.py', '*.js').map((file) => ({
    file,
    lines: read(file).split('\n').length - 1,
  }));
  expect(lengths.length).toBeGreaterThan(20);
  for (const { file, lines } of lengths)
    if (lines > lineWarning && !longFiles.has(file))
      console.warn(`${file} has ${lines} lines: say in review why it is one file.`);
  expect(lengths.filter(({ file, lines }) => lines > lineLimit && !longFiles.has(file))).toEqual([]);
});

test('the list of long files has no entry that is short or gone', () => {
  const known = new Set(files());
  expect([...longFiles].filter((file) => !known.has(file) || read(file).split('\n').length <= lineLimit)).toEqual([]);
});

test('no file is larger than a mebibyte', () => {
  expect(files().filter((file) => statSync(path.join(root, file)).size > sizeLimit)).toEqual([]);
});

test('every name says what is inside', () => {
  const empty = /(^|\/)(utils?|helpers?|misc|common|core|shared|stuff|lib|managers?|types)(\.[a-z]+)*$/i;
  const source = files('*.ts', '*.js', '*.sh', '*.py');
  expect(source.filter((file) => file.split('/').some((part) => empty.test(part)))).toEqual([]);
});

test('source files are named in kebab-case', () => {
  // A model family is named after its `model_type`, which may hold underscores.
  const kebab = /^[a-z0-9]+([-_.][a-z0-9]+)*\.ts$/;
  expect(files('*.ts').filter((file) => !kebab.test(path.basename(file)))).toEqual([]);
});
