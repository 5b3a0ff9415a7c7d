import type { DistillJobSpec } from '@wikigpt/schema/distill-job.ts';
import { TrainerError } from '../errors.ts';
import type { ModelConfig } from '../models/family.ts';
import type { HiddenRoute, LogitsRoute } from '../train/distillation-loss.ts';

type Routes = DistillJobSpec['distillation'];

/** The teacher's distribution as the spec asks for it, null where only states are followed; fails with InvalidSpec when it has too few tokens. */
export function logitsRoute({ logits }: Routes, { vocabulary }: ModelConfig): LogitsRoute | null {
  if (!logits) return null;
  const { divergence, temperature, weight, beta = '0.5', topK } = logits;
  if (topK >= vocabulary)
    throw new TrainerError(
      'InvalidSpec',
      `distillation.logits.topK is ${topK}, but the teacher has only ${vocabulary} tokens; lower it.`,
    );
  return { divergence, temperature: Number(temperature), weight: Number(weight), beta: Number(beta), topK };
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
