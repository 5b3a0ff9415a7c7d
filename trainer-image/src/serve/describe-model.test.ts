import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveTask, type ServeTask } from '@wikigpt/schema/task.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeModel } from './describe-model.ts';
import { writeAdapter } from '../weights/peft-adapter.ts';
import { promptOfChat } from './prompt-of-chat.ts';
import { writeTinyPod } from './tiny-model-folder.ts';

let root: string;
let folder: string;
let task: ServeTask;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'describe-'));
  folder = join(root, 'mnt/pvc/models/tiny');
  await writeTinyPod(root);
  await rm(join(folder, 'wikigpt.json'));
  task = serveTask.parse(JSON.parse(await readFile(join(root, 'etc/wikigpt/task.json'), 'utf8')));
});
afterAll(() => rm(root, { recursive: true }));

const describeNow = () => describeModel(task, folder, 5);
const writeCard = (prompt: object) => writeFile(join(folder, 'wikigpt.json'), JSON.stringify({ prompt }));
const conversation = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Yes' },
  { role: 'user', content: 'Where?' },
] as const;

it('goes on from text when nothing says how to ask', async () => {
  const model = await describeNow();
  expect(model).toMatchObject({ name: 'tiny', created: 5, context: 512, style: { kind: 'text' } });
  expect(model.parameters).toBe(140_736);
});

it('asks by the templates of the artifact, if a question is all they need', async () => {
  await writeCard({
    template: null,
    templates: { en: 'Q: {{question}} A:', zh: '{{context}} {{question}}' },
    system: '',
  });
  expect((await describeNow()).style).toEqual({ kind: 'question', templates: { en: 'Q: {{question}} A:' } });
  await writeCard({ template: '{{question}} =', templates: {} });
  expect((await describeNow()).style).toEqual({ kind: 'question', templates: { en: '{{question}} =' } });
  const spec = { ...task.spec, chat: { ...task.spec.chat, system: 'Be brief.' } };
  await expect(describeModel({ ...task, spec }, folder, 5)).rejects.toThrow(/never reach this model/);
});

it('uses the chat template and the system message of the tuning, or that of the task', async () => {
  await writeCard({ templates: {}, system: 'Tuned.' });
  const template = '{% for m in messages %}{{ m.role }}={{ m.content }}{{ eos_token }}{% endfor %}';
  await writeFile(join(folder, 'chat_template.jinja'), template);
  const model = await describeNow();
  expect(promptOfChat(conversation, model)).toEqual({
    template: 'system=Tuned.<|endoftext|>user=Hi<|endoftext|>assistant=Yes<|endoftext|>user=Where?<|endoftext|>',
  });
  const spec = { ...task.spec, chat: { ...task.spec.chat, system: 'Served.', maxContextTokens: 64 } };
  expect(await describeModel({ ...task, spec }, folder, 5)).toMatchObject({ system: 'Served.', context: 64 });
});

it('leaves a trained prompt its room in the context', async () => {
  const hidden = (JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as { hidden_size: number })
    .hidden_size;
  const prompt = { shape: [12, hidden], data: new Float32Array(12 * hidden) };
  await writeAdapter(join(folder, 'adapter'), { peft_type: 'PROMPT_TUNING' }, [['prompt_embeddings', prompt]]);
  expect((await describeNow()).context).toBe(500);
  const foreign = { shape: [12, 5], data: new Float32Array(60) };
  await writeAdapter(join(folder, 'adapter'), { peft_type: 'PROMPT_TUNING' }, [['prompt_embeddings', foreign]]);
  await expect(describeNow()).rejects.toThrow(
    /has the shape \[12, 5\], expected \[tokens, \d+\]; it was trained for another/,
  );
});
