// One contestant: this repository's trainer on the material in a folder. See ../contestant.ts for what it speaks.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Batch } from '../../trainer-image/src/data/batch.ts';
import { families } from '../../trainer-image/src/models/index.ts';
import { flatLayout, viewOf } from '../../trainer-image/src/optim/flat-layout.ts';
import { TrainStep } from '../../trainer-image/src/train/train-step.ts';
import { readSafetensors } from '../../trainer-image/src/weights/read-safetensors.ts';
import { adapterOf } from './material.ts';
import type { Material } from './material.ts';

/** Rows that hold one document each, every token but the first a target; slots are filled up to a multiple of 64. */
function toBatch(rows: readonly (readonly number[])[]): Batch {
  const length = rows[0]!.length;
  const size = rows.length * length;
  const places = Array.from({ length: size }, (_, place) => place).filter((place) => (place + 1) % length !== 0);
  const slots = Math.ceil(places.length / 64) * 64;
  const tokens = rows.flat();
  const integers = (count: number, value: (index: number) => number): BigInt64Array =>
    BigInt64Array.from({ length: count }, (_, index) => BigInt(value(index)));
  return {
    rows: rows.length,
    length,
    tokens: integers(size, (index) => tokens[index]!),
    positions: integers(size, (index) => index % length),
    segments: new Int32Array(size).fill(1),
    targets: integers(slots, (slot) => places[slot] ?? 0),
    labels: integers(slots, (slot) => (slot < places.length ? tokens[places[slot]! + 1]! : 0)),
    weights: Float32Array.from({ length: slots }, (_, slot) => (slot < places.length ? 1 : 0)),
    tokenCount: size,
    supervisedCount: places.length,
    next: { pass: 0, batch: 0 },
  };
}

async function createTrainStep(folder: string, material: Material): Promise<TrainStep> {
  const { config, adapter } = adapterOf(material.case);
  const layout = flatLayout(adapter.trainable);
  const model = await readSafetensors(path.join(folder, 'model.safetensors'));
  const start = material.case.lora === null ? model : await readSafetensors(path.join(folder, 'adapter.safetensors'));
  const weights = new Float32Array(layout.total);
  for (const entry of layout.entries) viewOf(weights, entry).set((await start.get(entry.parameter.name)).data);
  const { gradientClip, learningRate: _, ...optimizer } = material.optimizer;
  return new TrainStep(
    {
      family: families[material.case.family],
      config,
      adapter,
      layout,
      frozen: ({ name }) => {
        const { path: file, offset, length } = model.location(name);
        return { location: path.basename(file), offset, length };
      },
      optimizer,
      gradientClip,
    },
    { weights, first: new Float32Array(layout.total), second: new Float32Array(layout.total), step: 0 },
    { threads: material.threads, folder },
  );
}

const folder = process.argv[2]!;
const material = JSON.parse(await readFile(path.join(folder, 'material.json'), 'utf8')) as Material;
const batches = material.batches.map(toBatch);
const trainStep = await createTrainStep(folder, material);
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const batch = batches[Number(line) % batches.length]!;
  const before = performance.now();
  const { loss, gradientNorm } = await trainStep.run([batch], material.optimizer.learningRate);
  const ms = performance.now() - before;
  // Kilobytes, on every system.
  const peakMb = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ ms, loss, gradientNorm, peakMb }));
}
// Native threads may hold the process.
process.exit();
