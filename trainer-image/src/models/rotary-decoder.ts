import type { Architecture } from '@wikigpt/schema/catalog.ts';
import { feedForwardWidth } from '@wikigpt/schema/model-sizes.ts';
import { TrainerError } from '../errors.ts';
import { swiglu } from '../nn/activations.ts';
import type { ForwardContext } from '../nn/forward-context.ts';
import type { Value } from '../onnx/value.ts';
import type { Family, HubConfig, ModelConfig, Parameter } from './family.ts';
import { hubNumber } from './hub-number.ts';
import { hubRope, ropeToHub } from './hub-rope.ts';
import { requireKnown, type KnownKeys } from './require-known.ts';

/** What tells one family of this build from another. */
export interface RotaryTraits {
  readonly modelType: Architecture;
  /** The class of the model hub, such as `LlamaForCausalLM`. */
  readonly architecture: string;
  /** Queries and keys pass an RMSNorm of each head before they are rotated. */
  readonly qkNorm: boolean;
  /** Width of a head where config.json says none; hidden / heads when absent. */
  readonly headDim?: number;
  /** Linear layers of a new model that have a bias. */
  readonly biases: readonly string[];
  readonly biasesFromHub: (hub: HubConfig) => readonly string[];
  readonly biasesToHub: (biases: readonly string[]) => HubConfig;
  /** What config.json may say beside what every family of this build reads. */
  readonly known: KnownKeys;
}

const common: KnownKeys = {
  read: [
    'hidden_size',
    'num_attention_heads',
    'num_hidden_layers',
    'num_key_value_heads',
    'head_dim',
    'intermediate_size',
    'vocab_size',
    'max_position_embeddings',
    'rms_norm_eps',
    'rope_theta',
    'rope_scaling',
    'rope_parameters',
    'tie_word_embeddings',
    'layer_types',
  ],
  only: { hidden_act: ['silu', 'swish'], rope_interleaved: [false], partial_rotary_factor: [1] },
};

/**
 * A decoder of RMSNorm, rotary positions, grouped-query attention and SwiGLU, as Llama brought together (Touvron et al.,
 * 2023); its tensors are named alike in every family of this build.
 */
export function rotaryDecoder(traits: RotaryTraits): Family {
  const { modelType, qkNorm, known } = traits;
  return {
    modelType,

    configFromHub(hub) {
      requireKnown(hub, modelType, {
        read: [...common.read, ...known.read],
        only: { ...common.only, ...known.only },
      });
      requireFullAttention(hub);
      const hidden = hubNumber(hub, 'hidden_size');
      const heads = hubNumber(hub, 'num_attention_heads');
      const context = hubNumber(hub, 'max_position_embeddings');
      return {
        modelType,
        layers: hubNumber(hub, 'num_hidden_layers'),
        hidden,
        heads,
        kvHeads: hubNumber(hub, 'num_key_value_heads', heads),
        headDim: hubNumber(hub, 'head_dim', traits.headDim ?? hidden / heads),
        intermediate: hubNumber(hub, 'intermediate_size'),
        vocabulary: hubNumber(hub, 'vocab_size'),
        context,
        epsilon: hubNumber(hub, 'rms_norm_eps', 1e-6),
        ...hubRope(hub, context),
        tieEmbeddings: hub['tie_word_embeddings'] === true,
        biases: traits.biasesFromHub(hub),
      };
    },

    configToHub: (config, { eos, pad }) => ({
      architectures: [traits.architecture],
      model_type: modelType,
      vocab_size: config.vocabulary,
      hidden_size: config.hidden,
      intermediate_size: config.intermediate,
      num_hidden_layers: config.layers,
      num_attention_heads: config.heads,
      num_key_value_heads: config.kvHeads,
      head_dim: config.headDim,
      hidden_act: 'silu',
      max_position_embeddings: config.context,
      rms_norm_eps: config.epsilon,
      initializer_range: 0.02,
      tie_word_embeddings: config.tieEmbeddings,
      ...traits.biasesToHub(config.biases ?? []),
      attention_dropout: 0,
      use_cache: true,
      bos_token_id: eos,
      eos_token_id: eos,
      pad_token_id: pad,
      ...ropeToHub(config),
      torch_dtype: 'float32',
      dtype: 'float32',
    }),

    fromScratch: (sizes, vocabulary) => ({
      modelType,
      layers: sizes.layers,
      hidden: sizes.hidden,
      heads: sizes.heads,
      kvHeads: sizes.kvHeads ?? sizes.heads,
      headDim: sizes.hidden / sizes.heads,
      intermediate: sizes.intermediate ?? feedForwardWidth(modelType, sizes.hidden),
      vocabulary,
      context: sizes.context,
      epsilon: 1e-5,
      ropeTheta: sizes.ropeTheta ?? 10000,
      tieEmbeddings: sizes.tieEmbeddings ?? true,
      biases: traits.biases,
    }),

    parameters: (config) => rotaryParameters(config, qkNorm),
    hidden: (context, config, tokens) => rotaryStates(context, config, tokens, qkNorm),
    headWeight: (config) => (config.tieEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight'),
  };
}

function requireFullAttention(hub: HubConfig): void {
  const other = [hub['layer_types'] ?? []].flat().find((type) => type !== 'full_attention');
  if (other === undefined) return;
  throw new TrainerError(
    'ModelIncompatible',
    `config.json: layer_types names ${JSON.stringify(other)}, expected "full_attention" alone; choose a base without sliding windows.`,
  );
}

function rotaryParameters(config: ModelConfig, qkNorm: boolean): Parameter[] {
  const { hidden, heads, kvHeads, headDim, intermediate, vocabulary } = config;
  const linear = (
    layer: string,
    name: string,
    out: number,
    into: number,
    init: Parameter['init'] = 'normal',
  ): Parameter[] => [
    { name: `${layer}.${name}.weight`, shape: [out, into], init, kind: 'linear' },
    ...(config.biases?.includes(name)
      ? [{ name: `${layer}.${name}.bias`, shape: [out], init: 'zeros', kind: 'bias' } as const]
      : []),
  ];
  const norm = (name: string, size = hidden): Parameter => ({
    name: `${name}.weight`,
    shape: [size],
    init: 'ones',
    kind: 'norm',
  });
  const table = (name: string, kind: Parameter['kind']): Parameter => ({
    name,
    shape: [vocabulary, hidden],
    init: 'normal',
    kind,
  });
  const layers = Array.from({ length: config.layers }, (_, i) => `model.layers.${i}`).flatMap((layer) => [
    norm(`${layer}.input_layernorm`),
    ...linear(layer, 'self_attn.q_proj', heads * headDim, hidden),
    ...linear(layer, 'self_attn.k_proj', kvHeads * headDim, hidden),
    ...linear(layer, 'self_attn.v_proj', kvHeads * headDim, hidden),
    ...linear(layer, 'self_attn.o_proj', hidden, heads * headDim, 'residual'),
    ...(qkNorm ? ['q_norm', 'k_norm'].map((name) => norm(`${layer}.self_attn.${name}`, headDim)) : []),
    norm(`${layer}.post_attention_layernorm`),
    ...linear(layer, 'mlp.gate_proj', intermediate, hidden),
    ...linear(layer, 'mlp.up_proj', intermediate, hidden),
    ...linear(layer, 'mlp.down_proj', hidden, intermediate, 'residual'),
  ]);
  return [
    table('model.embed_tokens.weight', 'embedding'),
    ...layers,
    norm('model.norm'),
    ...(config.tieEmbeddings ? [] : [table('lm_head.weight', 'head')]),
  ];
}

function rotaryStates(context: ForwardContext, config: ModelConfig, tokens: Value, qkNorm: boolean): Value {
  const { ops, weight, linear } = context;
  const norm = (name: string, x: Value): Value => ops.rmsNorm(x, weight(`${name}.weight`), config.epsilon);
  const heads = (name: string, x: Value): Value =>
    qkNorm
      ? ops.reshape(
          norm(name, ops.reshape(x, [x.shape[0]!, Number(x.shape[1]) / config.headDim, config.headDim])),
          x.shape,
        )
      : x;
  let x = ops.gather(weight('model.embed_tokens.weight'), tokens, 0);
  context.observe?.(0, x);
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`;
    x = ops.scope(`layer.${i}`, () => {
      const h = norm(`${layer}.input_layernorm`, x);
      const attended = context.attend(
        i,
        heads(`${layer}.self_attn.q_norm`, linear(`${layer}.self_attn.q_proj`, h)),
        heads(`${layer}.self_attn.k_norm`, linear(`${layer}.self_attn.k_proj`, h)),
        linear(`${layer}.self_attn.v_proj`, h),
      );
      const y = ops.add(x, linear(`${layer}.self_attn.o_proj`, attended));
      const h2 = norm(`${layer}.post_attention_layernorm`, y);
      const mlp = swiglu(ops, linear(`${layer}.mlp.gate_proj`, h2), linear(`${layer}.mlp.up_proj`, h2));
      return ops.add(y, linear(`${layer}.mlp.down_proj`, mlp));
    });
    context.observe?.(i + 1, x);
  }
  return norm('model.norm', x);
}
