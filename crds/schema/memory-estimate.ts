/** The memory that training takes, as arithmetic on sizes: the operator asks for it before a pod exists, the trainer says it again with what it found. */
import type { Method } from './method.ts';
import { parameterCount, trainedCount, virtualTokenCount, type ModelSizes } from './model-sizes.ts';
import type { Training } from './training.ts';

export interface MemoryEstimate {
  readonly bytes: number;
  /** The terms in MiB, for people. */
  readonly basis: string;
}

/** The sizes of a model, of whatever family. */
type Sizes = Omit<ModelSizes, 'architecture'> & { readonly architecture?: ModelSizes['architecture'] | undefined };

export interface MemoryInputs {
  readonly model: Sizes;
  /** Numbers that are read and never change. */
  readonly frozen: number;
  /** Graphs that are there at once, each with its own copy of them. */
  readonly copies: number;
  /** Numbers that the optimizer moves. */
  readonly trained: number;
  /** Layers that the way back goes through. */
  readonly reached: number;
  /** Tokens of one run of the graph (not of the optimizer step, when gradients accumulate). */
  readonly tokens: number;
  readonly sequenceLength: number;
  /** Runs whose gradients are summed before one update. */
  readonly accumulation: number;
  /** Supervised slots of one run. */
  readonly slots: number;
  /** Whether the layers are computed anew on the way back. */
  readonly activationCheckpointing: boolean;
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
  readonly training: Pick<
    Training,
    'sequenceLength' | 'batchTokens' | 'activationCheckpointing' | 'packing' | 'sampleCompletions'
  >;
  readonly data: {
    readonly clean: { readonly maxTokens: number };
    readonly split: { readonly validationPercent: number };
  };
  readonly method: Method;
  /** Of a FineTuneJob: the base is asked beside what is trained. */
  readonly dpo?: object | undefined;
  /** Of a DistillJob. */
  readonly distillation?: { readonly onPolicy?: object | undefined };
}

/** Texts that a model writes at once. */
export const writingSlots = 48;
const floatBytes = 4;
const mebi = 2 ** 20;
/** Node.js with the runtime and the data, and what the graphs of a layer take. */
const processBytes = (layers: number): number => (140 + 5 * layers) * mebi;
/** What the runtime's allocator takes beyond the tensors that are alive at once. */
const scattered = 1.2;
const reserve = 0.03;
/** Tokens that one run of the graph holds at most; larger optimizer steps accumulate. */
const tokensPerRun = 4096;

/** Row length, rows of a run and runs of a step, for a model that reads `context` tokens. */
export function trainingRows(
  {
    training,
    data,
  }: {
    readonly training: Pick<Training, 'sequenceLength' | 'batchTokens'>;
    readonly data: Pick<TrainedSpec['data'], 'clean'>;
  },
  context: number,
): TrainingRows {
  const { batchTokens } = training;
  const sequenceLength = training.sequenceLength ?? Math.min(context, data.clean.maxTokens, batchTokens);
  const rowsPerStep = Math.floor(batchTokens / sequenceLength);
  const accumulation = Math.max(1, Math.ceil((rowsPerStep * sequenceLength) / Math.max(tokensPerRun, sequenceLength)));
  return { sequenceLength, rows: Math.max(1, Math.round(rowsPerStep / accumulation)), accumulation };
}

/** Graphs that hold the frozen weights at once: of a step (of each of three lengths without packing), of validation, of samples. */
export function graphCopies({ training, data }: Omit<TrainedSpec, 'method'>): number {
  return (training.packing ? 1 : 3) + (data.split.validationPercent > 0 ? 1 : 0) + (training.sampleCompletions ? 1 : 0);
}

/** Layers that the way back goes through: from the head down to the lowest that is trained. */
export function layersReached({ topLayers, template }: Method, layers: number): number {
  if (template) return 0;
  // A head may be the token embedding as well.
  return topLayers?.from === 'Last' && !topLayers.head ? Math.min(topLayers.count, layers) : layers;
}

/**
 * Peak resident memory of training, in bytes; docs/memory.md derives the terms and holds them against measured peaks.
 */
export function estimateMemory(inputs: MemoryInputs): MemoryEstimate {
  const { model, teacher, writer, frozen, copies, trained, reached, tokens, sequenceLength, slots, accumulation } =
    inputs;
  const layer = tokens * activationsOfALayer(model, sequenceLength);
  const logits = logitsOf(model, slots);
  const kept = inputs.activationCheckpointing ? tokens * reached * model.hidden + 2 * layer : reached * layer;
  const backward = scattered * (kept + maskOf(model, tokens, sequenceLength) + 2 * logits);
  const update = 7 * trained;
  // One graph computes the gradient and then moves the weights, whichever takes more; of several runs a graph of its own moves them.
  const working = accumulation > 1 ? backward + update : Math.max(backward, update);
  return summed({
    'frozen weights': copies * frozen * floatBytes,
    // Weights and two moments, as they go in and as they come out; the sum of gradients beside them where there are several runs.
    'trained state': (accumulation > 1 ? 8 : 6) * trained * floatBytes,
    // Weights and gradients cut into their tensors.
    'cut into tensors': 2 * trained * floatBytes,
    'activations or update': working * floatBytes,
    validation: 2 * logits * floatBytes,
    // It only goes forward: no activations but those of the layer that it is at.
    ...(teacher && {
      teacher:
        (parameterCount(teacher) +
          2 * tokens * activationsOfALayer(teacher, sequenceLength) +
          3 * logitsOf(teacher, slots)) *
        floatBytes,
    }),
    // Its weights, as given and as its session keeps them, with keys and values.
    ...(writer && { writing: (2 * parameterCount(writer) + cacheOf(writer, sequenceLength)) * floatBytes }),
    process: processBytes(model.layers + (teacher?.layers ?? 0)),
  });
}

/** The same before anything is read: every token may be supervised. */
export function estimateTraining(spec: TrainedSpec, model: ModelSizes, teacher?: ModelSizes): MemoryEstimate {
  const context = model.context - virtualTokenCount(spec.method);
  const { sequenceLength, rows, accumulation } = trainingRows(spec, context);
  const tokens = rows * sequenceLength;
  const trained = trainedCount(model, spec.method);
  const frozen = spec.method.full && !spec.dpo ? 0 : parameterCount(model);
  const { activationCheckpointing } = spec.training;
  const copies = graphCopies(spec);
  const reached = layersReached(spec.method, model.layers);
  const writer = spec.distillation?.onPolicy && model;
  const run = { copies, reached, tokens, sequenceLength, accumulation, slots: tokens, activationCheckpointing };
  return estimateMemory({ model, teacher, writer, frozen, trained, ...run });
}

/** Bytes as a Kubernetes quantity in whole Mi. */
export function memoryQuantity(bytes: number): string {
  return `${Math.ceil(bytes / mebi)}Mi`;
}

function cacheOf({ layers, kvHeads, headDim }: ModelSizes, sequenceLength: number): number {
  return writingSlots * sequenceLength * layers * 2 * kvHeads * headDim;
}

/** Floats for each token of a layer that its way back reads: what its norms, products, softmax and activation were given. */
function activationsOfALayer(model: Sizes, sequenceLength: number): number {
  const { architecture, hidden, intermediate, heads, kvHeads, headDim } = model;
  // Two norms, two sums of the residual; queries, keys, values and what they came to.
  const attention = 4 * hidden + 2 * heads * headDim + 2 * kvHeads * headDim + heads * sequenceLength;
  // GELU keeps its square, sigmoid and result; SwiGLU its sigmoid, two products and the other factor.
  return attention + (architecture === 'gpt2' ? 3 : 4) * intermediate;
}

/** Floats of one chunk of logits. */
function logitsOf({ vocabulary }: Sizes, slots: number): number {
  return Math.min(slots * vocabulary, 12_600_000);
}

/** Floats that say who sees whom; query heads that share a key head have copies. */
function maskOf({ heads, kvHeads }: Sizes, tokens: number, sequenceLength: number): number {
  return (heads / kvHeads) * tokens * sequenceLength;
}

function summed(terms: Readonly<Record<string, number>>): MemoryEstimate {
  const sum = Object.values(terms).reduce((total, term) => total + term, 0);
  const basis = Object.entries(terms).map(([name, bytes]) => `${name} ${memoryQuantity(bytes)}`);
  return { bytes: Math.ceil(sum * (1 + reserve)), basis: `${basis.join(' + ')} + reserve ${reserve * 100}%` };
}
