import type { MethodName } from '@wikigpt/schema/catalog.ts';
import { methodName, type Method } from '@wikigpt/schema/method.ts';
import type { AdaptedModel, Adapter } from './adapter.ts';
import { full } from './full.ts';
import { ia3 } from './ia3.ts';
import { lora } from './lora.ts';
import { prefix } from './prefix.ts';
import { softPrompt } from './soft-prompt.ts';
import { template } from './template.ts';
import { topLayers } from './top-layers.ts';

/** Every tuning method, by its name in `spec.method`. */
const adapters = { full, ia3, lora, prefix, softPrompt, template, topLayers } as const satisfies Record<
  MethodName,
  (options: never, model: AdaptedModel) => Adapter
>;

/** The adapter that a `spec.method` asks for; throws ModelIncompatible where it does not fit the model. */
export function createAdapter(method: Method, model: AdaptedModel): Adapter {
  const name = methodName(method);
  const create = adapters[name] as (options: unknown, model: AdaptedModel) => Adapter;
  return create(method[name], model);
}
