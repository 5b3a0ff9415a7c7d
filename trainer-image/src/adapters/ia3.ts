import type { Parameter } from '../models/family.ts';
import type { AdaptedModel, Adapter } from './adapter.ts';
import { answersTo, linearsNamed, linearsOf, moduleOf, namesOf, outAndIn } from './target-modules.ts';

export interface Ia3Options {
  readonly targetModules?: readonly string[] | undefined;
  readonly feedforwardModules?: readonly string[] | undefined;
}

/** Keys, values and the last matrix of the feed-forward layer, by the names that PEFT knows them by. */
const usual = {
  feedforward: ['down_proj', 'mlp.c_proj', 'output.dense'],
  others: ['k_proj', 'v_proj', 'c_attn', 'key', 'value'],
};

/**
 * (IA)³ (Liu et al., 2022): a vector of ones, trained, stretches keys and values and the inner activations of the
 * feed-forward layer: l ∘ (Wx + b) for the former, W(l ∘ x) + b for the latter.
 */
export function ia3(options: Ia3Options, model: AdaptedModel): Adapter {
  const known = (names: readonly string[]): string[] =>
    names.filter((name) => linearsOf(model).some((parameter) => answersTo(moduleOf(parameter), name)));
  const inner = options.feedforwardModules ?? (options.targetModules ? [] : known(usual.feedforward));
  const names = options.targetModules ?? [...inner, ...known(usual.others)];
  const targets = linearsNamed(names, model, 'method.ia3.targetModules');
  const isInner = (parameter: Parameter): boolean => inner.some((name) => answersTo(moduleOf(parameter), name));
  const byLayer = new Map(targets.map((parameter) => [moduleOf(parameter), parameter]));
  return {
    trainable: targets.map((parameter) => {
      const [out, into] = outAndIn(parameter);
      const shape = isInner(parameter) ? [1, into] : [out, 1];
      return { name: vector(moduleOf(parameter)), shape, init: 'ones', kind: 'norm' };
    }),

    linear({ ops, weight }, { name, product, biased }, x) {
      const parameter = byLayer.get(name);
      if (!parameter) return biased(product(x));
      const [out, into] = outAndIn(parameter);
      const stretch = (length: number) => ops.reshape(weight(vector(name)), [1, length]);
      return isInner(parameter)
        ? biased(product(ops.mul(x, stretch(into))))
        : ops.mul(biased(product(x)), stretch(out));
    },

    merge(parameter, base, trained) {
      const target = byLayer.get(moduleOf(parameter));
      const factors = trained(vector(moduleOf(parameter)));
      if (!target || !factors) return base;
      if (parameter.kind === 'bias') return isInner(target) ? base : base.map((value, i) => value * factors[i]!);
      // Both ways of storing have one of the two sizes last.
      const alongLast = isInner(target) !== (target.transposed === true);
      const last = target.shape[1]!;
      return base.map((value, i) => value * factors[alongLast ? i % last : Math.floor(i / last)]!);
    },

    peftConfig: (baseName) => ({
      auto_mapping: null,
      base_model_name_or_path: baseName,
      exclude_modules: null,
      fan_in_fan_out: targets.some(({ transposed }) => transposed === true),
      feedforward_modules: namesOf(targets.filter(isInner), model),
      inference_mode: true,
      init_ia3_weights: true,
      modules_to_save: null,
      peft_type: 'IA3',
      revision: null,
      target_modules: namesOf(targets, model),
      task_type: 'CAUSAL_LM',
    }),
  };
}

const vector = (layer: string): string => `${layer}.ia3_l`;
