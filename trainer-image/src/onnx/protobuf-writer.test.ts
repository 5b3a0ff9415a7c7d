import { expect, test } from 'vitest';
import { createProtobufWriter } from './protobuf-writer.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test.each([
  ['a small integer', createProtobufWriter().integer(1, 150), '089601'],
  ['zero', createProtobufWriter().integer(1, 0), '0800'],
  ['a negative integer', createProtobufWriter().integer(1, -1), '08ffffffffffffffffff01'],
  ['an integer past 32 bits', createProtobufWriter().integer(1, 2 ** 40), '08808080808020'],
  ['text', createProtobufWriter().text(2, 'testing'), '120774657374696e67'],
  ['text beyond ASCII', createProtobufWriter().text(2, '中'), '1203e4b8ad'],
  ['a float', createProtobufWriter().float(2, 1.5), '150000c03f'],
  ['a high field number', createProtobufWriter().integer(20, 1), 'a00101'],
  ['a message inside', createProtobufWriter().message(3, createProtobufWriter().integer(1, 150)), '1a03089601'],
])('writes %s as the specification shows it', (_, writer, expected) => {
  expect(hex(writer.finish())).toBe(expected);
});
