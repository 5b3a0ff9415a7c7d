import { TrainerError } from '../errors.ts';
import { readBytes, withFile } from './read-file.ts';
import { headerLength, parseHeader, type TensorLocation } from './safetensors-header.ts';
import { widenBfloat, widenHalf, type Tensor } from './tensor.ts';

/** A safetensors file, or a sharded set of them, whose tensors are read when asked for. */
export interface TensorFile {
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Reads one tensor as float32; fails with ModelIncompatible when there is none of that name. */
  get(name: string): Promise<Tensor>;
  /** Where the bytes lie in `path`, for handing them to the runtime as external data (F32 only). */
  location(name: string): TensorLocation & { readonly path: string };
}

/** Reads a file's header and checks every tensor against its size; fails with ModelIncompatible on a damaged file. */
export async function readSafetensors(path: string): Promise<TensorFile> {
  const { tensors, metadata } = await withFile(path, async (file) => {
    const { size } = await file.stat();
    const length = headerLength(await readBytes(file, 0, Math.min(8, size), path), size, path);
    const json = Buffer.from(await readBytes(file, 8, length, path)).toString('utf8');
    return parseHeader(json, 8 + length, size, path);
  });

  const location = (name: string) => {
    const found = tensors.get(name);
    if (found === undefined)
      throw new TrainerError(
        'ModelIncompatible',
        `${path} has no tensor ${name}; config.json and the weights do not belong together.`,
      );
    return { ...found, path };
  };
  return {
    names: [...tensors.keys()],
    metadata,
    location,
    async get(name) {
      const { dtype, shape, offset, length } = location(name);
      if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16')
        throw new TrainerError(
          'ModelIncompatible',
          `${path}: tensor ${name} is stored as ${dtype}; F32, F16 and BF16 can be read. Save the model unquantised.`,
        );
      const { buffer } = await withFile(path, (file) => readBytes(file, offset, length, path));
      if (dtype === 'F32') return { shape, data: new Float32Array(buffer) };
      const bits = new Uint16Array(buffer);
      return { shape, data: dtype === 'F16' ? widenHalf(bits) : widenBfloat(bits) };
    },
  };
}
