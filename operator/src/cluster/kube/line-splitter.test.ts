import { expect, test } from 'vitest';
import { LineSplitter } from './line-splitter.ts';

test('lines come out whole, wherever the bytes were cut', () => {
  const text = '{"名":"国"}\n\n{"b":2}\n{"c":3}\n';
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size++) {
    const splitter = new LineSplitter();
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.subarray(at, at + size)));
    expect(lines).toEqual(['{"名":"国"}', '{"b":2}', '{"c":3}']);
  }
});

test('an unfinished line waits', () => {
  const splitter = new LineSplitter();
  expect(splitter.push(Buffer.from('abc'))).toEqual([]);
  expect(splitter.push(Buffer.from('def\ng'))).toEqual(['abcdef']);
});
