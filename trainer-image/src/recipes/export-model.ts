import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task } from '@wikigpt/schema/task.ts';
import { servedTemplates, type PromptStyle } from '../data/prompt-style.ts';
import { plainChatTemplate } from '../tokenizers/chat-template.ts';
import { tensorsOf } from '../optim/flat-layout.ts';
import type { TrainingPlan } from '../train/plan-training.ts';
import type { TrainState } from '../train/train-step.ts';
import { writeJson } from '../weights/json-file.ts';
import { writeAdapter } from '../weights/peft-adapter.ts';
import { writeModelFolder } from '../weights/write-model-folder.ts';
import type { BaseModel } from './base-model.ts';
import { peftBase } from './peft-base.ts';

/** How a served model is to be asked, and where it comes from; the file wikigpt.json of an artifact. */
export interface ModelCard {
  readonly version: 1;
  readonly task: string;
  readonly prompt: {
    readonly template: string | null;
    readonly templates: Readonly<Record<string, string>>;
    readonly system: string;
  };
  readonly base: { readonly uri: string | null; readonly digest: string | null };
  readonly step: number;
}

/**
 * Writes the trained model as a Hugging Face folder, with the adapter alone beside it where asked for; `conversations`
 * tells that it learned from chats, so that its chat template is part of it.
 */
export async function exportModel(
  folder: string,
  task: Task,
  base: BaseModel,
  plan: TrainingPlan,
  state: TrainState,
  style: PromptStyle,
  conversations: boolean,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const trained = tensorsOf(plan.layout, state.weights);
  const tensors = plan.parameters.map((parameter) => {
    const data = async (): Promise<Float32Array> => {
      const before = base.tensor ? await base.tensor(parameter) : new Float32Array(0);
      return plan.adapter.merge(parameter, before, trained);
    };
    return [parameter.name, { shape: parameter.shape, data }] as const;
  });
  const { eos, bos, pad } = base.tokenizer;
  await writeModelFolder(folder, {
    config: plan.family.configToHub(base.config, { eos, pad }),
    generationConfig: { bos_token_id: bos ?? eos, eos_token_id: eos, pad_token_id: pad, do_sample: false },
    // A base without a chat template was trained on the plain one, and must be asked by it.
    tokenizer: conversations
      ? { ...base.tokenizerFiles, chatTemplate: base.tokenizer.chatTemplate ?? plainChatTemplate }
      : base.tokenizerFiles,
    tensors,
  });
  await writeJson(
    join(folder, 'wikigpt.json'),
    modelCard(task, base, state, conversations ? null : servedTemplates(style, task.spec.data.prompt)),
  );

  // What cannot be folded into the weights is part of the model, whatever was asked for.
  const asked = plan.adapter.virtualTokens !== undefined || task.spec.output.formats.includes('Adapter');
  const { name, revision } = peftBase(base.uri);
  const peft = asked ? plan.adapter.peftConfig(name) : null;
  if (peft === null) return;
  await writeAdapter(
    join(folder, 'adapter'),
    { ...peft, revision },
    plan.adapter.trainable.map(({ name, shape }) => [name, { shape, data: trained(name)! }] as const),
  );
}

function modelCard(
  { spec }: Task,
  base: BaseModel,
  state: TrainState,
  served: Readonly<Record<string, string>> | null,
): ModelCard {
  const templates = (spec.task !== 'Text' && served) || {};
  return {
    version: 1,
    task: spec.task,
    prompt: { template: templates['en'] ?? templates['zh'] ?? null, templates, system: spec.data.prompt.system },
    base: { uri: base.uri, digest: base.digest },
    step: state.step,
  };
}
