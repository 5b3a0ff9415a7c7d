import type { MethodName } from '@wikigpt/schema/catalog.ts';
import { methodName, type Method } from '@wikigpt/schema/method.ts';
import { TrainerError } from '../errors.ts';
import type { AdaptedModel, Adapter } from './adapter.ts';
import { full } from './full.ts';
import { lora } from './lora.ts';

/** Every tuning method that is built, by its name in `spec.method`. */
export const adapters = { full, lora } as const satisfies Partial<
  Record<MethodName, (options: never, model: AdaptedModel) => Adapter>
>;

/** The adapter that a `spec.method` asks for; throws InvalidSpec for a method that is not built. */
export function createAdapter(method: Method, model: AdaptedModel): Adapter {
  const name = methodName(method);
  const create = (adapters as Partial<Record<MethodName, (options: unknown, model: AdaptedModel) => Adapter>>)[name];
  if (create) return create(method[name], model);
  throw new TrainerError(
    'InvalidSpec',
    `method.${name} is not built in this trainer, expected one of ${Object.keys(adapters).join(', ')}.`,
  );
}
