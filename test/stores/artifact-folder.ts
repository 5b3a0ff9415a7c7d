import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '../../trainer-image/src/random.ts';

/** Larger than two parts of an upload. */
export const largeBytes = 20 * 2 ** 20;

/** So many bytes, a multiple of four, as `seed` decides. */
export function bytesOf(length: number, seed = 1): Buffer {
  const random = createRandom(seed);
  const words = new Uint32Array(length / 4).map(() => Math.floor(random.uniform() * 2 ** 32));
  return Buffer.from(words.buffer);
}

/** Fills a folder with a large file and small ones, as a job would; `seed` decides the bytes. */
export async function writeArtifact(folder: string, seed = 1): Promise<string> {
  await mkdir(join(folder, 'adapter'));
  await writeFile(join(folder, 'model.safetensors'), bytesOf(largeBytes, seed));
  await writeFile(join(folder, 'config.json'), '{"model_type":"llama"}');
  await writeFile(join(folder, 'wikigpt.json'), '{}');
  await writeFile(join(folder, 'adapter', 'a name 中文.txt'), 'small');
  await writeFile(join(folder, 'empty'), '');
  await writeFile(join(folder, 'report.json'), '{}');
  return folder;
}
