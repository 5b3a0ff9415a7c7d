import { feedForwardWidth } from '@wikigpt/schema/model-sizes.ts';
import { geluTanh } from '../nn/activations.ts';
import type { Value } from '../onnx/value.ts';
import type { Family, Parameter } from './family.ts';
import { hubNumber } from './hub-number.ts';
import { requireKnown, type KnownKeys } from './require-known.ts';

const known: KnownKeys = {
  read: [
    'n_embd',
    'n_head',
    'n_layer',
    'n_inner',
    'n_positions',
    'n_ctx',
    'vocab_size',
    'layer_norm_epsilon',
    'tie_word_embeddings',
  ],
  only: { activation_function: ['gelu_new', 'gelu_pytorch_tanh'], scale_attn_weights: [true] },
};

/** GPT-2 (Radford et al., 2019): learned positions, LayerNorm, tanh GELU, biases, Conv1D weights stored `[in, out]`. */
export const gpt2: Family = {
  modelType: 'gpt2',

  configFromHub(hub) {
    requireKnown(hub, 'gpt2', known);
    const hidden = hubNumber(hub, 'n_embd');
    const heads = hubNumber(hub, 'n_head');
    return {
      modelType: 'gpt2',
      layers: hubNumber(hub, 'n_layer'),
      hidden,
      heads,
      kvHeads: heads,
      headDim: hidden / heads,
      intermediate: hubNumber(hub, 'n_inner', 4 * hidden),
      vocabulary: hubNumber(hub, 'vocab_size'),
      context: hubNumber(hub, 'n_positions', 1024),
      epsilon: hubNumber(hub, 'layer_norm_epsilon', 1e-5),
      tieEmbeddings: hub['tie_word_embeddings'] !== false,
    };
  },

  configToHub: (config, { eos, pad }) => ({
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    vocab_size: config.vocabulary,
    n_embd: config.hidden,
    n_layer: config.layers,
    n_head: config.heads,
    n_positions: config.context,
    n_ctx: config.context,
    n_inner: config.intermediate,
    activation_function: 'gelu_new',
    layer_norm_epsilon: config.epsilon,
    initializer_range: 0.02,
    tie_word_embeddings: config.tieEmbeddings,
    bos_token_id: eos,
    eos_token_id: eos,
    pad_token_id: pad,
    torch_dtype: 'float32',
    dtype: 'float32',
  }),

  fromScratch: (sizes, vocabulary) => ({
    modelType: 'gpt2',
    layers: sizes.layers,
    hidden: sizes.hidden,
    heads: sizes.heads,
    kvHeads: sizes.heads,
    headDim: sizes.hidden / sizes.heads,
    intermediate: sizes.intermediate ?? feedForwardWidth('gpt2', sizes.hidden),
    vocabulary,
    context: sizes.context,
    epsilon: 1e-5,
    tieEmbeddings: sizes.tieEmbeddings ?? true,
  }),

  parameters(config) {
    const { hidden, intermediate, vocabulary, context } = config;
    const conv = (name: string, into: number, out: number, init: Parameter['init'] = 'normal'): Parameter[] => [
      { name: `${name}.weight`, shape: [into, out], init, kind: 'linear', transposed: true },
      { name: `${name}.bias`, shape: [out], init: 'zeros', kind: 'bias' },
    ];
    const norm = (name: string): Parameter[] => [
      { name: `${name}.weight`, shape: [hidden], init: 'ones', kind: 'norm' },
      { name: `${name}.bias`, shape: [hidden], init: 'zeros', kind: 'bias' },
    ];
    const table = (name: string, rows: number, kind: Parameter['kind']): Parameter => ({
      name,
      shape: [rows, hidden],
      init: 'normal',
      kind,
    });
    const layers = Array.from({ length: config.layers }, (_, i) => `transformer.h.${i}`).flatMap((layer) => [
      ...norm(`${layer}.ln_1`),
      ...conv(`${layer}.attn.c_attn`, hidden, 3 * hidden),
      ...conv(`${layer}.attn.c_proj`, hidden, hidden, 'residual'),
      ...norm(`${layer}.ln_2`),
      ...conv(`${layer}.mlp.c_fc`, hidden, intermediate),
      ...conv(`${layer}.mlp.c_proj`, intermediate, hidden, 'residual'),
    ]);
    return [
      table('transformer.wte.weight', vocabulary, 'embedding'),
      table('transformer.wpe.weight', context, 'embedding'),
      ...layers,
      ...norm('transformer.ln_f'),
      ...(config.tieEmbeddings ? [] : [table('lm_head.weight', vocabulary, 'head')]),
    ];
  },

  hidden(context, config, tokens, positions) {
    const { ops, weight, linear } = context;
    const norm = (name: string, x: Value): Value =>
      ops.layerNorm(x, weight(`${name}.weight`), weight(`${name}.bias`), config.epsilon);
    let x = ops.add(
      ops.gather(weight('transformer.wte.weight'), tokens, 0),
      ops.gather(weight('transformer.wpe.weight'), positions, 0),
    );
    context.observe?.(0, x);
    for (let i = 0; i < config.layers; i++) {
      const layer = `transformer.h.${i}`;
      x = ops.scope(`layer.${i}`, () => {
        const qkv = linear(`${layer}.attn.c_attn`, norm(`${layer}.ln_1`, x));
        const [q, k, v] = ops.split(qkv, 1, [config.hidden, config.hidden, config.hidden]);
        const y = ops.add(x, linear(`${layer}.attn.c_proj`, context.attend(i, q!, k!, v!)));
        const mlp = geluTanh(ops, linear(`${layer}.mlp.c_fc`, norm(`${layer}.ln_2`, y)));
        return ops.add(y, linear(`${layer}.mlp.c_proj`, mlp));
      });
      context.observe?.(i + 1, x);
    }
    return norm('transformer.ln_f', x);
  },

  headWeight: (config) => (config.tieEmbeddings ? 'transformer.wte.weight' : 'lm_head.weight'),
};
