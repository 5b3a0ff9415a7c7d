import type { DistillJobSpec } from '@wikigpt/schema/distill-job.ts';
import { TrainerError } from '../errors.ts';
import type { TokenDistillationOptions } from '../losses/token-distillation.ts';
import type { ModelConfig } from '../models/family.ts';
import type { HiddenRoute } from '../train/distillation-loss.ts';

type Routes = DistillJobSpec['distillation'];

/** The teacher's distribution as the spec asks for it; null where only states are followed. */
export function logitsRoute({ logits }: Routes): TokenDistillationOptions | null {
  if (!logits) return null;
  const { divergence, temperature, weight, beta = '0.5' } = logits;
  return { divergence, temperature: Number(temperature), weight: Number(weight), beta: Number(beta) };
}

/** The teacher's states as the spec asks for them; fails with InvalidSpec for a layer that a model does not have. */
export function hiddenRoute({ hidden }: Routes, student: ModelConfig, teacher: ModelConfig): HiddenRoute | null {
  if (!hidden) return null;
  const layers = hidden.layers.map((pair) => {
    const [ofStudent, ofTeacher] = pair as [number, number];
    requireLayer('student', ofStudent, student);
    requireLayer('teacher', ofTeacher, teacher);
    return [ofStudent, ofTeacher] as const;
  });
  return { layers, weight: Number(hidden.weight) };
}

function requireLayer(who: string, layer: number, { layers }: ModelConfig): void {
  if (layer > layers)
    throw new TrainerError(
      'InvalidSpec',
      `distillation.hidden.layers names layer ${layer} of the ${who}, which has ${layers}; write 0 (the embedding) to ${layers}.`,
    );
}
