import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatedFiles } from './generated-files.ts';
import { readValues } from './values.ts';

const folder = new URL('../wikigpt-operator/', import.meta.url);
const generated = generatedFiles();

it.each([...generated])('%s is what npm run generate writes', (name, content) => {
  expect(readFileSync(new URL(name, folder), 'utf8')).toBe(content);
});

it('files/ holds nothing else', () => {
  const found = readdirSync(new URL('files/', folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  const expected = [...generated.keys()]
    .filter((name) => name.startsWith('files/'))
    .map((name) => name.replace(/^.*\//, ''));
  expect(found.sort()).toEqual(expected.sort());
});

it('reads the comment above a value, and what its last line says of it', () => {
  const [block, several] = readValues(
    '# About the file.\n\nouter:\n  # The first.\n  inner: 1\n# Two\n# lines.\n# @schema {minimum: 0}\nseveral: 2\n',
  );
  expect(block?.block).toEqual([{ name: 'outer.inner', text: 'The first.', usual: 1, facets: {} }]);
  expect(several).toEqual({ name: 'several', text: 'Two lines.', usual: 2, facets: { minimum: 0 } });
});

it('refuses a value that nothing is said about', () => {
  expect(() => readValues('# Said.\na: 1\nb: 2\n')).toThrow('no comment above b');
});
