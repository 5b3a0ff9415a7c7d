import { geluErf } from '../nn/activations.ts';
import type { ForwardContext } from '../nn/forward-context.ts';
import type { Value } from '../onnx/value.ts';
import type { HubConfig, Parameter } from './family.ts';
import { hubNumber } from './hub-number.ts';
import { requireKnown, type KnownKeys } from './require-known.ts';

/** The sizes of an encoder. */
export interface EncoderConfig {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly intermediate: number;
  readonly vocabulary: number;
  readonly context: number;
  readonly epsilon: number;
  /** Kinds of sentences that have a table; of one text all tokens are of the first. */
  readonly types: number;
}

const known: KnownKeys = {
  read: [
    'hidden_size',
    'num_attention_heads',
    'num_hidden_layers',
    'intermediate_size',
    'vocab_size',
    'max_position_embeddings',
    'type_vocab_size',
    'layer_norm_eps',
    'attention_probs_dropout_prob',
    'hidden_dropout_prob',
    'classifier_dropout',
    'tie_word_embeddings',
  ],
  only: { hidden_act: ['gelu'], position_embedding_type: ['absolute'], is_decoder: [false] },
};

/** BERT (Devlin et al., 2019), an encoder: learnt positions, LayerNorm after each part, exact GELU, attention in both directions. */
export const bert = {
  modelType: 'bert',

  configFromHub(hub: HubConfig): EncoderConfig {
    requireKnown(hub, 'bert', known);
    return {
      layers: hubNumber(hub, 'num_hidden_layers'),
      hidden: hubNumber(hub, 'hidden_size'),
      heads: hubNumber(hub, 'num_attention_heads'),
      intermediate: hubNumber(hub, 'intermediate_size'),
      vocabulary: hubNumber(hub, 'vocab_size'),
      context: hubNumber(hub, 'max_position_embeddings', 512),
      epsilon: hubNumber(hub, 'layer_norm_eps', 1e-12),
      types: hubNumber(hub, 'type_vocab_size', 2),
    };
  },

  parameters({ layers, hidden, intermediate, vocabulary, context, types }: EncoderConfig): readonly Parameter[] {
    const table = (name: string, rows: number): Parameter => ({
      name: `bert.embeddings.${name}.weight`,
      shape: [rows, hidden],
      init: 'normal',
      kind: 'embedding',
    });
    const linear = (name: string, out: number, into: number): Parameter[] => [
      { name: `${name}.weight`, shape: [out, into], init: 'normal', kind: 'linear' },
      { name: `${name}.bias`, shape: [out], init: 'zeros', kind: 'bias' },
    ];
    const norm = (name: string): Parameter[] => [
      { name: `${name}.LayerNorm.weight`, shape: [hidden], init: 'ones', kind: 'norm' },
      { name: `${name}.LayerNorm.bias`, shape: [hidden], init: 'zeros', kind: 'bias' },
    ];
    return [
      table('word_embeddings', vocabulary),
      table('position_embeddings', context),
      table('token_type_embeddings', types),
      ...norm('bert.embeddings'),
      ...Array.from({ length: layers }, (_, i) => `bert.encoder.layer.${i}`).flatMap((layer) => [
        ...['query', 'key', 'value'].flatMap((name) => linear(`${layer}.attention.self.${name}`, hidden, hidden)),
        ...linear(`${layer}.attention.output.dense`, hidden, hidden),
        ...norm(`${layer}.attention.output`),
        ...linear(`${layer}.intermediate.dense`, intermediate, hidden),
        ...linear(`${layer}.output.dense`, hidden, intermediate),
        ...norm(`${layer}.output`),
      ]),
    ];
  },

  /** Tokens and positions `[rows]` → hidden states `[rows, hidden]`. */
  hidden(
    { ops, weight, linear, attend }: ForwardContext,
    config: EncoderConfig,
    tokens: Value,
    positions: Value,
  ): Value {
    const norm = (name: string, x: Value): Value =>
      ops.layerNorm(x, weight(`${name}.LayerNorm.weight`), weight(`${name}.LayerNorm.bias`), config.epsilon);
    const table = (name: string): Value => weight(`bert.embeddings.${name}.weight`);
    const type = ops.slice(table('token_type_embeddings'), 0, 0, 1);
    const words = ops.gather(table('word_embeddings'), tokens, 0);
    const places = ops.gather(table('position_embeddings'), positions, 0);
    let x = norm('bert.embeddings', ops.add(ops.add(words, type), places));
    for (let i = 0; i < config.layers; i++) {
      const layer = `bert.encoder.layer.${i}`;
      x = ops.scope(`layer.${i}`, () => {
        const [q, k, v] = ['query', 'key', 'value'].map((name) => linear(`${layer}.attention.self.${name}`, x));
        const attended = linear(`${layer}.attention.output.dense`, attend(i, q!, k!, v!));
        const y = norm(`${layer}.attention.output`, ops.add(attended, x));
        const wide = geluErf(ops, linear(`${layer}.intermediate.dense`, y));
        return norm(`${layer}.output`, ops.add(linear(`${layer}.output.dense`, wide), y));
      });
    }
    return x;
  },
} as const;
