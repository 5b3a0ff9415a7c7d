import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { method } from '@wikigpt/schema/method.ts';
import { createAdapter } from '../../trainer-image/src/adapters/index.ts';
import { initialWeights } from '../../trainer-image/src/initial-weights.ts';
import type { Parameter } from '../../trainer-image/src/models/family.ts';
import { families } from '../../trainer-image/src/models/index.ts';
import { createRandom } from '../../trainer-image/src/random.ts';
import type { Random } from '../../trainer-image/src/random.ts';
import { writeSafetensors } from '../../trainer-image/src/weights/write-safetensors.ts';
import { batchCount, optimizer } from './cases.ts';
import type { TrainCase } from './cases.ts';

/** What both trainers read beside the weights. */
export interface Material {
  readonly case: TrainCase;
  readonly optimizer: typeof optimizer;
  readonly threads: number;
  /** `[batch][row][length]` token ids; every token but a row's first is a target. */
  readonly batches: readonly (readonly (readonly number[])[])[];
}

/** The adapter that a case trains; B is not zero here, so that A has a gradient from the first step. */
export function adapterOf({ family, sizes, vocabulary, lora }: TrainCase) {
  const model = families[family];
  const config = model.fromScratch(sizes, vocabulary);
  const parameters = model.parameters(config);
  const spec = method.parse(lora === null ? { full: {} } : { lora });
  return { config, parameters, adapter: createAdapter(spec, { family: model, config }) };
}

/** Writes a model folder, the adapter's start and the batches that both trainers read. */
export async function writeMaterial(folder: string, trainCase: TrainCase, threads: number): Promise<void> {
  const { config, parameters, adapter } = adapterOf(trainCase);
  const random = createRandom(1);
  const hub = families[trainCase.family].configToHub(config, { eos: 0, pad: null });
  await writeFile(path.join(folder, 'config.json'), JSON.stringify(hub));
  await writeTensors(path.join(folder, 'model.safetensors'), parameters, config.layers, random);
  if (trainCase.lora !== null) {
    const factors = adapter.trainable.map((parameter): Parameter => ({ ...parameter, init: 'normal' }));
    await writeTensors(path.join(folder, 'adapter.safetensors'), factors, config.layers, random);
  }
  const row = (): number[] =>
    Array.from({ length: trainCase.length }, () => Math.floor(random.uniform() * trainCase.vocabulary));
  const batches = Array.from({ length: batchCount }, () => Array.from({ length: trainCase.rows }, row));
  const material: Material = { case: trainCase, optimizer, threads, batches };
  await writeFile(path.join(folder, 'material.json'), JSON.stringify(material));
}

/** Random tensors, made one at a time: a large model need not be in memory at once. */
async function writeTensors(
  file: string,
  parameters: readonly Parameter[],
  layers: number,
  random: Random,
): Promise<void> {
  await writeSafetensors(
    file,
    parameters.map((parameter) => [
      parameter.name,
      { shape: parameter.shape, data: () => Promise.resolve(initialWeights(parameter, layers, random)) },
    ]),
  );
}
