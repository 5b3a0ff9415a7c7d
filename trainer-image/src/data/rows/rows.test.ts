import { describe, expect, test } from 'vitest';
import { rowReader } from './index.ts';

const read = (name: string, text: string | Uint8Array) =>
  rowReader(name)(typeof text === 'string' ? new TextEncoder().encode(text) : text, name);
const bom = '\ufeff';
/** 中 in GBK. */
const gbk = Uint8Array.of(0xd6, 0xd0);

describe('JSONL', () => {
  test('has a row a line, whatever ends the line; empty lines count but are no rows', () => {
    expect(read('a.jsonl', `${bom}{"q":"中"}\r\n\r\n{"q":1}`)).toEqual([
      { place: 'a.jsonl:1', fields: { q: '中' } },
      { place: 'a.jsonl:3', fields: { q: 1 } },
    ]);
  });

  test('names the bad lines and keeps the good ones, without quoting the data', () => {
    const text = new TextEncoder().encode('{"secret": oops}\n[1]\n{"a":1}\n');
    const rows = read('a.jsonl', Buffer.concat([text, gbk, Buffer.from('\nnull')]));
    expect(rows).toEqual([
      { place: 'a.jsonl:1', problem: 'is not JSON' },
      { place: 'a.jsonl:2', problem: 'is not a JSON object' },
      { place: 'a.jsonl:3', fields: { a: 1 } },
      { place: 'a.jsonl:4', problem: 'is not UTF-8 text' },
      { place: 'a.jsonl:5', problem: 'is not a JSON object' },
    ]);
  });

  test('may be empty', () => {
    expect(read('a.jsonl', '')).toEqual([]);
    expect(read('a.jsonl', bom)).toEqual([]);
  });
});

describe('JSON', () => {
  test('is an array of objects', () => {
    expect(read('a.json', `${bom}[{"q":"a"}, 2]`)).toEqual([
      { place: 'a.json[0]', fields: { q: 'a' } },
      { place: 'a.json[1]', problem: 'is not a JSON object' },
    ]);
  });
  test.each(['{"q":1}', '', '[1', 'null'])('%j is refused with what to do', (text) => {
    expect(() => read('a.json', text)).toThrow(/must be a JSON array of records; for one object a line/);
  });
});

describe('CSV', () => {
  test('takes its names from the first line and copes with quotes, line breaks and CRLF', () => {
    expect(read('a.csv', `${bom}question,answer\r\n"a, ""b""","x\ny"\r\n\r\n中,2\r\n`)).toEqual([
      { place: 'a.csv:3', fields: { question: 'a, "b"', answer: 'x\ny' } },
      { place: 'a.csv:5', fields: { question: '中', answer: '2' } },
    ]);
  });

  test('reports a line with too many or too few values and goes on', () => {
    const rows = read('a.csv', 'q,a\n1,2\n3\n4,5,6\n7,8\n');
    expect(rows.filter((row) => 'fields' in row)).toHaveLength(2);
    expect(rows.filter((row) => 'problem' in row)).toEqual([
      { place: 'a.csv:3', problem: expect.stringMatching(/inconsistent|columns/) as string },
      { place: 'a.csv:4', problem: expect.stringMatching(/inconsistent|columns/) as string },
    ]);
  });

  test('may be separated by tabs', () => {
    expect(read('a.tsv', 'q\ta\n1\t2')).toEqual([{ place: 'a.tsv:2', fields: { q: '1', a: '2' } }]);
  });

  test('in another encoding is refused with what to do', () => {
    expect(() => read('a.csv', gbk)).toThrow(/a.csv is not UTF-8 text; save it as UTF-8/);
  });

  test('with an open quote does not hang or crash', () => {
    const rows = read('a.csv', 'q,a\n"1,2\n3,4');
    expect(rows.every((row) => 'problem' in row)).toBe(true);
  });

  test('of nothing has no rows', () => {
    expect(read('a.csv', '')).toEqual([]);
  });
});

test('plain text is cut at empty lines', () => {
  expect(read('a.txt', `${bom}one\r\ntwo\r\n\r\n \n三\n`)).toEqual([
    { place: 'a.txt:1', fields: { text: 'one\ntwo' } },
    { place: 'a.txt:5', fields: { text: '三' } },
  ]);
});

test('an unknown ending is refused with those that are known', () => {
  expect(() => rowReader('a.parquet')).toThrow(/a.parquet has no known ending; data files end in .jsonl/);
  expect(() => rowReader('constructor')).toThrow(/no known ending/);
});
