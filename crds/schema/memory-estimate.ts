/** The memory that training takes, as arithmetic on sizes: the operator asks for it before a pod exists, the trainer says it again with what it found. */
import type { Method } from './method.ts';
import { parameterCount, trainedCount, virtualTokenCount, type ModelSizes } from './model-sizes.ts';
import type { Training } from './training.ts';

export interface MemoryEstimate {
  readonly bytes: number;
  /** The terms in MiB, for people. */
  readonly basis: string;
}

export interface MemoryInputs {
  readonly model: Pick<ModelSizes, 'layers' | 'hidden' | 'heads' | 'intermediate' | 'vocabulary'>;
  /** Numbers that are read and never change. */
  readonly frozen: number;
  /** Numbers that the optimizer moves. */
  readonly trained: number;
  /** Tokens of one run of the graph (not of the optimizer step, when gradients accumulate). */
  readonly tokens: number;
  readonly sequenceLength: number;
  /** Supervised slots of one run. */
  readonly slots: number;
  /** A model that is asked beside it. */
  readonly teacher?: ModelSizes | undefined;
  /** The model itself where it writes between steps. */
  readonly writer?: ModelSizes | undefined;
}

/** How a step is cut into runs of the graph. */
export interface TrainingRows {
  readonly sequenceLength: number;
  /** Packed rows of one run of the graph. */
  readonly rows: number;
  /** Runs whose gradients are summed before one update. */
  readonly accumulation: number;
}

/** The parts of a spec that the memory depends on. */
export interface TrainedSpec {
  readonly training: Pick<Training, 'sequenceLength' | 'batchTokens'>;
  readonly data: { readonly clean: { readonly maxTokens: number } };
  readonly method: Method;
  /** Of a DistillJob. */
  readonly distillation?: { readonly onPolicy?: object | undefined };
}

/** Texts that a model writes at once. */
export const writingSlots = 48;
const floatBytes = 4;
/** Node.js with the runtime, the data and the evaluation of a small model: the quickstart peaked at 450 MB with 85 MB of other terms. */
const processBytes = 260 * 2 ** 20;
const reserve = 0.2;
/** Tokens that one run of the graph holds at most; larger optimizer steps accumulate. */
const tokensPerRun = 4096;

/** Row length, rows of a run and runs of a step, for a model that reads `context` tokens. */
export function trainingRows({ training, data }: Omit<TrainedSpec, 'method'>, context: number): TrainingRows {
  const { batchTokens } = training;
  const sequenceLength = training.sequenceLength ?? Math.min(context, data.clean.maxTokens, batchTokens);
  const rowsPerStep = Math.floor(batchTokens / sequenceLength);
  const accumulation = Math.max(1, Math.ceil((rowsPerStep * sequenceLength) / Math.max(tokensPerRun, sequenceLength)));
  return { sequenceLength, rows: Math.max(1, Math.round(rowsPerStep / accumulation)), accumulation };
}

/**
 * Peak resident memory of training, in bytes: frozen weights once, the trained state as fed and as returned,
 * activations that the backward pass needs (8·hidden + 4·intermediate + 2·heads·sequence floats per token and layer),
 * one chunk of logits three times, the process, and a reserve.
 */
export function estimateMemory(inputs: MemoryInputs): MemoryEstimate {
  const { model, teacher, writer, frozen, trained, tokens, sequenceLength, slots } = inputs;
  return summed({
    'frozen weights': frozen * floatBytes,
    // Weights and two moments, as inputs and as outputs, and the gradient twice (parts and flat).
    'trained state': trained * floatBytes * 8,
    activations: tokens * model.layers * activationsOfALayer(model, sequenceLength) * floatBytes,
    logits: logitsOf(model, slots) * floatBytes,
    // It only goes forward: no activations but those of the layer that it is at.
    ...(teacher && {
      teacher:
        (parameterCount(teacher) + tokens * activationsOfALayer(teacher, sequenceLength) + logitsOf(teacher, slots)) *
        floatBytes,
    }),
    // Its weights, as given and as its session keeps them, with keys and values.
    ...(writer && { writing: (2 * parameterCount(writer) + cacheOf(writer, sequenceLength)) * floatBytes }),
    process: processBytes,
  });
}

/** The same before anything is read: every token may be supervised. */
export function estimateTraining(spec: TrainedSpec, model: ModelSizes, teacher?: ModelSizes): MemoryEstimate {
  const { sequenceLength, rows } = trainingRows(spec, model.context - virtualTokenCount(spec.method));
  const tokens = rows * sequenceLength;
  const trained = trainedCount(model, spec.method);
  const frozen = spec.method.full ? 0 : parameterCount(model);
  const writer = spec.distillation?.onPolicy && model;
  return estimateMemory({ model, teacher, writer, frozen, trained, tokens, sequenceLength, slots: tokens });
}

/** Bytes as a Kubernetes quantity in whole Mi. */
export function memoryQuantity(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)}Mi`;
}

function cacheOf({ layers, kvHeads, headDim }: ModelSizes, sequenceLength: number): number {
  return writingSlots * sequenceLength * layers * 2 * kvHeads * headDim;
}

function activationsOfALayer({ hidden, intermediate, heads }: MemoryInputs['model'], sequenceLength: number): number {
  return 8 * hidden + 4 * intermediate + 2 * heads * sequenceLength;
}

function logitsOf({ vocabulary }: MemoryInputs['model'], slots: number): number {
  return 3 * Math.min(slots * vocabulary, 12_600_000);
}

function summed(terms: Readonly<Record<string, number>>): MemoryEstimate {
  const sum = Object.values(terms).reduce((total, term) => total + term, 0);
  const basis = Object.entries(terms).map(([name, bytes]) => `${name} ${memoryQuantity(bytes)}`);
  return { bytes: Math.ceil(sum * (1 + reserve)), basis: `${basis.join(' + ')} + reserve ${reserve * 100}%` };
}
