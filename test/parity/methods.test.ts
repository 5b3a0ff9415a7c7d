import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeAdapter } from '../../trainer-image/src/weights/peft-adapter.ts';
import { readSafetensors } from '../../trainer-image/src/weights/read-safetensors.ts';
import { flatten, pack, readGolden, relativeError, startTraining, unpackTensor, type Golden } from './golden-case.ts';

interface MethodCase {
  readonly family: Golden['family'];
  readonly name: string;
  readonly method: object;
  /** What PEFT wrote: its adapter_config.json, and the tensors of its file with their shapes. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, readonly number[]>>;
  readonly adapter: Readonly<Record<string, string>>;
  readonly loss: number;
  readonly gradient: Readonly<Record<string, string>>;
}

const { cases } = JSON.parse(readFileSync(new URL('golden/methods.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly MethodCase[];
};
/** What we say otherwise: names of modules, and scales that readers without rsLoRA and patterns understand as well. */
const saidOtherwise = [
  'base_model_name_or_path',
  'target_modules',
  'lora_alpha',
  'use_rslora',
  'alpha_pattern',
  'rank_pattern',
];
const script = fileURLToPath(new URL('methods.py', import.meta.url));
const cache = process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
const python = path.join(cache, 'wikigpt', 'bench-python', 'bin', 'python');
const withoutPeft = !existsSync(python);
if (withoutPeft) console.warn('PEFT does not read our files in this run: there is none; `npm run bench` installs it.');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'peft-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(cases)('$name on $family: loss and gradient are PEFT’s within 1e-5, and so is the file', async (one) => {
  const golden = readGolden(one.family);
  const { step, layout, adapter } = startTraining(golden, { method: one.method, weights: one.adapter });
  const batch = pack(golden.batches[0]!);
  const { loss, gradient } = await step.gradient(batch);
  await step.release();
  expect(Math.abs(loss / batch.supervisedCount / one.loss - 1)).toBeLessThan(1e-5);
  const found = gradient.map((value) => value / batch.supervisedCount);
  expect(relativeError(found, flatten(layout, one.gradient))).toBeLessThan(1e-5);

  const ours = adapter.peftConfig('base')!;
  const place = path.join(folder, one.family, one.name);
  const tensors = adapter.trainable.map(
    ({ name, shape }) => [name, { shape, data: unpackTensor(one.adapter[name]!) }] as const,
  );
  await writeAdapter(place, ours, tensors);
  const file = await readSafetensors(path.join(place, 'adapter_model.safetensors'));
  expect(Object.fromEntries(file.names.map((name) => [name, file.location(name).shape]))).toEqual(one.files);
  const shared = (from: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      Object.keys(ours)
        .filter((key) => !saidOtherwise.includes(key))
        .map((key) => [key, from[key]]),
    );
  expect(shared(ours)).toEqual(shared(one.config));
});

describe.skipIf(withoutPeft)('PEFT itself', () => {
  test('loads the files just written, finds every tensor in them and none else, and computes the same loss', async () => {
    const { stdout } = await promisify(execFile)(python, ['-B', '-W', 'ignore', script, '--read', folder]);
    const losses = JSON.parse(stdout) as Record<string, number>;
    expect(Object.keys(losses)).toHaveLength(cases.length);
    for (const { family, name, loss } of cases)
      expect(Math.abs(losses[`${family}/${name}`]! / loss - 1)).toBeLessThan(1e-5);
  });
});
