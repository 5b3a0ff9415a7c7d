import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chatModelSpec } from '@wikigpt/schema/chat-model.ts';
import { apiVersion } from '@wikigpt/schema/catalog.ts';
import type { ServeTask } from '@wikigpt/schema/task.ts';
import { randomModel } from '../generate/random-model.ts';
import { tokenizerFromFiles } from '../tokenizers/load-tokenizer.ts';
import { trainByteLevelBpe } from '../tokenizers/train-byte-level-bpe.ts';
import { writeModelFolder } from '../weights/write-model-folder.ts';

const texts = ['The capital of France is Paris. ', '法国的首都是巴黎。', '给定问题：，给定答案：'];

/** Writes a pod's root, as the container contract has it, with a model of random weights to serve; for tests. */
export async function writeTinyPod(
  root: string,
  model: Partial<ServeTask['model']> = {},
  {
    context = 512,
    maxTokens,
    peer,
  }: { readonly context?: number; readonly maxTokens?: number; readonly peer?: ServeTask['peer'] } = {},
): Promise<void> {
  const folder = join(root, 'mnt/pvc/models/tiny');
  const tokenizerFiles = trainByteLevelBpe(texts, { vocabularySize: 300 });
  const tokenizer = tokenizerFromFiles(tokenizerFiles);
  const sizes = { layers: 2, hidden: 64, heads: 4, context, tieEmbeddings: false };
  const { family, config, weights } = randomModel('llama', sizes, tokenizer.vocabularySize);
  const shapes = new Map(family.parameters(config).map(({ name, shape }) => [name, shape]));
  await writeModelFolder(folder, {
    config: family.configToHub(config, tokenizer),
    generationConfig: {},
    tokenizer: tokenizerFiles,
    tensors: [...weights].map(([name, data]) => [name, { shape: shapes.get(name)!, data }] as const),
  });
  const templates = { zh: '给定问题：{{question}}，给定答案：', en: 'Given question: {{question}} Given answer:' };
  await writeFile(join(folder, 'wikigpt.json'), JSON.stringify({ prompt: { template: null, templates, system: '' } }));
  const task: ServeTask = {
    apiVersion,
    kind: 'ChatModel',
    metadata: { namespace: 'default', name: 'tiny', uid: '1' },
    spec: chatModelSpec.parse({
      model: { uri: 'pvc://models/tiny' },
      chat: { defaults: { temperature: '0', maxTokens } },
    }),
    revision: 'tiny-1',
    model: { uri: 'pvc://models/tiny', name: 'tiny', ...model },
    peer,
  };
  await mkdir(join(root, 'etc/wikigpt'), { recursive: true });
  await writeFile(join(root, 'etc/wikigpt/task.json'), JSON.stringify(task));
}
