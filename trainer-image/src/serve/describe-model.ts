import { join } from 'node:path';
import type { ServeTask } from '@wikigpt/schema/task.ts';
import { TrainerError } from '../errors.ts';
import { readVirtualTokens } from '../generate/read-virtual-tokens.ts';
import { familyOf } from '../models/index.ts';
import { parameterCount } from '../models/parameter-count.ts';
import { compileChatTemplate } from '../tokenizers/chat-template.ts';
import { loadTokenizer } from '../tokenizers/load-tokenizer.ts';
import { readJsonObject } from '../weights/json-file.ts';
import { noticeOf, sampleQuestions } from './introduce-model.ts';
import type { PromptStyle, ServedModel } from './served-model.ts';

/** What the server says about the model in `folder` and how it asks it, from its files and the task. */
export async function describeModel(task: ServeTask, folder: string, created: number): Promise<ServedModel> {
  const hub = (await readJsonObject(join(folder, 'config.json'))) ?? {};
  const family = familyOf(hub);
  const config = family.configFromHub(hub);
  const parameters = parameterCount(family.parameters(config));
  const card = await readJsonObject(join(folder, 'wikigpt.json'));
  const report = await readJsonObject(join(folder, 'report.json'));
  const context = config.context - ((await readVirtualTokens(folder, config))?.count ?? 0);
  const { system, maxContextTokens = context, defaults } = task.spec.chat;
  const tunedSystem = (card?.['prompt'] as { system?: string } | undefined)?.system ?? '';
  const style = await styleOf(folder, templatesOf(card));
  if (system !== '' && style.kind !== 'chat')
    throw new TrainerError(
      'InvalidSpec',
      'spec.chat.system would never reach this model, which has no chat template; remove it.',
    );
  return {
    name: task.model.name,
    created,
    context: Math.min(context, maxContextTokens),
    parameters,
    style,
    system: system || tunedSystem,
    defaults: {
      temperature: Number(defaults.temperature),
      topP: Number(defaults.topP),
      topK: defaults.topK,
      repetitionPenalty: Number(defaults.repetitionPenalty),
      maxTokens: defaults.maxTokens,
    },
    notice: noticeOf(style, parameters, report),
    samples: style.kind === 'question' ? sampleQuestions(style.templates, report) : { zh: [], en: [] },
  };
}

/** The artifact alone knows how its model is asked: the same templates that it was tuned and scored with. */
async function styleOf(folder: string, templates: Readonly<Record<string, string>>): Promise<PromptStyle> {
  if (Object.values(templates).some(asksQuestionAlone))
    return {
      kind: 'question',
      templates: Object.fromEntries(Object.entries(templates).filter(([, template]) => asksQuestionAlone(template))),
    };
  const tokenizer = await loadTokenizer(folder);
  return tokenizer.chatTemplate === null
    ? { kind: 'text' }
    : { kind: 'chat', template: compileChatTemplate(tokenizer.chatTemplate, tokenizer.templateSpecials) };
}

function templatesOf(card: Readonly<Record<string, unknown>> | null): Readonly<Record<string, string>> {
  const { templates = {}, template } = (card?.['prompt'] ?? {}) as {
    templates?: Record<string, string>;
    template?: string | null;
  };
  return Object.keys(templates).length > 0 || !template ? templates : { en: template };
}

/** A chat has nothing to put into other fields of a template. */
const asksQuestionAlone = (template: string): boolean => {
  const fields = template.match(/\{\{.*?\}\}/gu) ?? [];
  return fields.length > 0 && fields.every((field) => /^\{\{\s*question\s*\}\}$/u.test(field));
};
