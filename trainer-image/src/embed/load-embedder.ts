import { TrainerError } from '../errors.ts';
import { bert } from '../models/bert.ts';
import { createSession } from '../runtime/session.ts';
import { floatTensor, intTensor } from '../runtime/tensor.ts';
import { tokenizerFromFiles } from '../tokenizers/load-tokenizer.ts';
import { bindWeights } from '../weights/bind-weights.ts';
import { readModelFolder } from '../weights/read-model-folder.ts';
import { embedGraph } from './embed-graph.ts';
import { readEmbeddingForm } from './read-embedding-form.ts';

/** Makes vectors of texts. */
export interface Embedder {
  /** Width of a vector. */
  readonly hidden: number;
  /** Tokens that are read of a text, its marks included; what stands behind them is left out. */
  readonly longest: number;
  /** One vector [hidden] for each text, and the tokens that were read. */
  embed(texts: readonly string[]): Promise<{ readonly vectors: readonly Float32Array[]; readonly tokens: number }>;
  release(): Promise<void>;
}

/** What stands beside the encoder in a file: heads of pretraining, and positions that count up. */
const others = /^(bert\.)?(pooler\.|embeddings\.position_ids$)|^cls\./;

/** Loads an encoder of the family bert; fails with ModelIncompatible when the folder holds something else. */
export async function loadEmbedder(folder: string, { threads }: { readonly threads: number }): Promise<Embedder> {
  const { config: hub, tokenizer: files, tensors } = await readModelFolder(folder);
  if (hub['model_type'] !== bert.modelType)
    throw new TrainerError(
      'ModelIncompatible',
      `${folder}: model_type is ${JSON.stringify(hub['model_type'] ?? null)}, expected "bert"; embeddings are made by an encoder of this family.`,
    );
  const config = bert.configFromHub(hub);
  const { pooling, longest: most } = await readEmbeddingForm(folder);
  const weights = await bindWeights(folder, tensors, bert.parameters(config), others);
  const tokenizer = tokenizerFromFiles(files);
  const graph = embedGraph(config, pooling, (name) => weights.get(name)!);
  const session = await createSession({ graph, folder }, { threads, spinning: false });
  const longest = Math.min(most ?? config.context, config.context);
  const begin = tokenizer.documentStart;
  return {
    hidden: config.hidden,
    longest,
    async embed(texts) {
      const ids = texts.map((text) => [begin, ...tokenizer.encodeText(text).slice(0, longest - 2), tokenizer.eos]);
      const width = Math.max(...ids.map(({ length }) => length));
      const padded = ids.map((each) => Array.from({ length: width }, (_, i) => each[i] ?? tokenizer.pad ?? 0));
      const { embedding } = await session.run({
        tokens: intTensor(padded.flat()),
        positions: intTensor(padded.flatMap((each) => each.map((_, i) => i))),
        present: floatTensor(
          ids.flatMap(({ length }) => Array.from({ length: width }, (_, i) => (i < length ? 1 : 0))),
          [ids.length, width],
        ),
      });
      const all = embedding!.data as Float32Array;
      const vectors = ids.map((_, row) => all.slice(row * config.hidden, (row + 1) * config.hidden));
      return { vectors, tokens: ids.reduce((sum, { length }) => sum + length, 0) };
    },
    release: () => session.release(),
  };
}
