import type { ModelConfig, Parameter } from '../models/family.ts';
import type { FlatLayout } from '../optim/flat-layout.ts';

export interface MemoryInputs {
  readonly config: ModelConfig;
  readonly parameters: readonly Parameter[];
  readonly layout: FlatLayout;
  /** Tokens of one run of the graph (not of the optimiser step, when gradients accumulate). */
  readonly tokens: number;
  readonly sequenceLength: number;
  /** Supervised slots of one run. */
  readonly slots: number;
  /** A second network in the same graph, of which nothing is trained. */
  readonly teacher?: { readonly config: ModelConfig; readonly parameters: readonly Parameter[] };
}

export interface MemoryEstimate {
  readonly bytes: number;
  /** The terms in MiB, for people. */
  readonly basis: string;
}

const floatBytes = 4;
/** Node.js with the runtime, the data and the evaluation of a small model: the quickstart peaked at 450 MB with 85 MB of other terms. */
const processBytes = 260 * 2 ** 20;
const reserve = 0.2;

/**
 * Peak resident memory of training, in bytes: frozen weights once, the trained state as fed and as returned,
 * activations that the backward pass needs (8·hidden + 4·intermediate + 2·heads·sequence floats per token and layer),
 * one chunk of logits three times, a teacher's weights with the activations of one layer, the process, and a reserve.
 */
export function estimateMemory(inputs: MemoryInputs): MemoryEstimate {
  const { config, layout, tokens, sequenceLength, slots } = inputs;
  const size = ({ shape }: Parameter): number => shape.reduce((product, side) => product * side, 1);
  const trained = new Set(layout.entries.map(({ parameter }) => parameter.name));
  const frozen = inputs.parameters.filter(({ name }) => !trained.has(name)).reduce((sum, p) => sum + size(p), 0);
  const perToken = (sizes: ModelConfig): number =>
    8 * sizes.hidden + 4 * sizes.intermediate + 2 * sizes.heads * sequenceLength;
  const { teacher } = inputs;
  const ofTeacher = teacher
    ? {
        teacher:
          (teacher.parameters.reduce((sum, p) => sum + size(p), 0) + tokens * perToken(teacher.config)) * floatBytes,
      }
    : {};
  const logits = 3 * Math.min(slots * config.vocabulary, 12_600_000);
  const terms = {
    'frozen weights': frozen * floatBytes,
    // Weights and two moments, as inputs and as outputs, and the gradient twice (parts and flat).
    'trained state': layout.total * floatBytes * 8,
    activations: tokens * config.layers * perToken(config) * floatBytes,
    logits: logits * floatBytes,
    ...ofTeacher,
    process: processBytes,
  };
  const sum = Object.values(terms).reduce((total, term) => total + term, 0);
  const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)}Mi`;
  const basis = Object.entries(terms).map(([name, bytes]) => `${name} ${mebibytes(bytes)}`);
  return { bytes: Math.ceil(sum * (1 + reserve)), basis: `${basis.join(' + ')} + reserve ${reserve * 100}%` };
}

/** Bytes as a Kubernetes quantity in whole Mi. */
export function memoryQuantity(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)}Mi`;
}
