import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOps } from '../onnx/ops.ts';
import { createSession } from './session.ts';
import { floatTensor, intTensor } from './tensor.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'session-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('reads weights straight out of a safetensors file, at any offset', async () => {
  const weight = Float32Array.from([1, 2, 3, 4, 5, 6]);
  const header = JSON.stringify({
    bias: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
    weight: { dtype: 'F32', shape: [3, 2], data_offsets: [4, 28] },
  });
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  const start = 8 + header.length;
  await writeFile(
    join(folder, 'model.safetensors'),
    Buffer.concat([prefix, Buffer.from(header), Buffer.alloc(4), Buffer.from(weight.buffer)]),
  );
  const ops = createOps('external');
  const x = ops.input('x', 'float32', [1, 3]);
  const w = ops.initializer('weight', 'float32', [3, 2], {
    location: 'model.safetensors',
    offset: start + 4,
    length: 24,
  });
  ops.output('y', ops.matmul(x, w));
  const session = await createSession({ graph: ops.graph(), folder }, { threads: 1 });
  const { y } = await session.run({ x: floatTensor([1, 2, 3], [1, 3]) });
  expect(y).toEqual({ dtype: 'float32', shape: [1, 2], data: Float32Array.of(22, 28) });
  await session.release();
});

test('runs one graph at several sizes of its symbolic dimensions', async () => {
  const ops = createOps('symbolic');
  const tokens = ops.input('tokens', 'int64', ['batch', 'seq']);
  const table = ops.initializer(
    'table',
    'float32',
    [4, 6],
    Float32Array.from({ length: 24 }, (_, i) => i),
  );
  const rows = ops.reshape(ops.gather(table, tokens), ['rows', 6]);
  const heads = ops.transpose(ops.reshape(rows, ['batch', 'seq', 2, 3]), [0, 2, 1, 3]);
  const ones = ops.expand(ops.constant(1, [1, 1, 1, 3]), ['batch', 2, 'seq', 3]);
  ops.output('y', ops.reduceSum(ops.mul(heads, ones), [-1], false));
  const session = await createSession({ graph: ops.graph() }, { threads: 1 });
  const one = await session.run({ tokens: intTensor([1], [1, 1]) });
  expect(one['y']).toEqual({ dtype: 'float32', shape: [1, 2, 1], data: Float32Array.of(21, 30) });
  const four = await session.run({ tokens: intTensor([0, 1, 2, 3], [2, 2]) });
  expect(four['y']).toEqual({
    dtype: 'float32',
    shape: [2, 2, 2],
    data: Float32Array.of(3, 21, 12, 30, 39, 57, 48, 66),
  });
  await session.release();
});

test('gives results under the names of the outputs, also for an input, a constant and a value used twice', async () => {
  const ops = createOps('outputs');
  const x = ops.input('x', 'float32', [2]);
  const doubled = ops.mul(x, 2);
  ops.output('first', doubled);
  ops.output('second', doubled);
  ops.output('same', x);
  ops.output('seven', ops.constant(7));
  const session = await createSession({ graph: ops.graph() }, { threads: 1, prepacking: false, spinning: false });
  const results = await session.run({ x: floatTensor([1, 2]) });
  expect(Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...data]]))).toEqual({
    first: [2, 4],
    second: [2, 4],
    same: [1, 2],
    seven: [7],
  });
  await session.release();
});

test('says which graph the runtime refused and why', async () => {
  const ops = createOps('missing');
  const w = ops.initializer('w', 'float32', [1], { location: 'absent.bin', offset: 0, length: 4 });
  ops.output('y', ops.neg(w));
  await expect(createSession({ graph: ops.graph(), folder }, { threads: 1 })).rejects.toMatchObject({
    code: 'GraphInvalid',
    message: expect.stringMatching(/^Graph missing could not be compiled: .*absent\.bin/),
  });
});

test('refuses a wrong feed by its name', async () => {
  const ops = createOps('feeds');
  ops.output('y', ops.neg(ops.input('x', 'float32', [2])));
  const session = await createSession({ graph: ops.graph() }, { threads: 1 });
  await expect(session.run({})).rejects.toThrow(/Graph feeds failed while running: .*x/);
  await expect(session.run({ x: floatTensor([1, 2, 3]) })).rejects.toThrow(/Got: 3 Expected: 2/);
  await session.release();
});

test('says that memory ran out, and what to do', async () => {
  const ops = createOps('huge');
  const x = ops.input('x', 'float32', [1, 1]);
  // More than any address space holds, so that the request fails at once.
  ops.output('y', ops.slice(ops.expand(x, [2 ** 24, 2 ** 24]), 0, 0, 1));
  const session = await createSession({ graph: ops.graph() }, { threads: 1 });
  await expect(session.run({ x: floatTensor([1], [1, 1]) })).rejects.toMatchObject({
    code: 'OutOfMemory',
    message: expect.stringMatching(/^Graph huge failed while running: memory ran out .*smaller batch/),
  });
  await session.release();
});
