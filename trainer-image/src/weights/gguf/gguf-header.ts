import { TrainerError } from '../../errors.ts';
import { elementCount } from '../tensor.ts';
import { tensorTypes, type TensorType } from './tensor-types.ts';

// A token may be a byte order mark.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export type GgufValue = number | bigint | boolean | string | readonly GgufValue[];

/** Where a tensor's blocks lie; `offset` counts from the start of the file, `shape` has the rows first. */
export interface GgufTensor {
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

export interface GgufHeader {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** No honest header comes near these: a vocabulary of 150,000 tokens with its merges takes 8 MB. */
export const largestHeader = 64 * 1024 * 1024;
const most = { keys: 4096, tensors: 65_536, dimensions: 4, name: 1024, nesting: 2 };

/**
 * Reads the header of a GGUF file, version 2 or 3, little-endian, out of its first bytes. Fails with ModelIncompatible when
 * something in it cannot be or lies outside the file.
 */
export function parseGgufHeader(bytes: Uint8Array, fileSize: number, path: string): GgufHeader {
  const read = createReader(bytes, path);
  if (read.ascii(4) !== 'GGUF') throw broken(path, 'it does not begin with GGUF');
  const version = read.u32();
  if (version !== 2 && version !== 3)
    throw broken(path, `its version is ${version}, expected 2 or 3 in little-endian order`);
  const tensorCount = read.count(most.tensors, 'tensors');
  const keyCount = read.count(most.keys, 'keys');
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < keyCount; i++) {
    const key = read.text(most.name, 'a key');
    if (metadata.has(key)) throw broken(path, `it has the key ${key} twice`);
    metadata.set(key, read.value(read.u32(), 0));
  }
  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || !Number.isInteger(alignment) || alignment < 1 || alignment > 65_536)
    throw broken(path, `its alignment is ${String(alignment)}`);
  const found = Array.from({ length: tensorCount }, () => readTensor(read, path));
  const start = Math.ceil(read.position() / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  for (const { name, offset, ...tensor } of found) {
    if (tensors.has(name)) throw broken(path, `it has the tensor ${name} twice`);
    if (start + offset + tensor.length > fileSize)
      throw broken(path, `tensor ${name} ends at byte ${start + offset + tensor.length}, but the file has ${fileSize}`);
    tensors.set(name, { ...tensor, offset: start + offset });
  }
  return { metadata, tensors };
}

type Reader = ReturnType<typeof createReader>;

function readTensor(read: Reader, path: string) {
  const name = read.text(most.name, 'the name of a tensor');
  const dimensions = read.u32();
  if (dimensions < 1 || dimensions > most.dimensions)
    throw broken(path, `tensor ${name} has ${dimensions} dimensions, expected 1 to ${most.dimensions}`);
  // The file names the innermost dimension first.
  const shape = Array.from({ length: dimensions }, () => read.size()).reverse();
  const code = read.u32();
  const type = tensorTypes.get(code);
  if (!type)
    throw new TrainerError(
      'ModelIncompatible',
      `${path}: tensor ${name} is of type ${code}, expected one of ${[...tensorTypes.values()].map((each) => each.name).join(', ')}; take a file in one of these.`,
    );
  const count = elementCount(shape);
  if (!Number.isSafeInteger(count) || shape.at(-1)! % type.block !== 0)
    throw broken(path, `tensor ${name} of shape [${shape.join(', ')}] is not made of blocks of ${type.block}`);
  return { name, type, shape, offset: read.size(), length: (count / type.block) * type.bytes };
}

/** Reads one thing after the other and never past the end. */
function createReader(bytes: Uint8Array, path: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const step = (length: number): number => {
    if (length > bytes.byteLength - at) throw broken(path, `its header goes on after byte ${bytes.byteLength}`);
    at += length;
    return at - length;
  };
  const u64 = (): bigint => view.getBigUint64(step(8), true);
  const size = (): number => {
    const found = u64();
    if (found > BigInt(Number.MAX_SAFE_INTEGER)) throw broken(path, `it names the size ${found}`);
    return Number(found);
  };
  const count = (limit: number, what: string): number => {
    const found = size();
    if (found > limit) throw broken(path, `it claims ${found} ${what}, at most ${limit} are read`);
    return found;
  };
  const text = (limit: number, what: string): string => {
    const length = count(limit, `bytes of ${what}`);
    const start = step(length);
    return utf8.decode(bytes.subarray(start, start + length));
  };
  const list = (nesting: number): GgufValue[] => {
    if (nesting > most.nesting) throw broken(path, 'it nests lists in lists');
    const type = view.getUint32(step(4), true);
    // Every element has a byte at least, so that a count beyond the header is refused before anything is allocated.
    const length = count(bytes.byteLength - at, 'values of a list');
    return Array.from({ length }, () => value(type, nesting));
  };
  const kinds: readonly ((nesting: number) => GgufValue)[] = [
    () => view.getUint8(step(1)),
    () => view.getInt8(step(1)),
    () => view.getUint16(step(2), true),
    () => view.getInt16(step(2), true),
    () => view.getUint32(step(4), true),
    () => view.getInt32(step(4), true),
    () => view.getFloat32(step(4), true),
    () => view.getUint8(step(1)) !== 0,
    () => text(bytes.byteLength, 'a text'),
    (nesting) => list(nesting + 1),
    () => smallest(u64()),
    () => smallest(view.getBigInt64(step(8), true)),
    () => view.getFloat64(step(8), true),
  ];
  const value = (type: number, nesting: number): GgufValue => {
    const kind = kinds[type];
    if (!kind) throw broken(path, `it has a value of the unknown type ${type}`);
    return kind(nesting);
  };
  return {
    position: () => at,
    ascii: (length: number): string => {
      const start = step(length);
      return String.fromCharCode(...bytes.subarray(start, start + length));
    },
    u32: () => view.getUint32(step(4), true),
    size,
    count,
    text,
    value,
  };
}

const smallest = (found: bigint): number | bigint => {
  const number = Number(found);
  return Number.isSafeInteger(number) ? number : found;
};

const broken = (path: string, found: string): TrainerError =>
  new TrainerError('ModelIncompatible', `${path} is not a whole GGUF file: ${found}. Copy or download it again.`);
