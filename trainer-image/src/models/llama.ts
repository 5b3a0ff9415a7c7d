import { feedForwardWidth } from '@wikigpt/schema/model-sizes.ts';
import { TrainerError } from '../errors.ts';
import { swiglu } from '../nn/activations.ts';
import type { Family, HubConfig, Parameter } from './family.ts';
import { hubNumber } from './hub-number.ts';

/** Llama (Touvron et al., 2023): RMSNorm, rotary positions, grouped-query attention, SwiGLU; head tied or not. */
export const llama: Family = {
  modelType: 'llama',

  configFromHub(hub) {
    refuseUnsupported(hub);
    const hidden = hubNumber(hub, 'hidden_size');
    const heads = hubNumber(hub, 'num_attention_heads');
    const rope = hub['rope_parameters'] as HubConfig | undefined;
    return {
      modelType: 'llama',
      layers: hubNumber(hub, 'num_hidden_layers'),
      hidden,
      heads,
      kvHeads: hubNumber(hub, 'num_key_value_heads', heads),
      headDim: hubNumber(hub, 'head_dim', hidden / heads),
      intermediate: hubNumber(hub, 'intermediate_size'),
      vocabulary: hubNumber(hub, 'vocab_size'),
      context: hubNumber(hub, 'max_position_embeddings'),
      epsilon: hubNumber(hub, 'rms_norm_eps', 1e-6),
      ropeTheta: rope ? hubNumber(rope, 'rope_theta', 10000) : hubNumber(hub, 'rope_theta', 10000),
      tieEmbeddings: hub['tie_word_embeddings'] === true,
    };
  },

  configToHub: (config, { eos, pad }) => ({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
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
    attention_bias: false,
    attention_dropout: 0,
    mlp_bias: false,
    use_cache: true,
    bos_token_id: eos,
    eos_token_id: eos,
    pad_token_id: pad,
    // Readers before and after transformers 5 look in different places; one without the other silently means 10000.
    rope_theta: config.ropeTheta,
    rope_scaling: null,
    rope_parameters: { rope_type: 'default', rope_theta: config.ropeTheta },
    torch_dtype: 'float32',
    dtype: 'float32',
  }),

  fromScratch: (sizes, vocabulary) => ({
    modelType: 'llama',
    layers: sizes.layers,
    hidden: sizes.hidden,
    heads: sizes.heads,
    kvHeads: sizes.kvHeads ?? sizes.heads,
    headDim: sizes.hidden / sizes.heads,
    intermediate: sizes.intermediate ?? feedForwardWidth('llama', sizes.hidden),
    vocabulary,
    context: sizes.context,
    epsilon: 1e-5,
    ropeTheta: sizes.ropeTheta ?? 10000,
    tieEmbeddings: sizes.tieEmbeddings ?? true,
  }),

  parameters(config) {
    const { hidden, heads, kvHeads, headDim, intermediate, vocabulary } = config;
    const linear = (name: string, out: number, into: number, init: Parameter['init'] = 'normal'): Parameter => ({
      name: `${name}.weight`,
      shape: [out, into],
      init,
      kind: 'linear',
    });
    const norm = (name: string): Parameter => ({ name: `${name}.weight`, shape: [hidden], init: 'ones', kind: 'norm' });
    const layers = Array.from({ length: config.layers }, (_, i) => `model.layers.${i}`).flatMap((layer) => [
      norm(`${layer}.input_layernorm`),
      linear(`${layer}.self_attn.q_proj`, heads * headDim, hidden),
      linear(`${layer}.self_attn.k_proj`, kvHeads * headDim, hidden),
      linear(`${layer}.self_attn.v_proj`, kvHeads * headDim, hidden),
      linear(`${layer}.self_attn.o_proj`, hidden, heads * headDim, 'residual'),
      norm(`${layer}.post_attention_layernorm`),
      linear(`${layer}.mlp.gate_proj`, intermediate, hidden),
      linear(`${layer}.mlp.up_proj`, intermediate, hidden),
      linear(`${layer}.mlp.down_proj`, hidden, intermediate, 'residual'),
    ]);
    const table = (name: string, kind: Parameter['kind']): Parameter => ({
      name,
      shape: [vocabulary, hidden],
      init: 'normal',
      kind,
    });
    return [
      table('model.embed_tokens.weight', 'embedding'),
      ...layers,
      norm('model.norm'),
      ...(config.tieEmbeddings ? [] : [table('lm_head.weight', 'head')]),
    ];
  },

  hidden(context, config, tokens) {
    const { ops, weight, linear } = context;
    const norm = (name: string, x: Parameters<typeof ops.rmsNorm>[0]) =>
      ops.rmsNorm(x, weight(`${name}.weight`), config.epsilon);
    let x = ops.gather(weight('model.embed_tokens.weight'), tokens, 0);
    context.observe?.(0, x);
    for (let i = 0; i < config.layers; i++) {
      const layer = `model.layers.${i}`;
      x = ops.scope(`layer.${i}`, () => {
        const h = norm(`${layer}.input_layernorm`, x);
        const attended = context.attend(
          i,
          linear(`${layer}.self_attn.q_proj`, h),
          linear(`${layer}.self_attn.k_proj`, h),
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
  },

  headWeight: (config) => (config.tieEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight'),
};

function refuseUnsupported(hub: HubConfig): void {
  const rope = (hub['rope_parameters'] ?? hub['rope_scaling']) as
    { rope_type?: string; type?: string } | null | undefined;
  const ropeType = rope?.rope_type ?? rope?.type ?? 'default';
  const found =
    ropeType !== 'default'
      ? `rope scaling "${ropeType}"`
      : hub['attention_bias'] === true
        ? 'attention_bias true'
        : hub['mlp_bias'] === true
          ? 'mlp_bias true'
          : (hub['hidden_act'] ?? 'silu') !== 'silu'
            ? `hidden_act "${String(hub['hidden_act'])}"`
            : undefined;
  if (found)
    throw new TrainerError(
      'ModelIncompatible',
      `config.json: ${found} is not supported for llama; choose a model with default rotary positions, no biases and silu.`,
    );
}
