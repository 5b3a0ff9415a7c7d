import { join } from 'node:path';
import { promptForms, promptTensor, promptWidth, type PromptType } from '../adapters/prompt-tensor.ts';
import { TrainerError } from '../errors.ts';
import type { ModelConfig } from '../models/family.ts';
import { readAdapter } from '../weights/peft-adapter.ts';
import type { ServedVirtualTokens } from './decode-graph.ts';
import { pathExists } from '../weights/path-exists.ts';

/**
 * The virtual tokens of a model folder, or null where it has none. Its `adapter/` folder is part of what it says only if
 * it holds a prompt: every other adapter is folded into the weights beside it already.
 * Fails with ModelIncompatible when the prompt is another model's.
 */
export async function readVirtualTokens(folder: string, config: ModelConfig): Promise<ServedVirtualTokens | null> {
  const place = join(folder, 'adapter');
  if (!(await pathExists(join(place, 'adapter_config.json')))) return null;
  const { config: peft, tensors } = await readAdapter(place);
  const type = peft['peft_type'] as PromptType;
  if (!Object.hasOwn(promptForms, type)) return null;
  const { shape, data } = await tensors.get(promptTensor);
  const width = promptWidth(type, config);
  if (shape.length !== 2 || shape[1] !== width)
    throw new TrainerError(
      'ModelIncompatible',
      `${place}: ${promptTensor} has the shape [${shape.join(', ')}], expected [tokens, ${width}]; it was trained for another model.`,
    );
  return { count: shape[0]!, form: promptForms[type], data };
}
