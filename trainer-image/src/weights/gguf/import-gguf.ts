import { TrainerError } from '../../errors.ts';
import { readBytes, withFile } from '../read-file.ts';
import { writeModelFolder } from '../write-model-folder.ts';
import { configOfGguf, hubTensorName, restoreRows } from './gguf-config.ts';
import { largestHeader, parseGgufHeader, type GgufHeader, type GgufTensor } from './gguf-header.ts';
import { ggufMetadata } from './gguf-metadata.ts';
import { tokenizerOfGguf } from './gguf-tokenizer.ts';
import { widenBlocks } from './tensor-types.ts';

/** A GGUF file whose tensors are read when asked for. */
interface GgufFile extends GgufHeader {
  /** One tensor as float32, in the file's own order of rows. */
  get(name: string): Promise<Float32Array<ArrayBuffer>>;
}

/** Opens a GGUF file and checks that each tensor lies in it; fails with ModelIncompatible on a damaged file. */
async function readGguf(path: string): Promise<GgufFile> {
  const header = await withFile(path, async (file) => {
    const { size } = await file.stat();
    return parseGgufHeader(await readBytes(file, 0, Math.min(size, largestHeader), path), size, path);
  });
  const read = ({ type, offset, length }: GgufTensor) =>
    withFile(path, async (file) => widenBlocks(type, await readBytes(file, offset, length, path)));
  return {
    ...header,
    get(name) {
      const tensor = header.tensors.get(name);
      if (!tensor) throw new TrainerError('ModelIncompatible', `${path} has no tensor ${name}; choose another file.`);
      return read(tensor);
    },
  };
}

/** Writes the model of a GGUF file as a folder of the model hub, its weights widened to 32 bits, one tensor after the other. */
export async function importGguf(path: string, folder: string): Promise<void> {
  const file = await readGguf(path);
  const meta = ggufMetadata(file, path);
  const ropeFactors = file.tensors.has('rope_freqs.weight') ? await file.get('rope_freqs.weight') : null;
  const config = configOfGguf(meta, file, ropeFactors, path);
  const headDim = config['head_dim'] as number;
  const turned = config['model_type'] === 'llama' ? /^blk\.\d+\.attn_[qk]\./ : null;
  const tensors = [...file.tensors]
    .filter(([name]) => name !== 'rope_freqs.weight')
    .map(([name, { shape }]) => {
      const data = async () => {
        const found = await file.get(name);
        return turned?.test(name) ? restoreRows(found, shape[0]!, headDim) : found;
      };
      return [hubTensorName(name), { shape, data }] as const;
    });
  const eos = meta.number('tokenizer.ggml.eos_token_id', undefined) ?? null;
  const bos = meta.number('tokenizer.ggml.bos_token_id', undefined) ?? null;
  await writeModelFolder(folder, {
    config: { ...config, bos_token_id: bos, eos_token_id: eos, torch_dtype: 'float32', dtype: 'float32' },
    generationConfig: { bos_token_id: bos, eos_token_id: eos },
    tokenizer: tokenizerOfGguf(meta, file, path),
    tensors,
  });
}
