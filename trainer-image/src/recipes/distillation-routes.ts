import type { DistillJobSpec } from '@wikigpt/schema/distill-job.ts';
import { TrainerError } from '../errors.ts';
import type { ModelConfig } from '../models/family.ts';
import type { AttentionRoute, Distillation, HiddenRoute, LogitsRoute } from '../train/distillation-loss.ts';
import type { BaseModel } from './base-model.ts';
import { sharedTokens } from './student-model.ts';

type Routes = DistillJobSpec['distillation'];

/** What the spec lets the student follow beside texts; null where that is nothing. Fails where the two cannot be compared. */
export function distillationOf(routes: Routes, student: BaseModel, teacher: BaseModel): Distillation | null {
  if (!routes.logits && !routes.hidden && !routes.attention) return null;
  const tokens = sharedTokens(teacher, student);
  return {
    teacher: teacher.inference!,
    logits: logitsRoute(routes, tokens),
    hidden: hiddenRoute(routes, student.config, teacher.config),
    attention: attentionRoute(routes, student.config, teacher.config),
    onPolicy: routes.onPolicy !== undefined,
  };
}

/**
 * The teacher's distribution over `tokens` ids as the spec asks for it, null where it is not followed; fails with
 * InvalidSpec when there are too few of them.
 */
function logitsRoute({ logits }: Routes, tokens: number): LogitsRoute | null {
  if (!logits) return null;
  const { divergence, temperature, weight, beta = '0.5', topK } = logits;
  if (topK >= tokens)
    throw new TrainerError(
      'InvalidSpec',
      `distillation.logits.topK is ${topK}, but the teacher has only ${tokens} tokens; lower it.`,
    );
  return { divergence, temperature: Number(temperature), weight: Number(weight), beta: Number(beta), topK, tokens };
}

/** The teacher's states as the spec asks for them; fails with InvalidSpec for a layer that a model does not have. */
function hiddenRoute({ hidden }: Routes, student: ModelConfig, teacher: ModelConfig): HiddenRoute | null {
  if (!hidden) return null;
  const layers = layerMap('hidden', hidden.layers, student, teacher);
  return { layers, loss: hidden.loss, weight: Number(hidden.weight) };
}

/** Where the teacher looks as the spec asks for it; fails with InvalidSpec for a layer that a model does not have. */
function attentionRoute({ attention }: Routes, student: ModelConfig, teacher: ModelConfig): AttentionRoute | null {
  if (!attention) return null;
  const layers = layerMap('attention', attention.layers, student, teacher);
  return { layers, weight: Number(attention.weight) };
}

function layerMap(route: string, pairs: readonly (readonly number[])[], student: ModelConfig, teacher: ModelConfig) {
  return pairs.map((pair) => {
    const [ofStudent, ofTeacher] = pair as readonly [number, number];
    requireLayer(route, 'student', ofStudent, student);
    requireLayer(route, 'teacher', ofTeacher, teacher);
    return [ofStudent, ofTeacher] as const;
  });
}

function requireLayer(route: string, who: string, layer: number, { layers }: ModelConfig): void {
  if (layer > layers)
    throw new TrainerError(
      'InvalidSpec',
      `distillation.${route}.layers names layer ${layer} of the ${who}, which has ${layers}; write at most ${layers}.`,
    );
}
