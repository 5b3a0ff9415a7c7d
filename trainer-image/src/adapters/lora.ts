import { TrainerError } from '../errors.ts';
import type { Parameter } from '../models/family.ts';
import type { AdaptedModel, Adapter } from './adapter.ts';

export interface LoraOptions {
  readonly rank: number;
  readonly alpha: number;
  /** `AllLinear`, `Attention`, or names of modules such as `q_proj`. */
  readonly targets: 'AllLinear' | 'Attention' | readonly string[];
  readonly variant: 'Plain' | 'RsLora' | 'DoRA';
}

/**
 * Low-rank adaptation (Hu et al., 2021): y + s · B(Ax) with A `[rank, in]` uniform in ±1/√in, B `[out, rank]` zero and
 * s = alpha / rank, or alpha / √rank for rsLoRA (Kalajdzievski, 2023).
 */
export function lora(options: LoraOptions, model: AdaptedModel): Adapter {
  if (options.variant === 'DoRA')
    throw new TrainerError('InvalidSpec', 'method.lora.variant: DoRA is not built yet; use Plain or RsLora.');
  const targets = targetLayers(options.targets, model);
  const scale = options.alpha / (options.variant === 'RsLora' ? Math.sqrt(options.rank) : options.rank);
  const byLayer = new Map(targets.map((parameter) => [layerOf(parameter), parameter]));
  const trainable = targets.flatMap((parameter) => factors(parameter, options.rank));
  return {
    trainable,

    linear(ops, weight, layer, x, y) {
      if (!byLayer.has(layer)) return y;
      const reduced = ops.matmul(x, weight(`${layer}.lora_A.weight`), { transB: true });
      return ops.add(y, ops.matmul(reduced, weight(`${layer}.lora_B.weight`), { transB: true, alpha: scale }));
    },

    merge(parameter, base, trained) {
      const layer = layerOf(parameter);
      const a = trained(`${layer}.lora_A.weight`);
      const b = trained(`${layer}.lora_B.weight`);
      return a && b && byLayer.get(layer)?.name === parameter.name
        ? addProduct(base, parameter, a, b, options.rank, scale)
        : base;
    },

    peftConfig: (baseName) => ({
      alpha_pattern: {},
      auto_mapping: null,
      base_model_name_or_path: baseName,
      bias: 'none',
      fan_in_fan_out: targets.some(({ transposed }) => transposed === true),
      inference_mode: true,
      init_lora_weights: true,
      layers_pattern: null,
      layers_to_transform: null,
      // Readers that know no rsLoRA divide by the rank: alpha * √rank gives them the same scale.
      lora_alpha: scale * options.rank,
      lora_dropout: 0,
      modules_to_save: null,
      peft_type: 'LORA',
      r: options.rank,
      rank_pattern: {},
      revision: null,
      target_modules: [...new Set(targets.map((parameter) => moduleOf(layerOf(parameter))))].sort(),
      task_type: 'CAUSAL_LM',
      use_dora: false,
      use_rslora: false,
    }),
  };
}

const layerOf = ({ name }: Parameter): string => name.replace(/\.weight$/, '');
const moduleOf = (layer: string): string => layer.slice(layer.lastIndexOf('.') + 1);

function targetLayers(targets: LoraOptions['targets'], { parameters }: AdaptedModel): Parameter[] {
  const linears = parameters.filter(({ kind }) => kind === 'linear');
  if (targets === 'AllLinear') return linears;
  if (targets === 'Attention') return linears.filter(({ name }) => /attn/.test(name));
  const known = new Set(linears.map((parameter) => moduleOf(layerOf(parameter))));
  const strangers = targets.filter((target) => !known.has(target));
  if (strangers.length > 0)
    throw new TrainerError(
      'ModelIncompatible',
      `method.lora.targets: the base has no linear layer named ${strangers.join(', ')}; it has ${[...known].join(', ')}.`,
    );
  return linears.filter((parameter) => targets.includes(moduleOf(layerOf(parameter))));
}

function factors(parameter: Parameter, rank: number): Parameter[] {
  const [first, second] = parameter.shape as [number, number];
  const [out, into] = parameter.transposed ? [second, first] : [first, second];
  const layer = layerOf(parameter);
  return [
    { name: `${layer}.lora_A.weight`, shape: [rank, into], init: 'kaimingUniform', kind: 'linear' },
    { name: `${layer}.lora_B.weight`, shape: [out, rank], init: 'zeros', kind: 'linear' },
  ];
}

/** W + scale · B·A, in the storage order of W. */
function addProduct(
  base: Float32Array,
  { shape, transposed }: Parameter,
  a: Float32Array,
  b: Float32Array,
  rank: number,
  scale: number,
): Float32Array {
  const merged = base.slice();
  const [first, second] = shape as [number, number];
  const [out, into] = transposed ? [second, first] : [first, second];
  const row = new Float64Array(into);
  for (let o = 0; o < out; o++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scale * b[o * rank + r]!;
      if (factor === 0) continue;
      const offset = r * into;
      for (let i = 0; i < into; i++) row[i]! += factor * a[offset + i]!;
    }
    if (transposed) for (let i = 0; i < into; i++) merged[i * out + o]! += row[i]!;
    else for (let i = 0; i < into; i++) merged[o * into + i]! += row[i]!;
  }
  return merged;
}
