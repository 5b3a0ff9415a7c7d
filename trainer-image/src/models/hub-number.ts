import { TrainerError } from '../errors.ts';
import type { HubConfig } from './family.ts';

/** A positive number from a model's config.json, or the fallback where the key is absent; anything else is refused. */
export function hubNumber(hub: HubConfig, key: string, fallback?: number): number {
  const found = hub[key] ?? fallback;
  if (typeof found === 'number' && Number.isFinite(found) && found > 0) return found;
  throw new TrainerError(
    'ModelIncompatible',
    `config.json: ${key} is ${JSON.stringify(hub[key] ?? null)}, expected a positive number; the model folder is damaged or of another family.`,
  );
}
