import { open, rename, rm } from 'node:fs/promises';
import { TrainerError } from '../errors.ts';
import { elementCount, type Tensor } from './tensor.ts';

/** A tensor to write; data may come late, so that a large model need not be in memory at once. */
export interface TensorToWrite {
  readonly shape: readonly number[];
  readonly data: Float32Array | (() => Promise<Float32Array>);
}

/** Writes float32 tensors as a safetensors file, complete or not at all (write, flush, rename). */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, Tensor | TensorToWrite]>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  // The reference writer orders by element size, then by name; all of ours have four bytes.
  const entries = [...tensors].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const temporary = `${path}.partial`;
  const file = await open(temporary, 'w');
  try {
    await file.write(headerBytes(entries, metadata));
    for (const [name, { shape, data }] of entries) {
      const values = typeof data === 'function' ? await data() : data;
      if (values.length !== elementCount(shape))
        throw new TrainerError(
          'TrainerFailed',
          `Tensor ${name} of shape [${shape.join(', ')}] holds ${values.length} values, not ${elementCount(shape)}.`,
        );
      await writeAll(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The length word and the JSON header, padded with spaces to a multiple of eight. */
function headerBytes(
  entries: readonly (readonly [string, { readonly shape: readonly number[] }])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  // Readers of transformers insist on "format" as soon as there is any metadata.
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let end = 0;
  for (const [name, { shape }] of entries) {
    const start = end;
    end += 4 * elementCount(shape);
    header[name] = { dtype: 'F32', shape, data_offsets: [start, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length), 0);
  json.copy(bytes, 8);
  return bytes;
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.length - done, 0x4000_0000));
    done += bytesWritten;
  }
}
