import type { StateLoss } from '@wikigpt/schema/catalog.ts';
import { attentionLoss } from '../losses/attention-loss.ts';
import type { Batch } from '../data/batch.ts';
import { chunkFor, type TokenLossInputs, type TokenLossPlan } from '../losses/chunked-token-loss.ts';
import { hiddenStateLoss } from '../losses/hidden-state-loss.ts';
import { tokenCrossEntropy } from '../losses/token-cross-entropy.ts';
import { likeliestTokens, tokenDistillation, type TokenDistillationOptions } from '../losses/token-distillation.ts';
import type { Family, ModelConfig, Parameter } from '../models/family.ts';
import { createOps, type Ops } from '../onnx/ops.ts';
import type { ExternalData, Graph, TensorData, Value } from '../onnx/value.ts';
import { floatTensor, type Tensor } from '../runtime/tensor.ts';
import { batchInputs, packedForward, type BatchInputs, type BatchShape, type PackedStates } from './packed-forward.ts';

/** A frozen model in the graph of the student. */
export interface Teacher {
  readonly family: Family;
  readonly config: ModelConfig;
  readonly weight: (name: string) => TensorData | ExternalData;
  /** Where its files lie. */
  readonly folder?: string;
}

export interface LogitsRoute extends TokenDistillationOptions {
  readonly weight: number;
  /** How many likeliest tokens a batch brings with it; 0 asks the teacher in every step, inside the graph. */
  readonly topK: number;
}

export interface HiddenRoute {
  /** Pairs of a layer of the student and one of the teacher; 0 is the embedding. */
  readonly layers: readonly (readonly [student: number, teacher: number])[];
  readonly loss: StateLoss;
  readonly weight: number;
}

export interface AttentionRoute {
  /** Pairs of a layer of the student and one of the teacher, from 1. */
  readonly layers: readonly (readonly [student: number, teacher: number])[];
  readonly weight: number;
}

/** What a student takes from its teacher beside the labels. */
export interface Distillation {
  readonly teacher: Teacher;
  readonly logits: LogitsRoute | null;
  readonly hidden: HiddenRoute | null;
  readonly attention: AttentionRoute | null;
  /** Whether the student writes some of the batches, of which the teacher's distribution is all the loss. */
  readonly onPolicy: boolean;
}

/** Whether the teacher is part of the student's graph; else its likeliest tokens come with the batches. */
export const asksInGraph = ({ logits, hidden, attention }: Distillation): boolean =>
  !logits || logits.topK === 0 || hidden !== null || attention !== null;

/** Name of the input that says what share of a batch's loss is the teacher's. */
const teacherWeightInput = 'teacherWeight';

/** That share, for a graph that asks for it: all of it where the student wrote the answers. */
export function teacherWeightFeed(distillation: Distillation | undefined, { written }: Batch): Record<string, Tensor> {
  if (!distillation?.onPolicy) return {};
  return { [teacherWeightInput]: floatTensor(Float32Array.of(written ? 1 : distillation.logits!.weight), [1, 1]) };
}

/** Name of the trained matrix that brings the student's states of one pair to the teacher's width. */
const projectionName = (pair: number): string => `distillation.projection.${pair}.weight`;

/** The matrices that are trained beside the student and left behind with the teacher. */
export function projections(
  hidden: HiddenRoute | null,
  student: ModelConfig,
  teacher: ModelConfig,
): readonly Parameter[] {
  if (!hidden || student.hidden === teacher.hidden) return [];
  return hidden.layers.map((_, pair) => ({
    name: projectionName(pair),
    shape: [teacher.hidden, student.hidden],
    init: 'normal',
    kind: 'linear',
  }));
}

export interface StudentStates extends PackedStates {
  readonly inputs: TokenLossInputs;
  readonly plan: TokenLossPlan;
  readonly batch: BatchInputs;
  readonly trained: ReadonlyMap<string, Value>;
}

/** The summed loss of a batch: labels and teacher's distribution as mixed, and the states beside them. */
export function distillationLoss(ops: Ops, distillation: Distillation, student: StudentStates): Value {
  const { inputs, plan, batch } = student;
  const { logits, hidden, attention } = distillation;
  // Student's and teacher's logits stand side by side.
  const halved = { ...plan, chunk: Math.ceil(plan.chunk / 2) };
  const options = logits && {
    ...logits,
    weight: distillation.onPolicy ? ops.input(teacherWeightInput, 'float32', [1, 1]) : logits.weight,
  };
  if (logits && options && !asksInGraph(distillation)) {
    const tokens = ops.input('likeliest', 'int64', [batch.slots, logits.topK]);
    const logShares = ops.input('logShares', 'float32', [batch.slots, logits.topK + 1]);
    return tokenDistillation(ops, inputs, { tokens, logShares }, options, halved);
  }
  const teacher = teacherForward(ops, batch, distillation.teacher);
  const loss = options
    ? tokenDistillation(ops, inputs, teacher, options, halved)
    : tokenCrossEntropy(ops, inputs, plan);
  const parts = [loss];
  if (hidden) {
    const pairs = hidden.layers.map(([ofStudent, ofTeacher], pair) => ({
      student: ops.gather(student.layers[ofStudent]!, batch.targets, 0),
      teacher: ops.gather(teacher.layers[ofTeacher]!, batch.targets, 0),
      projection: student.trained.get(projectionName(pair)) ?? null,
    }));
    parts.push(ops.mul(hiddenStateLoss(ops, hidden.loss, pairs, inputs.weights), hidden.weight));
  }
  if (attention) {
    const pairs = attention.layers.map(([ofStudent, ofTeacher]) => ({
      student: student.attention(ofStudent),
      teacher: teacher.attention(ofTeacher),
    }));
    parts.push(ops.mul(attentionLoss(ops, pairs, inputs.weights), attention.weight));
  }
  return ops.sum(parts);
}

function teacherForward(ops: Ops, batch: BatchInputs, { family, config, weight }: Teacher): PackedStates {
  return ops.scope('teacher', () =>
    packedForward(ops, batch, {
      family,
      config,
      trained: new Map(),
      frozen: ({ name, shape }) => ops.initializer(`teacher.${name}`, 'float32', shape, weight(name)),
    }),
  );
}

/** The teacher alone over a batch: its likeliest tokens and the logarithms of their shares. */
export function likeliestGraph(
  teacher: Teacher,
  shape: BatchShape,
  { topK, temperature, tokens: known }: LogitsRoute,
): Graph {
  const ops = createOps('likeliest');
  const states = teacherForward(ops, batchInputs(ops, shape), teacher);
  const chunk = chunkFor(teacher.config.vocabulary);
  const { tokens, logShares } = likeliestTokens(ops, states, { count: topK, temperature, tokens: known, chunk });
  ops.output('likeliest', tokens);
  ops.output('logShares', logShares);
  return ops.graph();
}
