import { mkdtemp, readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { readSafetensors } from './read-safetensors.ts';
import { writeSafetensors } from './write-safetensors.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
  path = join(folder, 'model.safetensors');
});

const weight = { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, 7) };
const scalar = { shape: [], data: Float32Array.of(4) };

/** A file by hand, to say what our own writer never would. */
function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0), length?: bigint): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const word = Buffer.alloc(8);
  word.writeBigUInt64LE(length ?? BigInt(json.length));
  return Buffer.concat([word, json, data]);
}

describe('a written file', () => {
  test('reads back value for value, by name and by location', async () => {
    await writeSafetensors(path, [
      ['model.norm.weight', scalar],
      ['model.embed_tokens.weight', weight],
    ]);
    const file = await readSafetensors(path);
    expect(file.names).toEqual(['model.embed_tokens.weight', 'model.norm.weight']);
    expect(file.metadata).toEqual({ format: 'pt' });
    expect(await file.get('model.embed_tokens.weight')).toEqual(weight);
    expect(await file.get('model.norm.weight')).toEqual(scalar);

    const { offset, length, dtype } = file.location('model.embed_tokens.weight');
    expect(dtype).toBe('F32');
    const bytes = new Uint8Array(await readFile(path)).slice(offset, offset + length);
    expect(new Float32Array(bytes.buffer)).toEqual(weight.data);
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  test('has a header padded to a multiple of eight, as other readers want', async () => {
    await writeSafetensors(path, [['a', weight]], { step: '12' });
    const bytes = await readFile(path);
    const length = Number(bytes.readBigUInt64LE());
    expect(length % 8).toBe(0);
    expect(JSON.parse(bytes.subarray(8, 8 + length).toString())).toEqual({
      __metadata__: { format: 'pt', step: '12' },
      a: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
    });
  });

  test('is not there at all when writing failed', async () => {
    const failing = { shape: [1], data: () => Promise.reject(new Error('source gone')) };
    await expect(
      writeSafetensors(path, [
        ['a', weight],
        ['b', failing],
      ]),
    ).rejects.toThrow('source gone');
    expect(await readdir(folder)).toEqual([]);
  });

  test('refuses values that do not fill the shape', async () => {
    await expect(writeSafetensors(path, [['a', { shape: [4], data: new Float32Array(3) }]])).rejects.toThrow(
      'holds 3 values, not 4',
    );
  });
});

test('half precision widens exactly', async () => {
  const half = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00, 0x7e00);
  const brain = Uint16Array.of(0x3f80, 0xc000, 0x7f80);
  const header = {
    half: { dtype: 'F16', shape: [7], data_offsets: [0, 14] },
    brain: { dtype: 'BF16', shape: [3], data_offsets: [14, 20] },
  };
  await writeFile(path, fileOf(header, Buffer.concat([Buffer.from(half.buffer), Buffer.from(brain.buffer)])));
  const file = await readSafetensors(path);
  expect((await file.get('half')).data).toEqual(Float32Array.of(1, -2, 65504, 2 ** -24, -0, Infinity, NaN));
  expect((await file.get('brain')).data).toEqual(Float32Array.of(1, -2, Infinity));
});

describe('a hostile file is refused', () => {
  const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  const eight = new Uint8Array(8);
  const cases: Record<string, [Uint8Array, RegExp]> = {
    empty: [new Uint8Array(0), /has 0 bytes/],
    'header of 10 GB': [fileOf('{}', eight, 10_000_000_000n), /claims 10000000000 bytes, but the file has 18/],
    'header of 2^64 bytes': [fileOf('{}', eight, 0xffff_ffff_ffff_ffffn), /claims 18446744073709551615/],
    'header that is not JSON': [fileOf('{"a":'), /not JSON/],
    'header that is a list': [fileOf('[1]'), /not a JSON object/],
    'tensor past the end': [fileOf({ a: entry }, new Uint8Array(4)), /ends at byte/],
    'negative offset': [fileOf({ a: { ...entry, data_offsets: [-8, 0] } }, eight), /no usable shape/],
    'fractional shape': [fileOf({ a: { ...entry, shape: [0.5] } }, eight), /no usable shape/],
    'shape that overflows': [fileOf({ a: { ...entry, shape: [2 ** 40, 2 ** 40] } }, eight), /has 8 bytes/],
    'shape and bytes that differ': [fileOf({ a: { ...entry, shape: [3] } }, eight), /has 8 bytes, not 12/],
    'overlapping tensors': [fileOf({ a: entry, b: entry }, eight), /tensor b starts/],
    'bytes nobody owns': [fileOf({ a: entry }, new Uint8Array(12)), /end at byte/],
    'an unknown type': [fileOf({ a: { ...entry, dtype: 'Q4_K' } }, eight), /unknown type "Q4_K"/],
  };
  test.each(Object.entries(cases))('%s', async (_, [bytes, message]) => {
    await writeFile(path, bytes);
    await expect(readSafetensors(path)).rejects.toThrow(message);
    await expect(readSafetensors(path)).rejects.toMatchObject({ code: 'ModelIncompatible' });
  });

  test('truncated after it was opened', async () => {
    await writeSafetensors(path, [['a', weight]]);
    const file = await readSafetensors(path);
    await truncate(path, 100);
    await expect(file.get('a')).rejects.toThrow(/ended early/);
  });

  test('asked for integers, which may lie beside the weights', async () => {
    await writeFile(path, fileOf({ mask: { ...entry, dtype: 'I32' } }, eight));
    const file = await readSafetensors(path);
    await expect(file.get('mask')).rejects.toThrow(/stored as I32; F32, F16 and BF16/);
  });

  test('asked for a tensor it does not have', async () => {
    await writeSafetensors(path, [['a', weight]]);
    await expect((await readSafetensors(path)).get('lm_head.weight')).rejects.toThrow(/no tensor lm_head.weight/);
  });
});
