import { TrainerError } from '../errors.ts';
import type { AdaptedModel, Adapter } from './adapter.ts';
import { full } from './full.ts';
import { lora, type LoraOptions } from './lora.ts';

/** Every tuning method that is built, by its name in `spec.method`. */
export const adapters = { full, lora } as const;

/** The adapter that a `spec.method` asks for; throws InvalidSpec for a method that is not built. */
export function createAdapter(method: Readonly<Record<string, unknown>>, model: AdaptedModel): Adapter {
  const [name, options] = Object.entries(method).find(([, value]) => value !== undefined) ?? ['nothing', {}];
  if (name === 'full') return full({}, model);
  if (name === 'lora') return lora(options as LoraOptions, model);
  throw new TrainerError(
    'InvalidSpec',
    `method.${name} is not built in this trainer, expected one of ${Object.keys(adapters).join(', ')}.`,
  );
}
