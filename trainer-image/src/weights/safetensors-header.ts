import { TrainerError } from '../errors.ts';
import { elementCount } from './tensor.ts';

// The format: 8 bytes with the header's length (little-endian), a JSON header, then the tensors without gaps.
const bytesPerElement = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;

export type StoredDType = keyof typeof bytesPerElement;

/** Where a tensor's bytes lie; `offset` counts from the start of the file. */
export interface TensorLocation {
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** No honest header comes near it: about 100 bytes a tensor. */
const largestHeader = 100 * 1024 * 1024;

/** Reads the header length out of the first eight bytes, refusing what cannot be in a file of this size. */
export function headerLength(first: Uint8Array, fileSize: number, path: string): number {
  if (first.byteLength < 8) throw broken(path, `it has ${fileSize} bytes, fewer than any safetensors file`);
  const length = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(largestHeader) || length > BigInt(fileSize - 8))
    throw broken(path, `its header claims ${length} bytes, but the file has ${fileSize}`);
  return Number(length);
}

/** Checks every entry against the file's size, so that later reads cannot leave it. */
export function parseHeader(json: string, dataStart: number, fileSize: number, path: string): SafetensorsHeader {
  const header = parseObject(json, path);
  const tensors = new Map<string, TensorLocation>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = stringsOf(value);
    else tensors.set(name, location(name, value, dataStart, fileSize, path));
  }
  let end = dataStart;
  for (const [name, { offset, length }] of [...tensors].sort(([, a], [, b]) => a.offset - b.offset)) {
    if (offset !== end) throw broken(path, `tensor ${name} starts at byte ${offset} where ${end} was expected`);
    end += length;
  }
  if (end !== fileSize) throw broken(path, `its tensors end at byte ${end}, but the file has ${fileSize}`);
  return { tensors, metadata };
}

function location(name: string, value: unknown, dataStart: number, fileSize: number, path: string): TensorLocation {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2)
    throw broken(path, `tensor ${name} has no usable shape and data_offsets`);
  if (!isStoredDType(dtype)) throw broken(path, `tensor ${name} has the unknown type ${JSON.stringify(dtype)}`);
  const [start, end] = offsets as [number, number];
  const length = end - start;
  const wanted = elementCount(shape) * bytesPerElement[dtype];
  if (length !== wanted)
    throw broken(path, `tensor ${name} of shape [${shape.join(', ')}] has ${length} bytes, not ${wanted}`);
  if (dataStart + end > fileSize)
    throw broken(path, `tensor ${name} ends at byte ${dataStart + end}, but the file has ${fileSize}`);
  return { dtype, shape, offset: dataStart + start, length };
}

function parseObject(json: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw broken(path, 'its header is not JSON', error);
  }
  throw broken(path, 'its header is not a JSON object');
}

const stringsOf = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(value ?? {}).filter(([, text]) => typeof text === 'string'));

const isStoredDType = (dtype: unknown): dtype is StoredDType =>
  typeof dtype === 'string' && Object.hasOwn(bytesPerElement, dtype);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

/** Every refusal of a file names it and what is wrong with it. */
const broken = (path: string, found: string, cause?: unknown): TrainerError =>
  new TrainerError(
    'ModelIncompatible',
    `${path} is not a whole safetensors file: ${found}. Copy or download it again.`,
    {
      cause,
    },
  );
