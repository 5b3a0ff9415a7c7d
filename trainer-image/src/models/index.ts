import { TrainerError } from '../errors.ts';
import type { Family, HubConfig } from './family.ts';
import { gpt2 } from './gpt2.ts';
import { llama } from './llama.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';

/** Every decoder family, by the `model_type` of its config.json. */
export const families = { gpt2, llama, qwen2, qwen3 } as const satisfies Record<string, Family>;

/** The family that a model's config.json names; throws ModelIncompatible with the known ones. */
export function familyOf(hub: HubConfig): Family {
  const found = hub['model_type'];
  const name = typeof found === 'string' ? found : 'nothing';
  if (Object.hasOwn(families, name)) return families[name as keyof typeof families];
  throw new TrainerError(
    'ModelIncompatible',
    `config.json: model_type is ${name}, expected one of ${Object.keys(families).join(', ')}; choose a base of these families.`,
  );
}
