import type { DistillTask } from '@wikigpt/schema/task.ts';
import type { Stores } from '../artifacts/stores.ts';
import { TrainerError } from '../errors.ts';
import { narrowedTensors, shrinkModel, type ShrinkSizes } from '../models/shrink.ts';
import { freshModel, modelAt, type BaseModel } from './base-model.ts';

/** The student before it learns: given by its files, made of the teacher's layers, or new with the teacher's tokens. */
export async function studentModel(task: DistillTask, teacher: BaseModel | null, stores: Stores): Promise<BaseModel> {
  const { scratch, shrink } = task.spec.student;
  if (scratch && teacher) return freshModel(scratch, teacher.config.vocabulary, teacher);
  if (shrink && teacher) return shrunkModel(teacher, shrink);
  if (!task.student)
    throw new TrainerError('InvalidSpec', 'The task names no student; spec.student must have uri, preset or fromJob.');
  return modelAt(task.student, stores);
}

async function shrunkModel(teacher: BaseModel, sizes: ShrinkSizes): Promise<BaseModel> {
  const shrunk = shrinkModel(teacher.config, sizes);
  const { config, source } = shrunk;
  const inference = teacher.inference!;
  const narrowed = await narrowedTensors(teacher.family, teacher.config, shrunk, teacher.tensor!);
  return {
    ...teacher,
    config,
    inference: { ...inference, config, weight: (name) => narrowed.get(name) ?? inference.weight(source(name)) },
    tensor: async (parameter) =>
      narrowed.get(parameter.name) ?? (await teacher.tensor!({ ...parameter, name: source(parameter.name) })),
  };
}

/**
 * How many token ids, from 0, mean the same to both; a table may be filled up behind them, each model's by its own number.
 * Fails with ModelIncompatible when their tokenizers differ: a distribution over other tokens says nothing to the student.
 */
export function sharedTokens(teacher: BaseModel, student: BaseModel): number {
  const [theirs, own] = [teacher.tokenizer.vocabularySize, student.tokenizer.vocabularySize];
  const instead =
    'Let the teacher write texts (distillation.sequence) for this student, or take one with the tokenizer of the teacher (student.shrink or student.scratch).';
  if (theirs !== own)
    throw new TrainerError(
      'ModelIncompatible',
      `The vocabulary of the teacher has ${theirs} tokens, that of the student ${own}, so logits and hidden states cannot be compared. ${instead}`,
    );
  for (let id = 0; id < own; id++)
    if (Buffer.compare(teacher.tokenizer.tokenBytes(id), student.tokenizer.tokenBytes(id)) !== 0)
      throw new TrainerError(
        'ModelIncompatible',
        `The vocabularies of teacher and student have ${own} tokens each, but token ${id} differs, so logits and hidden states cannot be compared. ${instead}`,
      );
  return Math.min(own, teacher.config.vocabulary, student.config.vocabulary);
}
