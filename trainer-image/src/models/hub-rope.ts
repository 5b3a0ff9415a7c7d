import { TrainerError } from '../errors.ts';
import type { Rope, RopeScaling } from '../nn/rope-table.ts';
import type { HubConfig } from './family.ts';
import { hubNumber } from './hub-number.ts';

const types = ['default', 'linear', 'llama3'];
const keys = {
  default: [],
  linear: ['factor'],
  llama3: ['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings'],
} as const;

/**
 * The rotary positions that a config.json asks for; readers before transformers 5 wrote `rope_theta` and `rope_scaling`, later
 * ones `rope_parameters`. Fails with ModelIncompatible for a scaling that is not known here.
 */
export function hubRope(hub: HubConfig, context: number): Rope {
  const block = blockOf(hub['rope_parameters'] ?? hub['rope_scaling'] ?? {});
  const type = block['rope_type'] ?? block['type'] ?? 'default';
  if (type !== 'default' && type !== 'linear' && type !== 'llama3')
    throw new TrainerError(
      'ModelIncompatible',
      `config.json: rope scaling ${JSON.stringify(type)} is not supported, expected one of ${types.join(', ')}; choose another base.`,
    );
  const read: readonly string[] = ['rope_type', 'type', 'rope_theta', ...keys[type]];
  const stray = Object.keys(block).find((key) => !read.includes(key) && !isNeutral(key, block[key], context));
  if (stray !== undefined)
    throw new TrainerError(
      'ModelIncompatible',
      `config.json: ${stray} of the rope parameters is ${JSON.stringify(block[stray])}, which is not known for rope type ${type}; choose another base.`,
    );
  const ropeTheta = 'rope_theta' in block ? hubNumber(block, 'rope_theta') : hubNumber(hub, 'rope_theta', 10000);
  if (type === 'default') return { ropeTheta };
  const factor = hubNumber(block, 'factor');
  return {
    ropeTheta,
    ropeScaling:
      type === 'linear'
        ? { type, factor }
        : {
            type,
            factor,
            lowFrequencyFactor: hubNumber(block, 'low_freq_factor'),
            highFrequencyFactor: hubNumber(block, 'high_freq_factor'),
            originalContext: hubNumber(block, 'original_max_position_embeddings'),
          },
  };
}

/** Both ways to write it: one without the other silently means base 10000 to half of the readers. */
export function ropeToHub({ ropeTheta, ropeScaling }: Rope): HubConfig {
  const scaling = ropeScaling && scalingToHub(ropeScaling);
  return {
    rope_theta: ropeTheta,
    rope_scaling: scaling ?? null,
    rope_parameters: { ...(scaling ?? { rope_type: 'default' }), rope_theta: ropeTheta },
  };
}

function scalingToHub(scaling: RopeScaling): HubConfig {
  const { type: rope_type, factor } = scaling;
  return scaling.type === 'linear'
    ? { rope_type, factor }
    : {
        rope_type,
        factor,
        low_freq_factor: scaling.lowFrequencyFactor,
        high_freq_factor: scaling.highFrequencyFactor,
        original_max_position_embeddings: scaling.originalContext,
      };
}

function blockOf(found: unknown): HubConfig {
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as HubConfig;
  throw new TrainerError(
    'ModelIncompatible',
    `config.json: the rope parameters are ${JSON.stringify(found)}, expected an object; the file is damaged.`,
  );
}

const isNeutral = (key: string, value: unknown, context: number): boolean =>
  value === null ||
  (key === 'partial_rotary_factor' && value === 1) ||
  (key === 'factor' && value === 1) ||
  (key === 'original_max_position_embeddings' && value === context);
