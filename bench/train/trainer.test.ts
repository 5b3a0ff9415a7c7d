import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Contestant } from '../contestant.ts';
import type { Step } from './compare.ts';
import { writeMaterial } from './material.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bench-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('our contestant trains on the material and measures itself', async () => {
  const sizes = { layers: 1, hidden: 32, heads: 4, context: 32 };
  const tiny = { family: 'llama', sizes, vocabulary: 64, lora: { rank: 2, alpha: 4 }, rows: 2, length: 16 } as const;
  await writeMaterial(folder, tiny, 1);
  const trainer = fileURLToPath(new URL('trainer.ts', import.meta.url));
  const contestant = new Contestant('ours', [process.execPath, trainer, folder], {});
  await contestant.next();
  const first = await contestant.ask<Step>('0');
  // The same batch again: what was learnt from it shows.
  const second = await contestant.ask<Step>('4');
  await contestant.close();
  expect(first.loss).toBeCloseTo(Math.log(64), 0);
  expect(second.loss).toBeLessThan(first.loss);
  expect(first.ms).toBeGreaterThan(0);
  expect(first.peakMb).toBeGreaterThan(20);
});
