import type { Parameter } from '../models/family.ts';
import type { AdaptedModel, Adapter } from './adapter.ts';
import { lengthsOfSum, rowNorms, withRowNorms } from './dora.ts';
import { loraLayers, type LoraLayer, type LoraOptions } from './lora-layers.ts';
import { namesOf } from './target-modules.ts';

/**
 * Low-rank adaptation (Hu et al., 2021): y + s · B(A drop(x)) with A `[rank, in]` uniform in ±1/√in, B `[out, rank]` zero
 * and s = alpha / rank, or alpha / √rank for rsLoRA (Kalajdzievski, 2023). DoRA (Liu et al., 2024) trains the length of
 * each row of the sum, m, beside its direction: m ∘ (W + s·BA) / ‖W + s·BA‖.
 */
export function lora(options: LoraOptions, model: AdaptedModel): Adapter {
  const layers = loraLayers(options, model);
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const isDora = options.variant === 'DoRA';
  const rate = Number(options.dropout);
  return {
    trainable: layers.flatMap((layer) => [
      ...factors(layer),
      ...(isDora ? [{ name: magnitude(layer.name), shape: [layer.out], init: 'ones', kind: 'norm' } as const] : []),
    ]),
    ...(rate > 0 ? { dropout: { rate, sites: layers.map(({ name, into }) => ({ layer: name, width: into })) } } : {}),

    linear(context, { name, product, biased }, x) {
      const layer = byName.get(name);
      if (!layer) return biased(product(x));
      const { ops, weight, drop } = context;
      const [a, b] = [weight(factorA(name)), weight(factorB(name))];
      const kept = drop(name, x);
      const reduced = ops.matmul(kept.x, a, { transB: true });
      const added = ops.matmul(reduced, b, { transB: true, alpha: layer.scale * kept.scale });
      if (!isDora) return ops.add(biased(product(x)), added);
      const lengths = lengthsOfSum(ops, layer, weight(layer.parameter.name), a, b);
      return biased(ops.mul(ops.add(product(x), added), ops.div(weight(magnitude(name)), lengths)));
    },

    async initial(parameter, origin) {
      const layer = isDora ? layers.find(({ name }) => magnitude(name) === parameter.name) : undefined;
      return layer ? rowNorms(await origin.tensor(layer.parameter.name), layer) : null;
    },

    merge(parameter, base, trained) {
      const layer = layers.find((candidate) => candidate.parameter.name === parameter.name);
      const a = layer && trained(factorA(layer.name));
      const b = layer && trained(factorB(layer.name));
      if (!layer || !a || !b) return base;
      const merged = addProduct(base, layer, a, b);
      const lengths = trained(magnitude(layer.name));
      return lengths ? withRowNorms(merged, layer, lengths) : merged;
    },

    peftConfig: (baseName) => ({
      alpha_pattern: patternOf(layers, alphaOf),
      auto_mapping: null,
      base_model_name_or_path: baseName,
      bias: 'none',
      fan_in_fan_out: layers.some(({ parameter }) => parameter.transposed === true),
      inference_mode: true,
      init_lora_weights: true,
      layers_pattern: null,
      layers_to_transform: options.layersToTransform ?? null,
      lora_alpha: alphaOf(layers[0]!),
      lora_dropout: rate,
      modules_to_save: null,
      peft_type: 'LORA',
      r: layers[0]!.rank,
      rank_pattern: patternOf(layers, ({ rank }) => rank),
      revision: null,
      target_modules: namesOf(
        layers.map(({ parameter }) => parameter),
        model,
      ),
      task_type: 'CAUSAL_LM',
      use_dora: isDora,
      use_rslora: false,
    }),
  };
}

const factorA = (layer: string): string => `${layer}.lora_A.weight`;
const factorB = (layer: string): string => `${layer}.lora_B.weight`;
const magnitude = (layer: string): string => `${layer}.lora_magnitude_vector`;

/** Readers that know no rsLoRA divide by the rank: alpha · √rank gives them the same scale. */
const alphaOf = ({ scale, rank }: LoraLayer): number => scale * rank;

/** The layers that differ from the first one, each by its full name. */
function patternOf(layers: readonly LoraLayer[], value: (layer: LoraLayer) => number): Record<string, number> {
  const usual = value(layers[0]!);
  return Object.fromEntries(
    layers.filter((layer) => value(layer) !== usual).map((layer) => [layer.name, value(layer)] as const),
  );
}

function factors({ name, rank, into, out }: LoraLayer): Parameter[] {
  return [
    { name: factorA(name), shape: [rank, into], init: 'kaimingUniform', kind: 'linear' },
    { name: factorB(name), shape: [out, rank], init: 'zeros', kind: 'linear' },
  ];
}

/** W + scale · B·A, in the storage order of W. */
function addProduct(base: Float32Array, layer: LoraLayer, a: Float32Array, b: Float32Array): Float32Array {
  const { out, into, rank, scale } = layer;
  const merged = base.slice();
  const row = new Float64Array(into);
  for (let o = 0; o < out; o++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scale * b[o * rank + r]!;
      if (factor === 0) continue;
      const offset = r * into;
      for (let i = 0; i < into; i++) row[i]! += factor * a[offset + i]!;
    }
    if (layer.parameter.transposed) for (let i = 0; i < into; i++) merged[i * out + o]! += row[i]!;
    else for (let i = 0; i < into; i++) merged[o * into + i]! += row[i]!;
  }
  return merged;
}
