import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TrainerError } from '../../errors.ts';
import { createRandom } from '../../random.ts';
import { ggufBytes } from './gguf.fixture.ts';
import { parseGgufHeader } from './gguf-header.ts';
import { widenBlocks } from './tensor-types.ts';

const golden = JSON.parse(readFileSync(new URL('golden/tensors.json', import.meta.url), 'utf8')) as {
  readonly shape: readonly number[];
  readonly file: string;
  readonly tensors: Readonly<Record<string, string>>;
};
const file = Uint8Array.from(Buffer.from(golden.file, 'base64'));
const parse = (bytes: Uint8Array, size = bytes.length) => parseGgufHeader(bytes, size, 'a.gguf');

describe('a file that the Python package gguf wrote', () => {
  const { metadata, tensors } = parse(file);

  test('says the same', () => {
    expect(Object.fromEntries(metadata)).toEqual({
      'general.architecture': 'llama',
      'a.text': '字',
      'a.list': [1, -2, 3],
      'a.float': 0.5,
      'a.switch': true,
      'a.large': 2n ** 60n,
    });
  });

  test.each(Object.entries(golden.tensors))('has the same numbers in %s, to the bit', (name, expected) => {
    const { type, shape, offset, length } = tensors.get(name)!;
    expect([type.name, shape]).toEqual([name, golden.shape]);
    const found = widenBlocks(type, file.subarray(offset, offset + length));
    expect(Buffer.compare(Buffer.from(found.buffer), Buffer.from(expected, 'base64'))).toBe(0);
  });
});

describe('a damaged or hostile file', () => {
  const small = ggufBytes(
    { 'general.alignment': 32, list: ['a', 'b'] },
    { t: { shape: [2, 4], data: new Float32Array(8) } },
  );
  const changed = (at: number, ...bytes: number[]): Uint8Array => {
    const copy = small.slice();
    copy.set(bytes, at);
    return copy;
  };

  test('keeps a token that is a byte order mark', () => {
    expect(parse(ggufBytes({ list: ['\ufeff', 'b'] }, {})).metadata.get('list')).toEqual(['\ufeff', 'b']);
  });

  test('is whole before it is damaged', () => {
    expect(parse(small).tensors.get('t')).toMatchObject({ shape: [2, 4], length: 32 });
  });

  test.each([
    ['another kind of file', changed(0, 0x50, 0x4b), /does not begin with GGUF/],
    ['the order of bytes of other machines', changed(4, 0, 0, 0, 3), /its version is 50331648/],
    ['tensors without number', changed(8, 255, 255, 255, 255, 255, 255, 255, 127), /it names the size/],
    ['too many tensors', changed(8, 0, 0, 0, 1), /claims 16777217? tensors|claims \d+ tensors/],
    ['too many keys', changed(16, 0, 0, 0, 1), /claims 16777216 keys/],
    ['a key without end', changed(24, 255, 255), /claims 65535 bytes of a key/],
    ['a value of no type', changed(24 + 8 + 'general.alignment'.length, 77), /unknown type 77/],
    ['no alignment', changed(24 + 8 + 'general.alignment'.length + 4, 0), /its alignment is 0/],
  ])('with %s is refused', (_, bytes, message) => {
    expect(() => parse(bytes)).toThrow(message);
  });

  test('with a list of lists of lists is refused', () => {
    const nested = Uint8Array.from(Buffer.concat([small.subarray(0, 16), nestedLists(40)]));
    expect(() => parse(nested)).toThrow(/nests lists in lists/);
  });

  test('with a tensor beyond its end is refused', () => {
    expect(() => parse(small, small.length - 1)).toThrow(/tensor t ends at byte \d+, but the file has \d+/);
  });

  test('with a name twice is refused', () => {
    const twice = Buffer.from(ggufBytes({ aa: 1, ab: 2 }, {}));
    twice.write('aa', twice.indexOf('ab'));
    expect(() => parse(twice)).toThrow(/has the key aa twice/);
  });

  test('with a tensor of a type that is not read is refused', () => {
    const at = Buffer.from(small).lastIndexOf(Buffer.from([4, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]));
    expect(() => parse(changed(at + 16, 23))).toThrow(/tensor t is of type 23, expected one of F32, F16/);
  });

  test('cut anywhere in its header gives a sentence', () => {
    const end = parse(small).tensors.get('t')!.offset - 32;
    for (let length = 0; length < end; length++) expect(() => parse(small.subarray(0, length))).toThrow(TrainerError);
  });

  test('with any byte changed is read or refused, and never breaks anything', () => {
    const random = createRandom(1);
    for (let round = 0; round < 3000; round++) {
      const copy = small.slice();
      for (let i = 0; i < 3; i++) copy[Math.floor(random.uniform() * copy.length)] = Math.floor(random.uniform() * 256);
      try {
        parse(copy);
      } catch (error) {
        expect(error).toBeInstanceOf(TrainerError);
      }
    }
  });
});

/** One key whose value is a list of a list of a list … */
function nestedLists(depth: number): Buffer {
  const word = (value: number, size: number): Buffer => {
    const bytes = Buffer.alloc(size);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const list = Buffer.concat([word(9, 4), word(1, 8)]);
  return Buffer.concat([word(1, 8), word(1, 8), Buffer.from('k'), word(9, 4), ...Array<Buffer>(depth).fill(list)]);
}
