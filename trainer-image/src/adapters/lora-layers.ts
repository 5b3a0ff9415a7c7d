import { TrainerError } from '../errors.ts';
import type { Parameter } from '../models/family.ts';
import type { AdaptedModel } from './adapter.ts';
import { answersTo, layerOf, linearsNamed, linearsOf, moduleOf, outAndIn } from './target-modules.ts';

export interface LoraOptions {
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: string;
  readonly targets: 'AllLinear' | 'Attention';
  /** Names of modules such as q_proj, in place of `targets`. */
  readonly targetModules?: readonly string[] | undefined;
  readonly layersToTransform?: readonly number[] | undefined;
  readonly rankPattern: Readonly<Record<string, number>>;
  readonly alphaPattern: Readonly<Record<string, number>>;
  readonly variant: 'Plain' | 'RsLora' | 'DoRA';
}

/** A layer with an adapter. */
export interface LoraLayer {
  readonly name: string;
  readonly parameter: Parameter;
  readonly out: number;
  readonly into: number;
  readonly rank: number;
  /** What the product of the two matrices is multiplied by. */
  readonly scale: number;
}

/** The layers that get an adapter, with the rank and the scale of each; fails with ModelIncompatible when none does. */
export function loraLayers(options: LoraOptions, model: AdaptedModel): LoraLayer[] {
  const { layers } = model.config;
  const chosen = options.layersToTransform;
  const missing = chosen?.find((layer) => layer >= layers);
  if (missing !== undefined)
    throw new TrainerError(
      'ModelIncompatible',
      `method.lora.layersToTransform: there is no layer ${missing}; the base has layers 0 to ${layers - 1}.`,
    );
  const targets = targetsOf(options, model).filter(({ name }) => !chosen || chosen.includes(layerOf(name) ?? -1));
  const names = targets.map(moduleOf);
  if (names.length === 0)
    throw new TrainerError(
      'ModelIncompatible',
      'method.lora: no layer of the base gets an adapter; write targets: AllLinear, or targetModules and layersToTransform that meet.',
    );
  for (const field of ['rankPattern', 'alphaPattern'] as const) {
    const stranger = Object.keys(options[field]).find((key) => !names.some((name) => answersTo(name, key)));
    if (stranger !== undefined)
      throw new TrainerError(
        'ModelIncompatible',
        `method.lora.${field}: no layer with an adapter is named ${stranger}; write the last parts of its name, such as ${names[0]}.`,
      );
  }
  return targets.map((parameter) => {
    const name = moduleOf(parameter);
    const rank = ofPattern(options.rankPattern, name) ?? options.rank;
    const alpha = ofPattern(options.alphaPattern, name) ?? options.alpha;
    const [out, into] = outAndIn(parameter);
    const scale = alpha / (options.variant === 'RsLora' ? Math.sqrt(rank) : rank);
    return { name, parameter, out, into, rank, scale };
  });
}

/** As in PEFT, the first key that fits decides. */
function ofPattern(pattern: Readonly<Record<string, number>>, module: string): number | undefined {
  return Object.entries(pattern).find(([key]) => answersTo(module, key))?.[1];
}

function targetsOf({ targets, targetModules }: LoraOptions, model: AdaptedModel): readonly Parameter[] {
  if (targetModules) return linearsNamed(targetModules, model, 'method.lora.targetModules');
  const linears = linearsOf(model);
  return targets === 'AllLinear' ? linears : linears.filter(({ name }) => /attn|attention/.test(name));
}
